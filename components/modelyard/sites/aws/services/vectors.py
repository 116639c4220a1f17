"""S3 Vectors: vectors in a bucket of their own kind, paid for by what is kept and asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pulumi

from modelyard.blueprint.checks.llm import dimension
from modelyard.blueprint.llm import Rag
from modelyard.blueprint.site import AwsSite
from modelyard.contracts.account import Account
from modelyard.contracts.endpoint import Endpoint, Environment
from modelyard.contracts.identity import WorkloadIdentity
from modelyard.contracts.kms import Encrypts, Kms
from modelyard.contracts.rag import Rag as Retrieval
from modelyard.contracts.rag import RagArgs
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.cluster import EksCluster
from modelyard.sites.aws.identity import PodIdentities
from modelyard.sites.aws.names import arn, bucket_name
from modelyard.sites.aws.policies import Statement, allow
from modelyard.sites.kubernetes.runs import RunsArgs, tell_runs

INDEX = "documents"
_READING = ("GetIndex", "GetVectors", "QueryVectors")
_WRITING = ("DeleteVectors", "ListVectors", "PutVectors")
"""Source: service authorization reference, S3 Vectors."""


@dataclass(frozen=True, kw_only=True)
class RetrievalArgs(RunsArgs, RagArgs):
    site: AwsSite
    cluster: EksCluster
    identity: PodIdentities
    account: Account
    kms: Kms


def settings(args: RagArgs) -> Rag:
    """What the blueprint says of retrieval. It is placed only where it does."""
    assert args.blueprint.llm is not None
    assert args.blueprint.llm.rag is not None
    return args.blueprint.llm.rag


def bringing(store: Retrieval) -> Callable[[WorkloadIdentity], Environment]:
    """What a run needs that brings documents."""
    return lambda runner: store.environment(runner, writes=True)


def embedding(args: RagArgs) -> Environment:
    """By which model texts become vectors, where the blueprint says so."""
    chosen = settings(args).embedding
    return {"MODELYARD_EMBEDDING": chosen} if chosen else {}


class S3Vectors(pulumi.ComponentResource):
    """One index for the documents. Runs of training fill it; what answers questions reads it."""

    def __init__(
        self, name: str, args: RetrievalArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:rag:S3Vectors", name, None, opts)
        self._name, self._args, self._settings = name, args, settings(args)
        self._protected = pulumi.ResourceOptions(parent=self, protect=args.context.protect or None)
        self.bucket = bucket_name(args.context, args.site, "vectors")
        self._make_index(self._make_bucket())
        host = f"s3vectors.{args.site.region}.api.aws"
        self.endpoint = Endpoint(host=host, port=443, scheme="https")
        tell_runs(self, name, args, "retrieval", [self.endpoint], bringing(self))
        self.register_outputs({"bucket": self.bucket, "index": INDEX})

    def environment(self, workload: WorkloadIdentity, *, writes: bool = False) -> Environment:
        """The bucket and the index; the role of the workload is the key."""
        self._args.identity.allow(workload, self._rights(writes))
        return {
            "AWS_REGION": self._args.site.region,
            "MODELYARD_VECTOR_BUCKET": self.bucket,
            "MODELYARD_VECTOR_INDEX": INDEX,
            **embedding(self._args),
        }

    def _rights(self, writes: bool) -> list[Statement]:
        place = arn(self._args.site, "s3vectors", f"bucket/{self.bucket}")
        actions = [f"s3vectors:{it}" for it in (*_READING, *(_WRITING if writes else ()))]
        using = ["kms:Decrypt", *(["kms:GenerateDataKey"] if writes else [])]
        # The key opens nothing but this bucket: S3 Vectors names it in the encryption context.
        context = {"StringEquals": {"kms:EncryptionContext:aws:s3vectors:arn": place}}
        key = self._args.kms.key(Encrypts.DATA)
        return [allow(actions, [f"{place}/index/{INDEX}"]), allow(using, [key], context)]

    def _make_bucket(self) -> CloudResource:
        inputs = {
            "vectorBucketName": self.bucket,
            "forceDestroy": not self._args.context.protect,
            "encryptionConfigurations": [self._encryption],
        }
        token, seen = "aws:s3/vectorsVectorBucket:VectorsVectorBucket", {"vectorBucketArn": str}
        return CloudResource(token, self._name, inputs, self._protected, outputs=seen)

    def _make_index(self, bucket: CloudResource) -> None:
        inputs = {
            "vectorBucketName": bucket["vectorBucketName"],
            "indexName": INDEX,
            "dataType": "float32",
            "dimension": dimension(self._args.blueprint),
            "distanceMetric": self._settings.metric,
            "encryptionConfigurations": [self._encryption],
        }
        token = "aws:s3/vectorsIndex:VectorsIndex"
        CloudResource(token, f"{self._name}-{INDEX}", inputs, self._protected, outputs={})

    @property
    def _encryption(self) -> dict[str, pulumi.Input[str]]:
        return {"sseType": "aws:kms", "kmsKeyArn": self._args.kms.key(Encrypts.DATA)}
