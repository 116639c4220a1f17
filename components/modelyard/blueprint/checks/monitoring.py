"""Whether settings of monitoring have something to set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding, Findings, Path
from modelyard.blueprint.lifecycle import MonitoringEngine
from modelyard.blueprint.site import ClusterSite, Operator

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint

OURS = ("retention", "storage", "alert_to")
"""Settings of a Prometheus that the platform installs."""


def attached(blueprint: Blueprint) -> Findings:
    """A Prometheus that somebody else runs has settings of its own."""
    monitoring = blueprint.monitoring
    if monitoring is None or not _theirs(blueprint):
        return
    for key in sorted(monitoring.model_fields_set & set(OURS)):
        what = f"'{key}' cannot be set on a Prometheus that is there already"
        next = "remove it, or let the platform install its own"
        yield Finding(("monitoring", key), what, next)


def _theirs(blueprint: Blueprint) -> bool:
    monitoring = blueprint.monitoring
    assert monitoring is not None
    site = blueprint.sites.get(monitoring.on or next(iter(blueprint.sites)))
    operators = site.operators if isinstance(site, ClusterSite) else {}
    return monitoring.attach is not None or operators.get(Operator.PROMETHEUS) == "attach"


def grafana(blueprint: Blueprint) -> Findings:
    """Dashboards by the cloud go with metrics that the cloud keeps."""
    monitoring = blueprint.monitoring
    if monitoring and monitoring.grafana and monitoring.engine is not MonitoringEngine.AMAZON:
        what = f"{monitoring.engine} brings its dashboards itself"
        next = f"remove it, or set `engine: {MonitoringEngine.AMAZON}`"
        yield Finding(("monitoring", "grafana"), what, next)


def kept_elsewhere(blueprint: Blueprint) -> Findings:
    """A Prometheus that is there already is not the one that sends its metrics on."""
    monitoring = blueprint.monitoring
    if monitoring is None or monitoring.engine is not MonitoringEngine.AMAZON:
        return
    name = monitoring.on or next(iter(blueprint.sites))
    site = blueprint.sites.get(name)
    paths: list[Path] = [("monitoring", "attach")] if monitoring.attach else []
    if site and site.operators.get(Operator.PROMETHEUS) == "attach":
        paths.append(("sites", name, "operators", str(Operator.PROMETHEUS)))
    for path in paths:
        what = "a Prometheus that is there already sends its metrics where its owner says"
        next_step = "remove it, or set `engine: prometheus` in `monitoring`"
        yield Finding(path, what, next_step)


RULES = (attached, grafana, kept_elsewhere)
