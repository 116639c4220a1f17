"""Experiment tracking by Vertex AI: TensorBoard for curves, ML Metadata for what came of what."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from modelyard.blueprint.model import Model
from modelyard.objects.cloud import CloudResource
from modelyard.plan.serving import ModelPlan
from modelyard.sites.gcp.kms import KmsKeys
from modelyard.sites.gcp.names import scoped
from modelyard.sites.gcp.uses import Use
from modelyard.sites.gcp.vertex.args import GoogleArgs

STORE = "default"
"""The only store of metadata that runs and experiments write to, one for the project in a region.
It keeps the key that it is made with, so it has to be there before the first run.
"""
NAME = 128
WRITES: tuple[tuple[str, str], ...] = (
    ("artifacts", "create get list update"),
    ("contexts", "addContextArtifactsAndExecutions addContextChildren create get list update"),
    ("executions", "addExecutionEvents create get list update"),
    ("metadataSchemas", "create get list"),
    ("metadataStores", "get list"),
    ("tensorboards", "get list"),
    ("tensorboardExperiments", "create get list update write"),
    ("tensorboardRuns", "batchCreate create get list update write"),
    ("tensorboardTimeSeries", "batchCreate batchRead create get list read update"),
)
"""What a run does to be tracked; source: Vertex AI guide, access control."""


def writes() -> list[str]:
    """The permissions of whoever logs runs."""
    return [f"aiplatform.{noun}.{verb}" for noun, verbs in WRITES for verb in verbs.split()]


@dataclass(frozen=True, kw_only=True)
class VertexTrackingArgs(GoogleArgs):
    kms: KmsKeys
    models: tuple[tuple[Model, ModelPlan], ...] = ()


class VertexTracking(pulumi.ComponentResource):
    """A TensorBoard with an experiment for each model, and the store of metadata."""

    def __init__(
        self, name: str, args: VertexTrackingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:tracking:VertexTracking", name, None, opts)
        self._name, self._args = name, args
        kept, after = args.context.protect or None, args.account.services
        self._kept = pulumi.ResourceOptions(parent=self, protect=kept, depends_on=after)
        self._key = args.kms.key_for(Use.VERTEX)
        self._metadata()
        board = self._board()
        self.tensorboard: pulumi.Output[str] = board["name"]
        for model, _ in args.models:
            self._experiment(board, model)
        self.register_outputs({"tensorboard": self.tensorboard})

    def _metadata(self) -> CloudResource:
        inputs = {
            "name": STORE,
            "region": self._args.site.region,
            "description": f"What came of what in {self._args.context.scope}",
            "encryptionSpec": {"kmsKeyName": self._key},
        }
        token = "gcp:vertex/aiMetadataStore:AiMetadataStore"
        return CloudResource(token, self._name, inputs, self._kept, outputs={})

    def _board(self) -> CloudResource:
        inputs = {
            "displayName": scoped(self._args.context, "tracking", most=NAME),
            "region": self._args.site.region,
            "description": f"Runs of {self._args.context.scope}",
            "encryptionSpec": {"kmsKeyName": self._key},
        }
        token = "gcp:vertex/aiTensorboard:AiTensorboard"
        return CloudResource(token, self._name, inputs, self._kept, outputs={"name": str})

    def _experiment(self, board: CloudResource, model: Model) -> CloudResource:
        """Runs of one model side by side."""
        inputs = {
            "location": self._args.site.region,
            "tensorboard": board["name"].apply(lambda whole: whole.rpartition("/")[2]),
            "tensorboardExperimentId": model.name,
            "displayName": model.name,
            "source": "training",
        }
        options = pulumi.ResourceOptions(parent=self)
        token = "gcp:vertex/aiTensorboardExperiment:AiTensorboardExperiment"
        return CloudResource(token, f"{self._name}-{model.name}", inputs, options, outputs={})
