"""What an endpoint is held to: answers in time, few errors, no more requests than were meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from modelyard.blueprint.model import Model
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.sagemaker.alerts import alarm
from modelyard.sites.aws.sagemaker.hosting import Hosting

VARIANT = "live"
SPACE = "AWS/SageMaker"
ERRORS = 0.05
"""Share of answers that may be server errors where the blueprint names no availability."""
_MICROSECONDS = 1000
"""In a millisecond: SageMaker measures in them."""


def endpoint_alarms(hosting: Hosting, endpoint: str, to: CloudResource) -> list[str]:
    """The alarms of an endpoint by name; a deployment that raises one is rolled back.

    More requests than were meant are told, too, but are no reason to go back.
    """
    watched = {"EndpointName": endpoint, "VariantName": VARIANT}
    raised = [
        _raise(hosting, to, key, {"dimensions": watched, **settings})
        for key, settings in _guards(hosting.args.model)
    ]
    for key, settings in _load(hosting.args.model):
        _raise(hosting, to, key, {"dimensions": watched, **settings})
    return raised


def _raise(hosting: Hosting, to: CloudResource, key: str, settings: Mapping[str, Any]) -> str:
    name = f"{hosting.name}-{key}"
    called = (hosting.args.model.name, key)
    return alarm(hosting.parent, name, hosting.args, to, *called, namespace=SPACE, **settings)


def _guards(model: Model) -> Iterator[tuple[str, Mapping[str, Any]]]:
    target = model.serve.target
    share = ERRORS if target.availability is None else 1 - target.availability
    yield (
        "errors",
        {
            "metricName": "Invocation5XXErrors",
            "statistic": "Average",
            "threshold": round(share, 6),
            "alarmDescription": f"{model.name}: more than {share:.3%} of answers are errors",
        },
    )
    if target.p95_ms is not None:
        yield (
            "latency",
            {
                "metricName": "ModelLatency",
                "extendedStatistic": "p95",
                "threshold": float(target.p95_ms * _MICROSECONDS),
                "alarmDescription": f"{model.name}: the 95th percentile is over {target.p95_ms} ms",
            },
        )


def _load(model: Model) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if (rps := model.serve.target.rps) is not None:
        yield (
            "requests",
            {
                "metricName": "Invocations",
                "statistic": "Sum",
                "threshold": float(rps * 60),
                "alarmDescription": f"{model.name}: more than {rps} requests a second",
            },
        )
