"""A model of the hub behind an endpoint of Vertex AI, which only the platform's network reaches.

The provider knows no deployment of a model and no registry: Model Garden's is the one that makes
model, endpoint and deployment at once. It takes no key, and keeps no requests.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from modelyard.catalog.hosted import renting
from modelyard.objects.cloud import CloudResource
from modelyard.sites.gcp.names import scoped
from modelyard.sites.gcp.vertex.args import HostedArgs
from modelyard.sites.gcp.vertex.endpoint_alerts import endpoint_alerts
from modelyard.sites.gcp.vertex.endpoint_callers import endpoint_callers
from modelyard.sites.gcp.vertex.flags import PORT, command, hub_id

NAME = 128
"""Most characters of a name that is shown; source: Vertex AI API reference, Endpoint."""
_STARTUP = "7200s"
"""How long weights may take to come and to be loaded."""
_SHARED = "16384"
"""MB of memory that processes of one server share, as Google's own examples have it."""
_BUSY = "aiplatform.googleapis.com/prediction/online/accelerator/duty_cycle"
_LOAD = 60
"""Percent of that at which the next machine is called: it takes minutes to come."""


class ModelGardenEndpoint(pulumi.ComponentResource):
    """Machines of the plan's with Google's vLLM on them."""

    endpoint: None = None
    """None: its address in the network is Google's to give, once it is deployed."""

    def __init__(
        self, name: str, args: HostedArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:serving:ModelGardenEndpoint", name, None, opts)
        self._name, self._args = name, args
        self.title = scoped(args.context, args.model.name, most=NAME)
        deployed = self._deployed()
        self.id: pulumi.Output[str] = deployed["endpoint"]
        endpoint_alerts(self, name, args, self.id)
        endpoint_callers(self, name, args, self.id)
        self.register_outputs({"endpoint": self.id})

    def _deployed(self) -> CloudResource:
        args = self._args
        inputs = {
            "location": args.site.region,
            "huggingFaceModelId": hub_id(args.model),
            "modelConfig": self._model(),
            "deployConfig": {"dedicatedResources": self._machines()},
            "endpointConfig": {
                "endpointDisplayName": self.title,
                "privateServiceConnectConfig": self._private(),
            },
        }
        ready = [*args.account.services, *args.vpc.connections.values()]
        options = pulumi.ResourceOptions(parent=self, depends_on=ready)
        token = "gcp:vertex/aiEndpointWithModelGardenDeployment:AiEndpointWithModelGardenDeployment"
        return CloudResource(token, self._name, inputs, options, outputs={"endpoint": str})

    def _model(self) -> Mapping[str, Any]:
        """The container, written out: what Model Garden would choose by itself changes with it."""
        model, plan = self._args.model, self._args.model_plan
        told = {"MODEL_ID": hub_id(model), **model.serve.env}
        container = {
            "imageUri": renting(plan.engine).image,
            "args": command(model, plan),
            "envs": [{"name": name, "value": value} for name, value in told.items()],
            "ports": [{"containerPort": PORT}],
            "predictRoute": "/generate",
            "healthRoute": "/ping",
            "deploymentTimeout": _STARTUP,
            "sharedMemorySizeMb": _SHARED,
        }
        return {
            "modelDisplayName": self.title,
            "acceptEula": model.serve.eula == "accepted",
            "containerSpec": container,
        }

    def _machines(self) -> Mapping[str, Any]:
        """One replica to a machine; more of them as their accelerators get busy."""
        plan = self._args.model_plan
        assert plan.accelerator  # the plan sizes every model that Vertex AI serves
        fewest, most = plan.replicas
        return {
            "machineSpec": {
                "machineType": plan.machine,
                "acceleratorType": renting(plan.engine).accelerators[plan.accelerator],
                "acceleratorCount": plan.count,
            },
            "minReplicaCount": fewest,
            "maxReplicaCount": most,
            "autoscalingMetricSpecs": [{"metricName": _BUSY, "target": _LOAD}],
        }

    def _private(self) -> Mapping[str, Any]:
        """Google makes the way in by itself: a policy of the network lets it."""
        args = self._args
        return {
            "enablePrivateServiceConnect": True,
            "projectAllowlists": [args.site.project],
            "pscAutomationConfigs": {"projectId": args.site.project, "network": args.vpc.id},
        }
