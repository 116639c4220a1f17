"""Alert policies of Cloud Monitoring, and the owner who is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.contracts.context import Context
from modelyard.objects.cloud import CloudResource
from modelyard.sites.gcp.account import GcpProject

_COMPARED = {">": "COMPARISON_GT", "<": "COMPARISON_LT"}
_MINUTES = 5


@dataclass(frozen=True, kw_only=True)
class Alert:
    """When a metric is what it should not be, for so long."""

    part: str
    filter: pulumi.Input[str]
    """Of time series, as Cloud Monitoring writes it."""
    compared: str
    threshold: float
    aligner: str = "ALIGN_MEAN"
    reducer: str | None = None
    minutes: int = _MINUTES
    share_of: pulumi.Input[str] | None = None
    """Time series of which it is a share, counted in the same way."""
    why: str


def metric(type: str, resource: str, **labels: str) -> str:
    """A filter: one metric of one kind of resource, with these labels (`database_id`)."""
    terms = [f'metric.type = "{type}"', f'resource.type = "{resource}"']
    return " AND ".join((*terms, *(f'resource.labels.{k} = "{v}"' for k, v in labels.items())))


def add_alert(
    parent: pulumi.Resource, name: str, context: Context, account: GcpProject, alert: Alert
) -> CloudResource:
    """A policy; the owner is told by mail."""
    period = f"{60 * _MINUTES}s"
    series: dict[str, Any] = {"alignmentPeriod": period, "perSeriesAligner": alert.aligner}
    if alert.reducer:
        series["crossSeriesReducer"] = alert.reducer
    threshold: dict[str, Any] = {
        "filter": alert.filter,
        "comparison": _COMPARED[alert.compared],
        "thresholdValue": float(alert.threshold),
        "duration": f"{60 * (alert.minutes - _MINUTES)}s",
        "aggregations": [series],
    }
    if alert.share_of is not None:
        threshold |= {"denominatorFilter": alert.share_of, "denominatorAggregations": [series]}
    return _policy(parent, name, context, account, alert, {"conditionThreshold": threshold})


def add_log_alert(
    parent: pulumi.Resource, name: str, context: Context, account: GcpProject, alert: Alert
) -> CloudResource:
    """A policy on single entries of the log, at most one mail an hour."""
    told = {"notificationRateLimit": {"period": "3600s"}, "autoClose": "86400s"}
    matched = {"conditionMatchedLog": {"filter": alert.filter}}
    return _policy(parent, name, context, account, alert, matched, alertStrategy=told)


def _policy(
    parent: pulumi.Resource,
    name: str,
    context: Context,
    account: GcpProject,
    alert: Alert,
    condition: Mapping[str, Any],
    **further: Any,
) -> CloudResource:
    kind = name.removeprefix(f"{context.platform}-")
    title = f"{context.scope}: {kind} {alert.part}"
    inputs = {
        "displayName": title,
        "combiner": "OR",
        "conditions": [{"displayName": title, **condition}],
        "notificationChannels": [account.owner.id],
        "documentation": {"content": alert.why, "mimeType": "text/markdown"},
        **further,
    }
    options = pulumi.ResourceOptions(parent=parent)
    token = "gcp:monitoring/alertPolicy:AlertPolicy"
    return CloudResource(token, f"{name}-{alert.part}", inputs, options, outputs={})
