"""Vector Search of Vertex AI: an index that answers at an address in the platform's network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.checks.llm import dimension
from modelyard.blueprint.llm import Rag
from modelyard.blueprint.site import GcpSite
from modelyard.contracts.endpoint import Endpoint, Environment
from modelyard.contracts.identity import WorkloadIdentity
from modelyard.contracts.rag import RagArgs
from modelyard.objects.cloud import CloudResource
from modelyard.plan.chosen import index_machine
from modelyard.sites.gcp.account import GcpProject
from modelyard.sites.gcp.custom_roles import custom_role
from modelyard.sites.gcp.identity import Principals
from modelyard.sites.gcp.kms import KmsKeys
from modelyard.sites.gcp.names import scoped, underscored
from modelyard.sites.gcp.private_endpoint import private_endpoint
from modelyard.sites.gcp.service_accounts import acting_as, service_account
from modelyard.sites.gcp.uses import Use
from modelyard.sites.gcp.vpc import GcpVpc
from modelyard.sites.kubernetes.runs import RunsArgs, tell_runs

PORT = 10000
"""Where an index answers by gRPC; source: Vector Search guide, Private Service Connect."""
DISTANCES = {"cosine": "COSINE_DISTANCE", "euclidean": "SQUARED_L2_DISTANCE"}
SHARDS = {"e2-standard-2": "SHARD_SIZE_SMALL", "e2-standard-16": "SHARD_SIZE_MEDIUM"}
"""Which part of an index a machine holds; source: Vector Search guide, index parameters."""
NEIGHBOURS = 150
"""How many are looked at before the nearest are told; source: the same."""
WRITING = (
    "aiplatform.indexes.get",
    "aiplatform.indexes.update",
)
"""What brings vectors and removes them; source: Vertex AI guide, access control."""
_NAME, _ID = 128, 128


@dataclass(frozen=True, kw_only=True)
class VectorArgs(RunsArgs, RagArgs):
    site: GcpSite
    identity: Principals
    account: GcpProject
    vpc: GcpVpc
    kms: KmsKeys


class VectorSearch(pulumi.ComponentResource):
    """One index for the documents. Runs of training fill it; what answers questions reads it.

    Whoever asks proves by a signed token that he may use the account of the index: the address
    alone lets nobody in. Source: Vector Search guide, JSON Web Token authentication.
    """

    def __init__(
        self, name: str, args: VectorArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:rag:VectorSearch", name, None, opts)
        self._name, self._args, self._settings = name, args, _settings(args)
        self._options = pulumi.ResourceOptions(parent=self)
        self.called = scoped(args.context, "documents")
        self._asker = service_account(
            self,
            name,
            args.context,
            args.site,
            called=("retrieval",),
            why=f"{args.context.scope}: who asks the index",
        )
        self._index = self._make_index()
        self._deployed = self._deploy(self._make_endpoint())
        self._granted: set[str] = set()
        self._writes: pulumi.Output[str] | None = None
        self.endpoint = Endpoint(host=self._address(), port=PORT, scheme="grpc")
        self._api = Endpoint(host=f"{args.site.region}-aiplatform.googleapis.com", port=443)
        tell_runs(self, name, args, "retrieval", [self.endpoint, self._api], self._filling)
        self.register_outputs({"index": self._index.id})

    def environment(self, workload: WorkloadIdentity, *, writes: bool = False) -> Environment:
        """Where the index answers and is filled, and the account in whose name to ask."""
        self._grant(workload, writes)
        chosen = self._settings.embedding
        return {
            "GOOGLE_CLOUD_LOCATION": self._args.site.region,
            "GOOGLE_CLOUD_PROJECT": self._args.site.project,
            "MODELYARD_VECTOR_ADDRESS": pulumi.Output.concat(self.endpoint.host, f":{PORT}"),
            "MODELYARD_VECTOR_AUDIENCE": self.called,
            "MODELYARD_VECTOR_DEPLOYED": self._deployed["deployedIndexId"],
            "MODELYARD_VECTOR_INDEX": self._index.id,
            "MODELYARD_VECTOR_ISSUER": self._asker.email,
            **({"MODELYARD_EMBEDDING": chosen} if chosen else {}),
        }

    def _filling(self, runner: WorkloadIdentity) -> Environment:
        return self.environment(runner, writes=True)

    def _grant(self, workload: WorkloadIdentity, writes: bool) -> None:
        who = f"{workload.namespace.purpose}-{workload.name}"
        member = self._args.identity.principal(workload)
        if who not in self._granted:
            self._granted.add(who)
            role = "roles/iam.serviceAccountTokenCreator"
            acting_as(self, f"{self._name}-{who}", self._asker, member, role)
        if writes and f"{who}-writes" not in self._granted:
            self._granted.add(f"{who}-writes")
            self._let_write(f"{self._name}-{who}-writes", member)

    def _let_write(self, name: str, member: pulumi.Input[str]) -> None:
        """Vertex AI knows no rights on a single index: this one holds in the whole project."""
        args = self._args
        if self._writes is None:
            self._writes = custom_role(
                self,
                self._name,
                args.context,
                args.site,
                called="vectors",
                why="fills indexes",
                permissions=WRITING,
            )
        inputs = {"project": args.site.project, "role": self._writes, "member": member}
        token = "gcp:projects/iAMMember:IAMMember"
        CloudResource(token, name, inputs, self._options, outputs={})

    @property
    def _common(self) -> Mapping[str, Any]:
        args = self._args
        return {
            "project": args.site.project,
            "region": args.site.region,
            "displayName": self.called,
            "encryptionSpec": {"kmsKeyName": args.kms.key_for(Use.VERTEX)},
        }

    def _make_index(self) -> CloudResource:
        """Vectors come one by one, and are found at once."""
        config = {
            "dimensions": dimension(self._args.blueprint),
            "approximateNeighborsCount": NEIGHBOURS,
            "distanceMeasureType": DISTANCES[self._settings.metric],
            "shardSize": SHARDS[index_machine(self._args.blueprint, self._args.site)],
            "algorithmConfig": {"treeAhConfig": {}},
        }
        inputs = {
            **self._common,
            "description": f"Documents of {self._args.context.scope}",
            "indexUpdateMethod": "STREAM_UPDATE",
            "metadata": {"config": config},
        }
        options = pulumi.ResourceOptions(parent=self, protect=self._args.context.protect or None)
        return CloudResource("gcp:vertex/aiIndex:AiIndex", self._name, inputs, options, outputs={})

    def _make_endpoint(self) -> CloudResource:
        private = {
            "enablePrivateServiceConnect": True,
            "projectAllowlists": [self._args.site.project],
        }
        inputs = {
            **self._common,
            "publicEndpointEnabled": False,
            "privateServiceConnectConfig": private,
        }
        token = "gcp:vertex/aiIndexEndpoint:AiIndexEndpoint"
        return CloudResource(token, self._name, inputs, self._options, outputs={})

    def _deploy(self, endpoint: CloudResource) -> CloudResource:
        """On a machine of its own, on two where the data ask for it."""
        args = self._args
        fewest = 2 if args.context.sensitive else 1
        machine = {"machineType": index_machine(args.blueprint, args.site)}
        proof = {"allowedIssuers": [self._asker.email], "audiences": [self.called]}
        inputs = {
            "region": args.site.region,
            "index": self._index.id,
            "indexEndpoint": endpoint.id,
            "deployedIndexId": underscored(self.called),
            "displayName": self.called,
            "dedicatedResources": {
                "machineSpec": machine,
                "minReplicaCount": fewest,
                "maxReplicaCount": fewest,
            },
            "deployedIndexAuthConfig": {"authProvider": proof},
            "enableAccessLogging": False,
        }
        token = "gcp:vertex/aiIndexEndpointDeployedIndex:AiIndexEndpointDeployedIndex"
        seen = {"deployedIndexId": str, "privateEndpoints": [{"serviceAttachment": str}]}
        return CloudResource(token, self._name, inputs, self._options, outputs=seen)

    def _address(self) -> pulumi.Output[str]:
        args = self._args
        offered = self._deployed["privateEndpoints"].apply(_attachment)
        return private_endpoint(
            self, self._name, args.site, args.vpc, called=self.called, attachment=offered
        )


def _settings(args: RagArgs) -> Rag:
    """What the blueprint says of retrieval. It is placed only where it does."""
    assert args.blueprint.llm is not None
    assert args.blueprint.llm.rag is not None
    return args.blueprint.llm.rag


def _attachment(endpoints: Any) -> str:
    """What the deployed index offers to our network."""
    return endpoints[0]["serviceAttachment"]
