"""What a run of Argo says of a promotion: its steps, what the gate told, and what it waits for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from modelyard.contracts.promotion import Gate, Verdict
from modelyard.objects.workflows import APPROVE, REPORT, VERSION
from modelyard.sites.kubernetes.cluster_api import Object

OVER = ("Succeeded", "Failed", "Error")


def template(run: Object) -> str:
    """The template that it runs."""
    return (run["spec"].get("workflowTemplateRef") or {}).get("name", "")


def name_of(run: Object) -> str:
    return run["metadata"]["name"]


def phase(run: Object) -> str:
    return (run.get("status") or {}).get("phase", "")


def nodes(run: Object) -> Mapping[str, Any]:
    return (run.get("status") or {}).get("nodes") or {}


def steps(run: Object) -> Iterator[tuple[str, str]]:
    """What has been begun, by name; groups of steps are none."""
    for node in sorted(nodes(run).values(), key=lambda node: node.get("startedAt") or ""):
        if node.get("templateName") and node.get("type") in ("Pod", "Suspend"):
            yield node["displayName"], node["phase"].lower()


def is_open(node: Mapping[str, Any]) -> bool:
    return node.get("templateName") == APPROVE and node.get("phase") == "Running"


def waits(run: Object) -> bool:
    return phase(run) not in OVER and any(is_open(node) for node in nodes(run).values())


def reason(run: Object) -> str:
    """The last step that failed, in its own words."""
    failed = [node for node in nodes(run).values() if node.get("phase") in ("Failed", "Error")]
    pods = [node for node in failed if node.get("type") == "Pod"] or failed
    told = [f"{n.get('displayName', '')}: {n.get('message', '')}".strip(": ") for n in pods]
    return told[-1] if told else (run.get("status") or {}).get("message", "it failed")


def given(run: Object) -> Mapping[str, str]:
    found = run["spec"].get("arguments", {}).get("parameters", ())
    return {VERSION: "", **{each["name"]: each.get("value", "") for each in found}}


def report(run: Object) -> Mapping[str, Any]:
    """What the gate told, of the last time it was asked."""
    for node in reversed(list(nodes(run).values())):
        for output in (node.get("outputs") or {}).get("parameters", ()):
            if output["name"] == REPORT:
                return json.loads(output["value"])
    return {}


def gate(finding: Mapping[str, Any]) -> Gate:
    subject, value, limit = finding.get("subject"), finding.get("value"), finding.get("limit")
    told = [f"{value:g}"] if value is not None else []
    reason = finding.get("reason")
    return Gate(
        name=f"{finding['measure']} {subject}" if subject else finding["measure"],
        verdict=Verdict(finding["verdict"]),
        asked=f"{limit:g}" if limit is not None else "",
        found=": ".join([*told, *([reason] if reason else [])]),
    )
