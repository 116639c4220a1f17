"""Targets: watched, or said not to be."""

from __future__ import annotations

import pytest
from tests.support.parts import planned

from modelyard.plan.watching import unwatched

SITE = "sites: {core: {kind: kubernetes, ingress: {domain: ml.example.com}}}\n"
MODEL = """
models:
  - name: it
    type: predictive
    source: %s
    serve: {engine: %s, image: "ghcr.io/acme/it:1", expose: %s, target: {%s}}
"""
FILE = "s3://models/it.joblib"
SOURCES = {"mlflow": "models:/it@champion"}
P95, ALL = "p95_ms: 80", "p95_ms: 80, rps: 10, availability: 0.99"


def paths(
    engine: str, expose: str, target: str, site: str = SITE + "monitoring: {}\n"
) -> list[str]:
    """The targets that are complained of."""
    plan = planned(site + MODEL % (SOURCES.get(engine, FILE), engine, expose, target))
    found = unwatched(plan.blueprint, plan.capabilities)
    assert all(finding.severity == "warning" for finding in found)
    return [str(finding.path[-1]) for finding in found]


def test_kserve_serves_other_formats_by_servers_that_tell_nothing() -> None:
    folder = ("s3://models/a-folder-of-mlflow", "kserve", "cluster", P95)
    plan = planned(SITE + "monitoring: {}\n" + MODEL % folder)
    assert len(unwatched(plan.blueprint, plan.capabilities)) == 1


@pytest.mark.parametrize(
    ("engine", "expose", "target", "complained"),
    [
        ("mlflow", "cluster", P95, ["p95_ms"]),
        ("mlflow", "cluster", ALL, ["p95_ms", "rps", "availability"]),
        ("mlflow", "gateway", ALL, []),
        ("fastapi", "cluster", P95, ["p95_ms"]),
        ("onnx-runtime", "cluster", ALL, []),
        ("kserve", "cluster", ALL, ["availability"]),
        ("kserve", "gateway", ALL, []),
    ],
)
def test_what_no_server_tells_is_said(
    engine: str, expose: str, target: str, complained: list[str]
) -> None:
    assert paths(engine, expose, target) == complained


def test_without_monitoring_the_whole_target_is_named() -> None:
    assert paths("onnx-runtime", "cluster", ALL, SITE) == ["target"]


def test_somebody_elses_gateway_tells_us_nothing() -> None:
    attach = "{attach: {name: gw, namespace: infra}}"
    site = f"sites: {{core: {{kind: kubernetes, ingress: {attach}}}}}\nmonitoring: {{}}\n"
    assert paths("mlflow", "gateway", P95, site) == ["p95_ms"]
