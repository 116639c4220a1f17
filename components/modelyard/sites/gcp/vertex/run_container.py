"""The container of a model on Cloud Run: what it is told, what it has, and as whom it acts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.objects.cloud import CloudResource
from modelyard.plan.hosted_machine import container_of
from modelyard.sites.gcp.kms import AttachedKey, KmsKeys
from modelyard.sites.gcp.names import scoped
from modelyard.sites.gcp.object_store import AttachedBucket, GcsBuckets
from modelyard.sites.gcp.service_accounts import ServiceAccount, service_account
from modelyard.sites.gcp.uses import Use
from modelyard.sites.gcp.vertex.args import HostedArgs
from modelyard.sites.gcp.vertex.features import VertexFeatures

NAME = 49
"""Most characters of a service's name; source: Cloud Run API reference."""
PORT = 8080
BUCKETS = ("s3://", "gs://")


@dataclass(frozen=True, kw_only=True)
class RunArgs(HostedArgs):
    kms: KmsKeys | AttachedKey
    object_store: GcsBuckets | AttachedBucket
    features: Any = None
    """The feature store: that of Vertex AI lets it in; others stand in the cluster."""


class RunContainer:
    """Parts that a service and a job have in common, children of one of them."""

    def __init__(self, parent: pulumi.Resource, name: str, args: RunArgs) -> None:
        self.parent, self.name, self.args = parent, name, args
        self.called = scoped(args.context, args.model.name, most=NAME)
        self.account = self._identity()
        self.rights = self._rights()

    def _identity(self) -> ServiceAccount:
        context, called = self.args.context, self.args.model.name
        return service_account(
            self.parent,
            self.name,
            context,
            self.args.site,
            called=("run", called),
            why=f"{context.scope}: serves {called}",
        )

    def _rights(self) -> list[CloudResource]:
        """Its weights and what a run reads, what it writes, and features: no more."""
        args, serve = self.args, self.args.model.serve
        who, member = f"run-{args.model.name}", self.account.member
        read, written = (args.model.source, serve.input), (serve.output,)
        given = args.object_store.let_in(
            who, member, reads=_stored(*read), writes=_stored(*written)
        )
        if isinstance(args.features, VertexFeatures):
            given += args.features.let_in(self.parent, self.name, member)
        return given

    def template(self) -> Mapping[str, Any]:
        """What services and jobs say in the same words; source: Cloud Run API reference, v2."""
        args, gpu = self.args, self.args.model_plan.machine
        device = {
            "nodeSelector": {"accelerator": gpu},
            # Half the price, and a zone that is down takes it along.
            "gpuZonalRedundancyDisabled": True,
        }
        return {
            "serviceAccount": self.account.email,
            "encryptionKey": args.kms.key_for(Use.RUN),
            "executionEnvironment": "EXECUTION_ENVIRONMENT_GEN2",
            "vpcAccess": {
                "egress": "ALL_TRAFFIC",
                "networkInterfaces": [{"network": args.vpc.id, "subnetwork": args.vpc.subnet}],
            },
            **(device if gpu else {}),
        }

    def container(self) -> Mapping[str, Any]:
        told = {**self._told(), **self.args.model.serve.env}
        return {
            "image": self.args.model.serve.image,
            "envs": [{"name": name, "value": value} for name, value in told.items()],
        }

    def limits(self) -> Mapping[str, str]:
        """Cores, memory in MiB, and a GPU where the plan has one."""
        args = self.args
        size = container_of(args.model, args.model_plan.engine)
        assert size is not None  # the checks see to it
        memory = f"{round(size.memory_gib * 1024)}Mi"
        gpu = {"nvidia.com/gpu": "1"} if args.model_plan.machine else {}
        return {"cpu": str(size.cores), "memory": memory, **gpu}

    def _told(self) -> Mapping[str, pulumi.Input[str]]:
        """As a container of the cluster's is told it; buckets by the name that Google knows."""
        model, features = self.args.model, self.args.features
        found: dict[str, pulumi.Input[str]] = {
            "MODELYARD_MODEL": model.name,
            "MODELYARD_MODEL_SOURCE": googles(model.source),
        }
        views = features.views if isinstance(features, VertexFeatures) else None
        if views is not None:
            found["MODELYARD_FEATURES_URL"] = views
        if model.serve.input and model.serve.output:
            found["MODELYARD_INPUT"] = googles(model.serve.input)
            found["MODELYARD_OUTPUT"] = googles(model.serve.output)
        return found


def googles(address: str) -> str:
    """`s3://bucket/a` of the site's own store as `gs://bucket/a`."""
    return f"gs://{address.partition('://')[2]}" if address.startswith(BUCKETS) else address


def _stored(*addresses: str | None) -> list[str]:
    return [address for address in addresses if address and address.startswith(BUCKETS)]
