"""A report as metrics. Their names are in the platform's `catalog/metrics.yaml` as well."""

from __future__ import annotations

import time
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Gauge, push_to_gateway
from prometheus_client.openmetrics.exposition import generate_latest

from modelyard_jobs.verdict import Finding, Report, Verdict

GROUP = "modelyard"
"""The `job` of what is pushed; a Pushgateway keeps one group for each model and check."""
_MEASURE = ("model", "check", "measure", "subject")


def collected(report: Report, now: Callable[[], float] = time.time) -> CollectorRegistry:
    """Gauges of a report; of what could not be measured there is a verdict and no value."""
    registry = CollectorRegistry()
    about = {"model": report.model, "check": report.check}
    _measures(registry, about, report.findings)
    verdict = _gauge(registry, "verdict", "1 for the verdict", ("model", "check", "verdict"))
    for each in Verdict:
        verdict.labels(**about, verdict=each).set(each is report.verdict)
    samples = _gauge(registry, "samples", "Rows looked at", ("model", "check", "window"))
    for window, rows in report.samples.items():
        samples.labels(**about, window=window).set(rows)
    finished = _gauge(registry, "finished_timestamp_seconds", "When it ended", ("model", "check"))
    finished.labels(**about).set(now())
    return registry


def _measures(
    registry: CollectorRegistry, about: dict[str, str], findings: tuple[Finding, ...]
) -> None:
    value = _gauge(registry, "measure", "What was measured", _MEASURE)
    limit = _gauge(registry, "limit", "What it is held to", _MEASURE)
    breached = _gauge(registry, "breached", "1 where the limit is breached", _MEASURE)
    for finding in findings:
        labels = {**about, "measure": finding.measure, "subject": finding.subject}
        if finding.value is not None:
            value.labels(**labels).set(finding.value)
        if finding.limit is not None:
            limit.labels(**labels).set(finding.limit)
        breached.labels(**labels).set(finding.verdict is Verdict.BREACHED)


def _gauge(registry: CollectorRegistry, name: str, what: str, labels: tuple[str, ...]) -> Gauge:
    return Gauge(f"modelyard_{name}", what, labels, registry=registry)


def pushed(report: Report, gateway: str) -> None:
    """Replace what the gateway has of this model and check."""
    key = {"model": report.model, "check": report.check}
    push_to_gateway(gateway, GROUP, collected(report), grouping_key=key)


def exposed(report: Report) -> bytes:
    """The report as OpenMetrics text."""
    return generate_latest(collected(report))
