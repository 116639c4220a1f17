"""`runbook.md`: each alert, what it watches, and what to do first, from the rules' own data."""

from __future__ import annotations

from modelyard.catalog.alerts import Alert, alerts

INTRODUCTION = """# Runbook

Every alert that a platform may raise. Which ones it has follows from its plan: an alert is made
only where the server exports what it watches and the blueprint sets the target it compares with.
"""
OCCASIONS = {
    "platform": "once for the platform",
    "model": "for each model",
    "check": "for each check of a model",
    "training": "for each model whose training verdicts start",
    "edge": "for each model at the edge",
    "site": "for each other site that sends its metrics",
    "business": "for each number of the business in `monitoring.business`",
    "copy": "for a copy of the registry",
    "link": "for each link by certificate, where something is asked for",
    "gpus": "where the site has GPUs",
}


def page() -> str:
    """The whole page; the headings are the anchors that the alerts point to."""
    return "\n".join((INTRODUCTION, *map(_section, alerts())))


def _section(alert: Alert) -> str:
    lines = [
        f"## {alert.id}",
        "",
        f"{alert.summary}.",
        "",
        f"- Made {OCCASIONS[alert.group]}; severity {alert.severity}, after {alert.duration}.",
        f"- First: {alert.next}",
        "",
        "```promql",
        alert.expression,
        "```",
        "",
    ]
    return "\n".join(lines)
