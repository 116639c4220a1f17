"""A cloud site that would stand open, or could not stand, is refused with what to do instead."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from modelyard.blueprint.blueprint import Blueprint
from modelyard.blueprint.checks import check
from modelyard.blueprint.checks.clouds import RULES
from modelyard.blueprint.checks.finding import Finding

HEAD: dict[str, Any] = {
    "modelyard": 1,
    "name": "yard",
    "team": {"owner": "ml@example.com", "domain": "demo"},
}
CERTIFICATE = "certificate: 'arn:aws:acm:eu-west-1:123456789012:certificate/1'"
TWO = "private_subnets: [subnet-1, subnet-2]"
ATTACHED = "network: {{attach: {{network: vpc-1, {}}}}}"
PLACES = {
    "aws": "region: eu-west-1, account: '123456789012'",
    "gcp": "region: europe-west1, project: yard-project",
}


def blueprint(settings: str, kind: str = "aws") -> Blueprint:
    site = yaml.safe_load(f"{{kind: {kind}, {PLACES[kind]}, {settings}}}")
    return Blueprint.model_validate({**HEAD, "sites": {"here": site}})


def found(settings: str, kind: str = "aws") -> list[Finding]:
    return [finding for rule in RULES for finding in rule(blueprint(settings, kind))]


@pytest.mark.parametrize(
    ("settings", "path", "what"),
    [
        ("ingress: {public: true}", "ingress.public", "no certificate"),
        ("cluster: {endpoint: restricted}", "cluster.endpoint", "from where"),
        ("cluster: {allow: [203.0.113.0/24]}", "cluster.allow", "inside its network alone"),
        ("costs: {engine: opencost}", "costs.engine", "own bill"),
        ("gpus: {capacity: reserved}", "gpus.capacity", "which machines"),
        ("gpus: {fallback: [reserved]}", "gpus.capacity", "which machines"),
        ("gpus: {reservations: [one]}", "gpus.reservations", "not asked for"),
    ],
)
@pytest.mark.parametrize("kind", PLACES)
def test_it_is_refused_on_every_cloud(settings: str, path: str, what: str, kind: str) -> None:
    (finding,) = found(settings, kind)
    assert ".".join(str(part) for part in finding.path) == f"sites.here.{path}"
    assert what in finding.what
    assert finding.next
    assert finding.severity == "error"


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        (ATTACHED.format("private_subnets: []"), "network.attach"),
        (ATTACHED.format("private_subnets: [subnet-1]"), "network.attach.private_subnets"),
        (
            f"{ATTACHED.format(TWO)}, ingress: {{public: true, {CERTIFICATE}}}",
            "network.attach",
        ),
    ],
)
def test_an_attached_network_names_enough_subnets(settings: str, path: str) -> None:
    (finding,) = found(settings)
    assert ".".join(str(part) for part in finding.path) == f"sites.here.{path}"
    assert "_subnets" in finding.next


@pytest.mark.parametrize(
    "settings",
    [
        "detection: false",
        f"ingress: {{public: true, {CERTIFICATE}}}",
        f"ingress: {{{CERTIFICATE}}}",
        "ingress: {attach: {name: shared, namespace: gateways}}",
        "cluster: {endpoint: restricted, allow: [203.0.113.0/24]}",
        ATTACHED.format(TWO),
        f"{ATTACHED.format(TWO)}, ingress: {{{CERTIFICATE}}}",
        "costs: {quota: {cpu: 8}}",
        "gpus: {capacity: reserved, reservations: [one], fallback: [on-demand]}",
        "gpus: {capacity: spot, reservations: [one], fallback: [reserved]}",
    ],
)
def test_it_is_fine(settings: str) -> None:
    assert found(settings) == []


def test_a_private_way_in_without_a_certificate_is_spoken_of() -> None:
    [finding] = found("ingress: {domain: a.example}")
    assert (finding.severity, finding.path) == ("warning", ("sites", "here", "ingress"))
    assert "*.a.example" in finding.next


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ("secrets: {engine: external-secrets}", "secrets.engine"),
        ("secrets: {engine: native, attach: {store: v}}", "secrets.attach"),
        ("keys: {engine: none, attach: {issuer: i}}", "keys.attach"),
    ],
)
def test_what_contradicts_itself_in_any_cluster_does_so_on_a_cloud(
    settings: str, path: str
) -> None:
    paths = [".".join(map(str, finding.path)) for finding in check(blueprint(settings))]
    assert f"sites.here.{path}" in paths


def test_secrets_of_an_attached_database_are_brought_on_a_cloud() -> None:
    attached = "database: {attach: {host: db.example, secret: 'secret://db'}}"
    assert not [f for f in check(blueprint(attached)) if "database" in f.path]


@pytest.mark.parametrize(("version", "refused"), [("1.30", True), ("1.36", False)])
def test_a_version_that_eks_has_left_is_refused(version: str, refused: bool) -> None:
    asked = found(f"cluster: {{version: '{version}'}}")
    assert [f.path[-1] for f in asked] == (["version"] if refused else [])
    assert all("1.36" in f.allowed for f in asked)
