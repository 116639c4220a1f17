"""What an endpoint of Vertex AI is held to: answers in time, few errors, as many as were meant.

Source: Cloud Monitoring, metrics list, aiplatform.
"""

from __future__ import annotations

from collections.abc import Iterator

import pulumi

from modelyard.sites.gcp.alerts import Alert, add_alert, metric
from modelyard.sites.gcp.vertex.args import HostedArgs

ERRORS = 0.05
"""Share of answers that may be errors where the blueprint names no availability."""
_ONLINE = "aiplatform.googleapis.com/prediction/online"
_RATE, _SUM = "ALIGN_RATE", "REDUCE_SUM"


def endpoint_alerts(
    parent: pulumi.Resource, name: str, args: HostedArgs, endpoint: pulumi.Output[str]
) -> None:
    """Errors in any case, the rest as far as the blueprint has targets."""
    for alert in _alerts(args, endpoint):
        add_alert(parent, name, args.context, args.account, alert)


def _alerts(args: HostedArgs, endpoint: pulumi.Output[str]) -> Iterator[Alert]:
    target, model = args.model.serve.target, args.model.name
    share = ERRORS if target.availability is None else round(1 - target.availability, 6)
    yield Alert(
        part="errors",
        filter=_of("error_count", endpoint),
        share_of=_of("response_count", endpoint),
        compared=">",
        threshold=share,
        aligner=_RATE,
        reducer=_SUM,
        why=f"{model}: more than {share:.3%} of answers are errors.",
    )
    if target.p95_ms is not None:
        yield Alert(
            part="latency",
            filter=_of("prediction_latencies", endpoint),
            compared=">",
            threshold=target.p95_ms,
            aligner="ALIGN_PERCENTILE_95",
            reducer="REDUCE_MAX",
            why=f"{model}: the 95th percentile is over {target.p95_ms} ms.",
        )
    if target.rps is not None:
        yield Alert(
            part="requests",
            filter=_of("response_count", endpoint),
            compared=">",
            threshold=target.rps,
            aligner=_RATE,
            reducer=_SUM,
            why=f"{model}: more than {target.rps} requests a second.",
        )


def _of(kind: str, endpoint: pulumi.Output[str]) -> pulumi.Output[str]:
    """Series of one endpoint, which has a number that only Google knows beforehand."""
    every = metric(f"{_ONLINE}/{kind}", "aiplatform.googleapis.com/Endpoint")
    return pulumi.Output.concat(every, ' AND resource.labels.endpoint_id = "', endpoint, '"')
