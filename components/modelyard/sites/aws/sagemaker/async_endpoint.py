"""A model behind a queue: for requests that take long, and with no machine while there are none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from modelyard.catalog.sagemaker import has_disks
from modelyard.contracts.kms import Encrypts
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.policies import Statement, allow
from modelyard.sites.aws.sagemaker import rights
from modelyard.sites.aws.sagemaker.alerts import topic
from modelyard.sites.aws.sagemaker.args import HostedArgs
from modelyard.sites.aws.sagemaker.autoscaling import by_backlog, scaled
from modelyard.sites.aws.sagemaker.endpoint import configuration, variant
from modelyard.sites.aws.sagemaker.endpoint_alarms import VARIANT, endpoint_alarms
from modelyard.sites.aws.sagemaker.hosting import Hosting
from modelyard.sites.aws.sagemaker.rollback import guardrails

AT_A_TIME = 4
"""Requests on one machine where the plan does not say; SageMaker's own default."""


class AsyncEndpoint(pulumi.ComponentResource):
    """Takes requests from a bucket, puts answers into it, and tells a topic."""

    endpoint: None = None
    """None: it is reached by SageMaker's own API, not at an address in the cluster."""

    def __init__(
        self, name: str, args: HostedArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:serving:AsyncEndpoint", name, None, opts)
        self._hosting = hosting = Hosting(self, name, args)
        self.title = hosting.title()
        places = {k: args.object_store.address(f"async/{args.model.name}/{k}/") for k in PLACES}
        self.topic = topic(self, name, args, args.model.name)
        role = hosting.role(
            [args.model.source], [places["out"], places["failed"]], self._uses(places)
        )
        live = hosting.model(role, args.model.source, hosting.security_group())
        config = self._configuration(live, places)
        endpoint = self._deployed(config, endpoint_alarms(hosting, self.title, self.topic))
        if args.model.serve.replicas.scales:
            by_backlog(hosting, scaled(hosting, endpoint, self.title), self.title)
        self.callers = hosting.callers(
            self.title, ["sagemaker:InvokeEndpointAsync"], _asking(args, places)
        )
        self.register_outputs({"endpoint": self.title, "callers": self.callers["arn"]})

    def _uses(self, places: Mapping[str, str]) -> list[Statement]:
        """The requests, and the topic that hears of each answer."""
        args = self._hosting.args
        return [
            *rights.read(args.site, places["in"]),
            allow(["sns:Publish"], [self.topic["arn"]]),
            rights.decrypt(args.kms.key(Encrypts.LOGS)),
        ]

    def _configuration(self, live: CloudResource, places: Mapping[str, str]) -> CloudResource:
        hosting, plan = self._hosting, self._hosting.args.model_plan
        assert plan.machine is not None
        told = {"successTopic": self.topic["arn"], "errorTopic": self.topic["arn"]}
        most = plan.concurrency or AT_A_TIME
        inputs: Mapping[str, Any] = {
            "productionVariants": [variant(hosting.args, VARIANT, live, max(1, plan.replicas[0]))],
            "kmsKeyArn": None if has_disks(plan.machine) else hosting.key,
            "asyncInferenceConfig": {
                "clientConfig": {"maxConcurrentInvocationsPerInstance": most},
                "outputConfig": {
                    "s3OutputPath": places["out"],
                    "s3FailurePath": places["failed"],
                    "kmsKeyId": hosting.key,
                    "notificationConfig": told,
                },
            },
        }
        return configuration(hosting, inputs)

    def _deployed(self, config: CloudResource, alarms: list[str]) -> CloudResource:
        hosting = self._hosting
        inputs = {
            "name": self.title,
            "endpointConfigName": config["name"],
            "deploymentConfig": guardrails(alarms, max(1, hosting.args.model_plan.replicas[0])),
        }
        logs = hosting.logs(f"/aws/sagemaker/Endpoints/{self.title}")
        options = pulumi.ResourceOptions(parent=self, depends_on=[logs])
        return CloudResource("aws:sagemaker/endpoint:Endpoint", hosting.name, inputs, options)


PLACES = ("in", "out", "failed")


def _asking(args: HostedArgs, places: Mapping[str, str]) -> list[Statement]:
    """Who asks puts the request where the endpoint reads it, and fetches the answer."""
    return [
        *rights.write(args.site, places["in"]),
        *rights.read(args.site, places["out"], places["failed"]),
        rights.decrypt(args.kms.key(Encrypts.DATA)),
    ]
