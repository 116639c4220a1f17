"""A model in containers that come and go with the requests."""

from __future__ import annotations

import pulumi

from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.sagemaker.alerts import topic
from modelyard.sites.aws.sagemaker.args import HostedArgs
from modelyard.sites.aws.sagemaker.endpoint import configuration
from modelyard.sites.aws.sagemaker.endpoint_alarms import VARIANT, endpoint_alarms
from modelyard.sites.aws.sagemaker.hosting import Hosting

STEP, LEAST, MOST = 1024, 2048, 6144
"""MB: sizes come in steps of the first; what it has where nothing is said; the largest."""


class ServerlessEndpoint(pulumi.ComponentResource):
    """Costs nothing while nobody asks; outside the network, since serverless has none."""

    endpoint: None = None
    """None: it is reached by SageMaker's own API, not at an address in the cluster."""

    def __init__(
        self, name: str, args: HostedArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:serving:ServerlessEndpoint", name, None, opts)
        self._hosting = hosting = Hosting(self, name, args)
        self.title = hosting.title()
        role = hosting.role([args.model.source], [], inside=False)
        live = hosting.model(role, args.model.source, None)
        self.topic = topic(self, name, args, args.model.name)
        endpoint_alarms(hosting, self.title, self.topic)
        self._deployed(live)
        self.callers = hosting.callers(self.title, ["sagemaker:InvokeEndpoint"])
        self.register_outputs({"endpoint": self.title, "callers": self.callers["arn"]})

    def _deployed(self, live: CloudResource) -> CloudResource:
        hosting = self._hosting
        fewest, most = hosting.args.model_plan.replicas
        kept = {"provisionedConcurrency": fewest} if fewest else {}
        size = {"memorySizeInMb": megabytes(hosting.args.model.serve.resources.memory)}
        variant = {
            "variantName": VARIANT,
            "modelName": live["name"],
            "serverlessConfig": {**size, "maxConcurrency": most, **kept},
        }
        config = configuration(hosting, {"productionVariants": [variant]})
        logs = hosting.logs(f"/aws/sagemaker/Endpoints/{self.title}")
        options = pulumi.ResourceOptions(parent=self, depends_on=[logs])
        inputs = {"name": self.title, "endpointConfigName": config["name"]}
        return CloudResource("aws:sagemaker/endpoint:Endpoint", hosting.name, inputs, options)


def megabytes(memory: int | None) -> int:
    """The smallest size that holds so many bytes."""
    if memory is None:
        return LEAST
    steps = -(-memory // (STEP * 2**20))
    return min(MOST, steps * STEP)
