"""Managed Service for Apache Kafka: brokers that only the platform's network reaches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pulumi

from modelyard.blueprint.blueprint import Blueprint
from modelyard.blueprint.data_plane import Topic
from modelyard.blueprint.site import GcpSite
from modelyard.contracts.endpoint import Endpoint, Environment
from modelyard.contracts.identity import WorkloadIdentity
from modelyard.contracts.ingestion import IngestionArgs
from modelyard.objects.cloud import CloudResource
from modelyard.plan.chosen import GIB, managed_kafka
from modelyard.sites.gcp.account import GcpProject
from modelyard.sites.gcp.identity import Principals
from modelyard.sites.gcp.kms import KmsKeys
from modelyard.sites.gcp.names import scoped
from modelyard.sites.gcp.service_accounts import project_role
from modelyard.sites.gcp.services.stream_rights import StreamRights
from modelyard.sites.gcp.uses import Use
from modelyard.sites.gcp.vpc import GcpVpc
from modelyard.sites.kubernetes.runs import RunsArgs, tell_runs

PORT = 9092
"""Where brokers listen for clients with a token of IAM."""
COPIES = 3
"""Brokers are in three zones, and so is each stream."""
WEEK = timedelta(days=7)
CLIENT = "roles/managedkafka.client"
"""Connects, and nothing else: what a client may do then, the cluster's own lists say."""
_SEEN = {"bootstrapAddress": str, "clusterId": str}


@dataclass(frozen=True, kw_only=True)
class KafkaArgs(RunsArgs, IngestionArgs):
    site: GcpSite
    identity: Principals
    blueprint: Blueprint
    account: GcpProject
    vpc: GcpVpc
    kms: KmsKeys


class ManagedKafka(pulumi.ComponentResource):
    """Brokers in three zones, the streams of the blueprint, and no other way to make one."""

    def __init__(
        self, name: str, args: KafkaArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:ingestion:ManagedKafka", name, None, opts)
        self._name, self._args = name, args
        self._server = self._brokers()
        self._rights = StreamRights(self, name, self._server, args.site.region)
        self._connecting: set[str] = set()
        address = self._server["bootstrapAddress"]
        self.endpoint = Endpoint(host=address, port=PORT, scheme="kafka")
        for topic in args.settings.topics:
            self._topic(topic)
        tell_runs(self, name, args, "streams", [self.endpoint], self._all)
        self.register_outputs({"brokers": address})

    def environment(
        self, workload: WorkloadIdentity, *, reads: Sequence[str] = (), writes: Sequence[str] = ()
    ) -> Environment:
        """Where the brokers are and as whom to speak to them; there is no key.

        Source: Google's authentication libraries for Managed Kafka, which take the name of a pod's
        principal from the environment.
        """
        principal = self._args.identity.principal(workload)
        who = f"{workload.namespace.purpose}-{workload.name}"
        if (reads or writes) and who not in self._connecting:
            self._connecting.add(who)
            project_role(self, f"{self._name}-{who}", self._args.site, principal, CLIENT)
        self._rights.allow(workload.name, principal, reads, writes)
        return {
            "GOOGLE_MANAGED_KAFKA_AUTH_PRINCIPAL": principal,
            "KAFKA_BOOTSTRAP_SERVERS": pulumi.Output.concat(self.endpoint.host, f":{PORT}"),
            "KAFKA_SASL_MECHANISM": "OAUTHBEARER",
            "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        }

    def _all(self, runner: WorkloadIdentity) -> Environment:
        """Runs of training read and write every stream."""
        names = [topic.name for topic in self._args.settings.topics]
        return self.environment(runner, reads=names, writes=names)

    def _brokers(self) -> CloudResource:
        args, chosen = self._args, managed_kafka(self._args.blueprint, self._args.site)
        inputs: Mapping[str, Any] = {
            "project": args.site.project,
            "location": args.site.region,
            "clusterId": scoped(args.context, "streams"),
            "capacityConfig": {
                "vcpuCount": str(chosen.vcpu),
                "memoryBytes": str(chosen.memory_gib * GIB),
            },
            "rebalanceConfig": {"mode": "AUTO_REBALANCE_ON_SCALE_UP"},
            "gcpConfig": {
                "accessConfig": {"networkConfigs": [{"subnet": args.vpc.subnet}]},
                "kmsKey": args.kms.key_for(Use.KAFKA),
            },
        }
        options = pulumi.ResourceOptions(parent=self, protect=args.context.protect or None)
        token = "gcp:managedkafka/cluster:Cluster"
        return CloudResource(token, self._name, inputs, options, outputs=_SEEN)

    def _topic(self, topic: Topic) -> None:
        """An event counts as written once it is in two zones."""
        keep = int((topic.keep or WEEK).total_seconds() * 1000)
        inputs = {
            "project": self._args.site.project,
            "location": self._args.site.region,
            "cluster": self._server["clusterId"],
            "topicId": topic.name,
            "partitionCount": topic.partitions,
            "replicationFactor": COPIES,
            "configs": {"min.insync.replicas": str(COPIES - 1), "retention.ms": str(keep)},
        }
        options = pulumi.ResourceOptions(parent=self, protect=self._args.context.protect or None)
        part = f"{self._name}-{topic.name}"
        CloudResource("gcp:managedkafka/topic:Topic", part, inputs, options, outputs={})
