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
KEEPING = (MonitoringEngine.AMAZON, MonitoringEngine.GOOGLE)
"""Engines by which a cloud keeps what the cluster's own Prometheus sees."""


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
    """Dashboards by the cloud go with metrics that the cloud keeps, where it runs a Grafana."""
    monitoring, at = blueprint.monitoring, ("monitoring", "grafana")
    if monitoring is None or not monitoring.grafana:
        return
    if monitoring.engine is MonitoringEngine.GOOGLE:
        what = "Google Cloud runs no Grafana: Cloud Monitoring shows the metrics that it keeps"
        yield Finding(at, what, "remove it; the cluster's own Grafana is there all the same")
    elif monitoring.engine is not MonitoringEngine.AMAZON:
        what = f"{monitoring.engine} brings its dashboards itself"
        next = f"remove it, or set `engine: {MonitoringEngine.AMAZON}`"
        yield Finding(at, what, next)


def kept_elsewhere(blueprint: Blueprint) -> Findings:
    """A Prometheus that is there already is not the one that sends its metrics on."""
    monitoring = blueprint.monitoring
    if monitoring is None or monitoring.engine not in KEEPING:
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


def business(blueprint: Blueprint) -> Findings:
    """Queries are read as Prometheus reads them: with a bad one it refuses all rules."""
    if blueprint.monitoring is None:
        return
    for i, kpi in enumerate(blueprint.monitoring.business):
        at: Path = ("monitoring", "business", i)
        if wrong := _misread(kpi.query):
            yield Finding((*at, "query"), f"not PromQL: {wrong}", "try it in Prometheus first")
        if kpi.above is not None and kpi.below is not None and kpi.below > kpi.above:
            what = f"'{kpi.name}' cannot be at least {kpi.below:g} and at most {kpi.above:g}"
            yield Finding((*at, "below"), what, "`below` warns under it, `above` warns over it")


def _misread(query: str) -> str | None:
    """What keeps a query from being read, in one line."""
    from promql_parser import parse

    try:
        parse(query)
    except ValueError as error:
        return " ".join(str(error).split())
    return None


RULES = (attached, grafana, kept_elsewhere, business)
