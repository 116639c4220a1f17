"""A small program with known mistakes, beside the same resources done right."""

from __future__ import annotations

import json

import pulumi
from tests.checkov import careless_google
from tests.support.programs import run

from modelyard.objects.cloud import CloudResource
from modelyard.recorder import Graph

OPEN = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def careless() -> Graph:
    """Its graph. What is called `good` is right in what the tests ask of it."""

    def both() -> None:
        _program()
        careless_google.mistakes()

    return run(both)


def _program() -> None:
    key = CloudResource(
        "aws:kms/key:Key", "good", {"enableKeyRotation": True, "policy": json.dumps(_key_policy())}
    )
    CloudResource("aws:kms/key:Key", "bad", {"enableKeyRotation": False})
    _buckets(key)
    _cluster("good", key, public=False)
    _cluster("bad", None, public=True)
    document = {"Version": "2012-10-17", "Statement": [OPEN]}
    CloudResource(
        "aws:iam/rolePolicy:RolePolicy",
        "bad",
        {"role": "it", "policy": json.dumps(document)},
        outputs={},
    )


def _key_policy() -> dict[str, object]:
    root = {"AWS": "arn:aws:iam::123456789012:root"}
    allowed = {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [allowed]}


def _buckets(key: CloudResource) -> None:
    good = CloudResource("aws:s3/bucket:Bucket", "good", {})
    CloudResource("aws:s3/bucket:Bucket", "bad", {})
    algorithm = {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": key["arn"]}
    parts = {
        "aws:s3/bucketVersioning:BucketVersioning": {
            "versioningConfiguration": {"status": "Enabled"}
        },
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {
            "rules": [{"applyServerSideEncryptionByDefault": algorithm}]
        },
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": {
            "blockPublicAcls": True,
            "blockPublicPolicy": True,
            "ignorePublicAcls": True,
            "restrictPublicBuckets": True,
        },
    }
    for token, inputs in parts.items():
        CloudResource(token, "good", {"bucket": good.id, **inputs}, outputs={})
    arn = pulumi.Output.concat(good["arn"], "/*")
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": arn}
    policy = {"Version": "2012-10-17", "Statement": [everybody]}
    CloudResource(
        "aws:s3/bucketPolicy:BucketPolicy",
        "bad",
        {"bucket": good.id, "policy": pulumi.Output.json_dumps(policy)},
        outputs={},
    )


def _cluster(name: str, key: CloudResource | None, *, public: bool) -> None:
    encryption = {"provider": {"keyArn": key["arn"]}, "resources": ["secrets"]} if key else None
    CloudResource(
        "aws:eks/cluster:Cluster",
        name,
        {
            "roleArn": "arn:aws:iam::123456789012:role/it",
            "vpcConfig": {"subnetIds": ["subnet-1"], "endpointPublicAccess": public},
            "encryptionConfig": encryption,
        },
    )
