"""A model behind a real-time endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from modelyard.blueprint.checks.watching import analysed
from modelyard.catalog.sagemaker import has_disks
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.roles import Role
from modelyard.sites.aws.sagemaker.alerts import topic
from modelyard.sites.aws.sagemaker.args import HostedArgs
from modelyard.sites.aws.sagemaker.autoscaling import by_requests, scaled
from modelyard.sites.aws.sagemaker.endpoint_alarms import VARIANT, endpoint_alarms
from modelyard.sites.aws.sagemaker.hosting import Hosting
from modelyard.sites.aws.sagemaker.monitors import DriftMonitor
from modelyard.sites.aws.sagemaker.rollback import guardrails

CHALLENGER = "challenger"
STARTUP = 1800
"""Seconds that weights may take to come and to be loaded."""
CONTENT = {"csvContentTypes": ["text/csv"], "jsonContentTypes": ["application/json"]}
GPU_AMI = "al2-ami-sagemaker-inference-gpu-3-1"
"""Brings a driver new enough for AWS's vLLM; source: its page on deployment."""


class SageMakerEndpoint(pulumi.ComponentResource):
    """Answers within the platform's account; what it is asked and answers is kept."""

    endpoint: None = None
    """None: it is reached by SageMaker's own API, not at an address in the cluster."""

    def __init__(
        self, name: str, args: HostedArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:serving:SageMakerEndpoint", name, None, opts)
        self._hosting = hosting = Hosting(self, name, args)
        self.title = hosting.title()
        self.captured = args.object_store.address(f"captured/{args.model.name}/")
        sources = [s for s in (args.model.source, args.model.serve.challenger) if s]
        role = hosting.role(sources, [self.captured])
        group = hosting.security_group()
        live = hosting.model(role, args.model.source, group)
        shadow = self._challenger(role, group)
        self.topic = topic(self, name, args, args.model.name)
        alarms = endpoint_alarms(hosting, self.title, self.topic)
        config = self._configuration(live, shadow)
        self._endpoint = self._deployed(config, alarms)
        if args.model.serve.replicas.scales:
            by_requests(hosting, scaled(hosting, self._endpoint, self.title))
        if analysed(args.model):
            DriftMonitor(hosting, self._endpoint, self.captured, self.topic)
        self.callers = hosting.callers(self.title, ["sagemaker:InvokeEndpoint", STREAM])
        self.register_outputs({"endpoint": self.title, "callers": self.callers["arn"]})

    def _challenger(self, role: Role, group: CloudResource) -> CloudResource | None:
        source = self._hosting.args.model.serve.challenger
        return self._hosting.model(role, source, group, CHALLENGER) if source else None

    def _configuration(self, live: CloudResource, shadow: CloudResource | None) -> CloudResource:
        """Machines and models; it never changes, a new one takes its place."""
        hosting, plan = self._hosting, self._hosting.args.model_plan
        assert plan.machine is not None
        fewest = max(1, plan.replicas[0])
        inputs: Mapping[str, Any] = {
            "productionVariants": [variant(hosting.args, VARIANT, live, fewest)],
            "shadowProductionVariants": (
                [variant(hosting.args, CHALLENGER, shadow, 1)] if shadow else None
            ),
            "kmsKeyArn": None if has_disks(plan.machine) else hosting.key,
            "dataCaptureConfig": captured(self.captured, hosting.key),
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
        token = "aws:sagemaker/endpoint:Endpoint"
        return CloudResource(token, hosting.name, inputs, options)


STREAM = "sagemaker:InvokeEndpointWithResponseStream"


def variant(
    args: HostedArgs, called: str, model: CloudResource, machines: int
) -> Mapping[str, Any]:
    """One model on so many machines of the kind that the plan chose."""
    plan = args.model_plan
    own = args.model.serve.image is not None
    gpu = {"inferenceAmiVersion": GPU_AMI} if plan.count and not own else {}
    return {
        "variantName": called,
        "modelName": model["name"],
        "instanceType": plan.machine,
        "initialInstanceCount": machines,
        "initialVariantWeight": 1.0,
        "containerStartupHealthCheckTimeoutInSeconds": STARTUP,
        "modelDataDownloadTimeoutInSeconds": STARTUP,
        "routingConfigs": [{"routingStrategy": "LEAST_OUTSTANDING_REQUESTS"}],
        **gpu,
    }


def captured(place: str, key: pulumi.Input[str]) -> Mapping[str, Any]:
    """Every question and every answer: monitoring compares them with what was learnt from."""
    return {
        "enableCapture": True,
        "initialSamplingPercentage": 100,
        "destinationS3Uri": place,
        "kmsKeyId": key,
        "captureOptions": [{"captureMode": "Input"}, {"captureMode": "Output"}],
        "captureContentTypeHeader": CONTENT,
    }


def configuration(hosting: Hosting, inputs: Mapping[str, Any]) -> CloudResource:
    """A configuration whose name changes with what is in it, the models among it."""
    serve = hosting.args.model.serve
    sources = [s for s in (hosting.args.model.source, serve.challenger) if s]
    about = {**inputs, "models": [hosting.model_title(source) for source in sources]}
    named = {**inputs, "name": hosting.immutable(about, "config")}
    token = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
    return CloudResource(token, hosting.name, named, hosting.options, outputs={"name": str})
