"""How a new version takes over: beside the old one, and back again when an alarm is raised.

Source: SageMaker developer guide, deployment guardrails, blue/green with canary.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

WAIT, END, MOST = 600, 300, 7200
"""Seconds that the canary is watched, that the old fleet is kept, that all of it may take."""


def guardrails(alarms: Sequence[str], fewest: int) -> Mapping[str, Any]:
    """One of several machines first; a single one cannot be divided, and goes over at once."""
    canary = {
        "type": "CANARY",
        "waitIntervalInSeconds": WAIT,
        "canarySize": {"type": "INSTANCE_COUNT", "value": 1},
    }
    at_once = {"type": "ALL_AT_ONCE", "waitIntervalInSeconds": WAIT}
    return {
        "blueGreenUpdatePolicy": {
            "trafficRoutingConfiguration": canary if fewest > 1 else at_once,
            "terminationWaitInSeconds": END,
            "maximumExecutionTimeoutInSeconds": MOST,
        },
        "autoRollbackConfiguration": {"alarms": [{"alarmName": name} for name in alarms]},
    }
