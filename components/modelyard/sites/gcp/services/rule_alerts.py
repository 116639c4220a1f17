"""Rules of Prometheus as alert policies of Cloud Monitoring."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pulumi

from modelyard.contracts.context import Context
from modelyard.objects.cloud import CloudResource
from modelyard.sites.gcp.account import GcpProject

_SECONDS = {"s": 1, "m": 60, "h": 3600}
_VALUE = re.compile(r"\{\{[^}]*\$value[^}]*\}\}")
_LABEL = re.compile(r"\{\{\s*\$labels\.(\w+)\s*\}\}")
_CLOSED = "86400s"
"""A day after the last point an incident is over by itself."""


def add_rule_alert(
    parent: pulumi.Resource,
    name: str,
    context: Context,
    account: GcpProject,
    group: str,
    rule: Mapping[str, Any],
) -> CloudResource:
    """A policy on one query. What is measured may not be there yet: it is made all the same."""
    labels: Mapping[str, str] = rule["labels"]
    # Several checks of a model have the same alert.
    about = f"{group}-{labels['check']}" if "check" in labels else group
    title = f"{context.scope}: {about} {rule['alert']}"
    condition = {
        "query": rule["expr"],
        "duration": f"{seconds(rule['for'])}s",
        "evaluationInterval": "60s",
        "ruleGroup": group,
        "alertRule": rule["alert"],
        "labels": dict(labels),
        "disableMetricValidation": True,
    }
    inputs = {
        "displayName": title,
        "combiner": "OR",
        "conditions": [{"displayName": title, "conditionPrometheusQueryLanguage": condition}],
        "notificationChannels": [account.owner.id],
        "documentation": {"content": told(rule["annotations"]), "mimeType": "text/markdown"},
        "alertStrategy": {"autoClose": _CLOSED},
        "severity": labels["severity"].upper(),
    }
    options = pulumi.ResourceOptions(parent=parent)
    token = "gcp:monitoring/alertPolicy:AlertPolicy"
    part = f"{name}-{about}-{rule['alert'].lower()}"
    return CloudResource(token, part, inputs, options, outputs={})


def seconds(duration: str) -> int:
    """`10m` is 600; source of the form: the catalog of alerts."""
    return int(duration[:-1]) * _SECONDS[duration[-1]]


def told(annotations: Mapping[str, str]) -> str:
    """Summary and next step. Cloud Monitoring fills in labels, and shows the value by itself."""
    text = ". ".join(
        annotations[key].rstrip(".") for key in ("summary", "description") if key in annotations
    )
    return _LABEL.sub(r"${metric.label.\1}", _VALUE.sub("…", text)) + "."
