"""MSK: Kafka that only the cluster's pods reach, each by its own role."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pulumi

from modelyard.blueprint.data_plane import Brokers, Topic
from modelyard.blueprint.site import AwsSite
from modelyard.catalog.aws_services import service
from modelyard.contracts.account import Account
from modelyard.contracts.endpoint import Endpoint, Environment
from modelyard.contracts.identity import WorkloadIdentity
from modelyard.contracts.ingestion import IngestionArgs
from modelyard.contracts.kms import Encrypts, Kms
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.cluster import EksCluster
from modelyard.sites.aws.identity import PodIdentities
from modelyard.sites.aws.logs import log_group, own_group
from modelyard.sites.aws.names import scoped
from modelyard.sites.aws.private_service import PrivateService
from modelyard.sites.aws.services.stream_rights import rights
from modelyard.sites.aws.vpc import AwsVpc
from modelyard.sites.kubernetes.runs import RunsArgs, tell_runs

PORT = 9098
"""Where brokers listen for clients with a role of IAM, inside the network."""
NAME = 64
ZONES = 3
"""Most zones that MSK spreads brokers over; source: MSK API reference, BrokerNodeGroupInfo."""
WEEK = timedelta(days=7)
_GIB = 2**30
_SEEN = {"arn": str, "bootstrapBrokersSaslIam": str}


@dataclass(frozen=True, kw_only=True)
class MskArgs(RunsArgs, IngestionArgs):
    site: AwsSite
    cluster: EksCluster
    identity: PodIdentities
    account: Account
    vpc: AwsVpc
    kms: Kms


class Msk(pulumi.ComponentResource):
    """Brokers in every zone, the streams of the blueprint, and no other way to make one."""

    def __init__(
        self, name: str, args: MskArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:ingestion:Msk", name, None, opts)
        self._name, self._args = name, args
        self._options = pulumi.ResourceOptions(parent=self)
        self._subnets = list(args.vpc.private_subnets)[:ZONES]
        self._copies = min(len(self._subnets), ZONES)
        self.called = scoped(args.context, "streams", most=NAME)
        self._server = self._brokers(PrivateService(self, name, args.context, args.vpc))
        self.endpoint = Endpoint(host=self._bootstrap, port=PORT, scheme="kafka")
        for topic in args.settings.topics:
            self._topic(topic)
        tell_runs(self, name, args, "streams", [self.endpoint], self._all)
        self.register_outputs({"brokers": self._bootstrap})

    def environment(
        self, workload: WorkloadIdentity, *, reads: Sequence[str] = (), writes: Sequence[str] = ()
    ) -> Environment:
        """Where the brokers are and how to speak to them; the role of the workload is the key."""
        allowed = rights(self._args.site, self.called, workload.name, reads, writes)
        if allowed:
            self._args.identity.allow(workload, allowed)
        return self._client()

    @property
    def _bootstrap(self) -> pulumi.Output[str]:
        return self._server["bootstrapBrokersSaslIam"]

    def _client(self) -> Mapping[str, pulumi.Input[str]]:
        return {
            "AWS_REGION": self._args.site.region,
            "KAFKA_BOOTSTRAP_SERVERS": self._bootstrap,
            "KAFKA_SASL_MECHANISM": "OAUTHBEARER",
            "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        }

    def _all(self, runner: WorkloadIdentity) -> Environment:
        """Runs of training read and write every stream."""
        names = [topic.name for topic in self._args.settings.topics]
        return self.environment(runner, reads=names, writes=names)

    def _brokers(self, place: PrivateService) -> CloudResource:
        args, asked = self._args, self._args.settings.brokers or Brokers()
        chosen = service("kafka")
        machine = asked.machine or chosen.machine
        group = place.opened(PORT, args.cluster.security_group, "Kafka from the cluster")
        settings = self._configuration(chosen.version)
        inputs = {
            "clusterName": self.called,
            "kafkaVersion": chosen.version,
            "numberOfBrokerNodes": asked.per_zone * len(self._subnets),
            "brokerNodeGroupInfo": {
                "instanceType": machine,
                "clientSubnets": self._subnets,
                "securityGroups": [group.id],
                **_storage(machine, asked),
            },
            "clientAuthentication": {"sasl": {"iam": True}, "unauthenticated": False},
            "encryptionInfo": {
                "encryptionAtRestKmsKeyArn": args.kms.key(Encrypts.DATA),
                "encryptionInTransit": {"clientBroker": "TLS", "inCluster": True},
            },
            "configurationInfo": {"arn": settings["arn"], "revision": settings["latestRevision"]},
            "enhancedMonitoring": "PER_TOPIC_PER_BROKER",
            "loggingInfo": self._logs(),
        }
        options = pulumi.ResourceOptions(parent=self, protect=args.context.protect or None)
        return CloudResource("aws:msk/cluster:Cluster", self._name, inputs, options, outputs=_SEEN)

    def _configuration(self, version: str) -> CloudResource:
        """An event counts as written once it is in two zones; nobody makes a stream by mistake."""
        properties = {
            "auto.create.topics.enable": "false",
            "default.replication.factor": self._copies,
            "min.insync.replicas": max(1, self._copies - 1),
            "unclean.leader.election.enable": "false",
        }
        inputs = {
            "name": self.called,
            "kafkaVersions": [version],
            "serverProperties": "".join(f"{k} = {v}\n" for k, v in sorted(properties.items())),
        }
        token, seen = "aws:msk/configuration:Configuration", {"arn": str, "latestRevision": int}
        return CloudResource(token, self._name, inputs, self._options, outputs=seen)

    def _logs(self) -> Mapping[str, Any]:
        args = self._args
        group = log_group(self, self._name, args.kms, own_group(args.context, "kafka"))
        return {"brokerLogs": {"cloudwatchLogs": {"enabled": True, "logGroup": group["name"]}}}

    def _topic(self, topic: Topic) -> None:
        keep = int((topic.keep or WEEK).total_seconds() * 1000)
        inputs = {
            "clusterArn": self._server["arn"],
            "name": topic.name,
            "partitionCount": topic.partitions,
            "replicationFactor": self._copies,
            "configs": json.dumps({"retention.ms": str(keep)}),
        }
        options = pulumi.ResourceOptions(parent=self, protect=self._args.context.protect or None)
        part = f"{self._name}-{topic.name}"
        CloudResource("aws:msk/topic:Topic", part, inputs, options, outputs={})


def _storage(machine: str, asked: Brokers) -> Mapping[str, Any]:
    """Express brokers look after their storage themselves."""
    if machine.startswith("express."):
        return {}
    return {"storageInfo": {"ebsStorageInfo": {"volumeSize": -(-asked.size // _GIB)}}}
