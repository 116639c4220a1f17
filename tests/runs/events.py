"""Events as the engine sends them."""

from __future__ import annotations

from typing import Any

from pulumi.automation.events import EngineEvent

STACK = "urn:pulumi:dev::modelyard::pulumi:pulumi:Stack::modelyard-dev"


def urn(name: str, kind: str = "kubernetes:apps/v1:Deployment") -> str:
    return f"urn:pulumi:dev::modelyard::{kind}::{name}"


def step(event: str, op: str, which: str, **more: Any) -> EngineEvent:
    """`event` is resourcePreEvent, resOutputsEvent or resOpFailedEvent."""
    kind = which.split("::")[2].rpartition("$")[2]
    metadata = {"op": op, "urn": which, "type": kind, "provider": "", **more}
    extra = {"status": 1, "steps": 1} if event == "resOpFailedEvent" else {}
    return EngineEvent.from_json(
        {"sequence": 1, "timestamp": 1, event: {"metadata": metadata, **extra}}
    )


def began(op: str, which: str, **more: Any) -> EngineEvent:
    return step("resourcePreEvent", op, which, **more)


def ended(op: str, which: str) -> EngineEvent:
    return step("resOutputsEvent", op, which)


def failed(op: str, which: str) -> EngineEvent:
    return step("resOpFailedEvent", op, which)


def said(message: str, which: str | None = None, severity: str = "error") -> EngineEvent:
    diagnostic = {"message": message, "color": "never", "severity": severity, "urn": which}
    return EngineEvent.from_json({"sequence": 1, "timestamp": 1, "diagnosticEvent": diagnostic})
