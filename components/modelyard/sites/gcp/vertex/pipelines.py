"""What the pipelines of a platform have in common: the account that trains, and its rights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.model import Model
from modelyard.contracts.identity import WorkloadIdentity
from modelyard.objects.cloud import CloudResource
from modelyard.sites.gcp.custom_roles import custom_role
from modelyard.sites.gcp.identity import Principals
from modelyard.sites.gcp.kms import AttachedKey, KmsKeys
from modelyard.sites.gcp.names import scoped
from modelyard.sites.gcp.object_store import AttachedBucket, GcsBuckets
from modelyard.sites.gcp.service_accounts import ServiceAccount, service_account
from modelyard.sites.gcp.vertex.args import GoogleArgs
from modelyard.sites.gcp.vertex.features import VertexFeatures
from modelyard.sites.gcp.vertex.tracking import VertexTracking, writes
from modelyard.sites.gcp.vertex.training_workflow import CANDIDATES

STARTS = (
    "aiplatform.pipelineJobs.list",
    "workflows.executions.create",
    "workflows.executions.list",
)
NAME = 63
"""Most characters of a workflow's name; source: Workflows API reference."""
ROOT = "training/"
"""Part of the platform's bucket where Pipelines keeps what it has to."""


@dataclass(frozen=True, kw_only=True)
class VertexPipelinesArgs(GoogleArgs):
    kms: KmsKeys | AttachedKey
    object_store: GcsBuckets | AttachedBucket
    identity: Principals | None = None
    """Who workloads of the cluster are, of which some start runs."""
    tracking: Any = None
    """That of Vertex AI lets runs in; what tracks in the cluster is out of their reach."""
    features: Any = None


def training_called(args: GoogleArgs, model: Model) -> str:
    """The name of a model's workflow, and of its runs."""
    return scoped(args.context, model.name, "train", most=NAME)


class VertexPipelines(pulumi.ComponentResource):
    """Training has an account of its own, which can neither approve nor touch what is served."""

    def __init__(
        self, name: str, args: VertexPipelinesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:pipelines:VertexPipelines", name, None, opts)
        self._name, self._args = name, args
        context = args.context
        self.account: ServiceAccount = service_account(
            self,
            name,
            context,
            args.site,
            called=("training",),
            why=f"{context.scope}: trains models",
        )
        self.rights = [*self._stored(), self._recorded(), *self._further()]
        self.environment = self._environment()
        self._starting: pulumi.Output[str] | None = None
        self.register_outputs({"account": self.account.email})

    def startable(self, workload: WorkloadIdentity, model: Model) -> Mapping[str, str]:
        """Lets a workload start workflows, and see when they and their runs began."""
        args = self._args
        assert args.identity is not None  # whose workload it is
        self._starting = self._starting or self._starters()
        member = args.identity.principal(workload)
        inputs = {"project": args.site.project, "role": self._starting, "member": member}
        options = pulumi.ResourceOptions(parent=self)
        token, name = "gcp:projects/iAMMember:IAMMember", f"{self._name}-starts-{model.name}"
        CloudResource(token, name, inputs, options, outputs={})
        place = f"projects/{args.site.project}/locations/{args.site.region}"
        return {"vertex": f"{place}/workflows/{training_called(args, model)}"}

    def _starters(self) -> pulumi.Output[str]:
        """Neither workflows nor runs have a policy of their own: it is one of the project."""
        args = self._args
        return custom_role(
            self,
            f"{self._name}-starts",
            args.context,
            args.site,
            called="training-starts",
            why="starts training that verdicts call for",
            permissions=STARTS,
        )

    def _stored(self) -> list[CloudResource]:
        """Reads what the platform has; writes candidates, and never what may be served."""
        store = self._args.object_store
        return store.let_in(
            "training",
            self.account.member,
            reads=[store.address("")],
            writes=[store.address(part) for part in (CANDIDATES, ROOT)],
        )

    def _recorded(self) -> CloudResource:
        """Pipelines records, as this account, what came of what."""
        args = self._args
        role = custom_role(
            self,
            f"{self._name}-records",
            args.context,
            args.site,
            called="training-records",
            why="records what training did",
            permissions=writes(),
        )
        inputs = {"project": args.site.project, "role": role, "member": self.account.member}
        options = pulumi.ResourceOptions(parent=self)
        token = "gcp:projects/iAMMember:IAMMember"
        return CloudResource(token, f"{self._name}-records", inputs, options, outputs={})

    def _further(self) -> list[CloudResource]:
        args, member = self._args, self.account.member
        if not isinstance(args.features, VertexFeatures):
            return []
        return args.features.let_in(self, self._name, member)

    def _environment(self) -> Mapping[str, pulumi.Input[str]]:
        """What every run is told."""
        args = self._args
        found: dict[str, pulumi.Input[str]] = {"MODELYARD_BUCKET": args.object_store.address("")}
        if isinstance(args.tracking, VertexTracking):
            found["MODELYARD_TENSORBOARD"] = args.tracking.tensorboard
        if isinstance(args.features, VertexFeatures):
            found["MODELYARD_FEATURES"] = args.features.dataset["datasetId"]
        return found
