"""A model in containers of Cloud Run's that come and go with the requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pulumi

from modelyard.objects.cloud import CloudResource
from modelyard.plan.naming import digest
from modelyard.sites.gcp.alerts import Alert, add_alert, metric
from modelyard.sites.gcp.vertex.run_container import PORT, RunArgs, RunContainer

HEALTH = "/healthz"
PERIOD = 10
"""Seconds between two looks at a container."""
STARTUP = 24
"""Looks that a container may fail until it can serve: four minutes, the most that there are."""
ERRORS = 0.05
"""Share of answers that may be server errors where the blueprint names no availability."""


class CloudRunService(pulumi.ComponentResource):
    """Answers inside the network, whom IAM lets ask."""

    endpoint: None = None
    """None: it has a name of Google's, which is known once it is deployed."""

    def __init__(
        self, name: str, args: RunArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:serving:CloudRunService", name, None, opts)
        self._name, self._args = name, args
        self._run = RunContainer(self, name, args)
        service = self._service()
        self._callers(service)
        for alert in _alerts(args, self._run.called):
            add_alert(self, name, args.context, args.account, alert)
        self.register_outputs({"uri": service["uri"]})

    def _service(self) -> CloudResource:
        run = self._run
        inputs = {
            "name": run.called,
            "location": self._args.site.region,
            "ingress": "INGRESS_TRAFFIC_INTERNAL_ONLY",
            "invokerIamDisabled": False,
            "deletionProtection": False,
            "binaryAuthorization": {"useDefault": True},
            "template": self._template(),
        }
        ready = [*self._args.account.services, *run.rights]
        options = pulumi.ResourceOptions(parent=self, depends_on=ready)
        token, seen = "gcp:cloudrunv2/service:Service", {"name": str, "uri": str}
        return CloudResource(token, self._name, inputs, options, outputs=seen)

    def _template(self) -> Mapping[str, Any]:
        fewest, most = self._args.model_plan.replicas
        serve = self._args.model.serve
        container = {
            **self._run.container(),
            "ports": {"containerPort": serve.port or PORT},
            "resources": {"limits": self._run.limits(), "cpuIdle": self._idle()},
            "startupProbe": self._probe(failureThreshold=STARTUP),
            "livenessProbe": self._probe(failureThreshold=3),
        }
        return {
            **self._run.template(),
            "scaling": {"minInstanceCount": fewest, "maxInstanceCount": most},
            "maxInstanceRequestConcurrency": serve.concurrency,
            "containers": [container],
        }

    def _idle(self) -> bool:
        """Whether processors rest, and are not paid for, while nobody asks: not of what is always
        there, nor beside a GPU.
        """
        plan = self._args.model_plan
        return plan.machine is None and plan.replicas[0] == 0

    def _probe(self, **further: int) -> Mapping[str, Any]:
        serve = self._args.model.serve
        asked = {"path": serve.health or HEALTH, "port": serve.port or PORT}
        return {"httpGet": asked, "periodSeconds": PERIOD, "timeoutSeconds": 5, **further}

    def _callers(self, service: CloudResource) -> None:
        """Nobody may ask but those that the blueprint names."""
        options = pulumi.ResourceOptions(parent=self)
        for member in self._args.model.serve.callers:
            inputs = {
                "name": service["name"],
                "location": self._args.site.region,
                "role": "roles/run.invoker",
                "member": member,
            }
            token = "gcp:cloudrunv2/serviceIamMember:ServiceIamMember"
            CloudResource(token, f"{self._name}-{digest(member)}", inputs, options, outputs={})


def _alerts(args: RunArgs, called: str) -> Iterator[Alert]:
    """Source: Cloud Monitoring, metrics list, run."""
    target, model = args.model.serve.target, args.model.name
    asked = metric("run.googleapis.com/request_count", "cloud_run_revision", service_name=called)
    share = ERRORS if target.availability is None else round(1 - target.availability, 6)
    yield Alert(
        part="errors",
        filter=f'{asked} AND metric.labels.response_code_class = "5xx"',
        share_of=asked,
        compared=">",
        threshold=share,
        aligner="ALIGN_RATE",
        reducer="REDUCE_SUM",
        why=f"{model}: more than {share:.3%} of answers are server errors.",
    )
    if target.p95_ms is not None:
        kind = "run.googleapis.com/request_latencies"
        yield Alert(
            part="latency",
            filter=metric(kind, "cloud_run_revision", service_name=called),
            compared=">",
            threshold=target.p95_ms,
            aligner="ALIGN_PERCENTILE_95",
            reducer="REDUCE_MAX",
            why=f"{model}: the 95th percentile is over {target.p95_ms} ms.",
        )
    if target.rps is not None:
        yield Alert(
            part="requests",
            filter=asked,
            compared=">",
            threshold=target.rps,
            aligner="ALIGN_RATE",
            reducer="REDUCE_SUM",
            why=f"{model}: more than {target.rps} requests a second.",
        )
