"""KMS keys, one for each purpose, with policies that name who may use them for what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.site import AwsSite
from modelyard.contracts.account import Account
from modelyard.contracts.context import Context
from modelyard.contracts.kms import Encrypts, KmsArgs
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.names import arn, domain, iam_arn, trail_name
from modelyard.sites.aws.policies import Statement, document

_WAITING = 30
"""Days between the order to delete a key and its end; the most that KMS gives."""
_USE = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")


@dataclass(frozen=True, kw_only=True)
class AwsKmsArgs(KmsArgs):
    site: AwsSite
    account: Account


class KmsKeys(pulumi.ComponentResource):
    """A key for data, one for secrets, one for logs: each rotates by itself."""

    def __init__(
        self, name: str, args: AwsKmsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:kms:KmsKeys", name, None, opts)
        self._keys = {purpose: _key(self, name, args, purpose) for purpose in Encrypts}
        self.register_outputs({"keys": {p: k["arn"] for p, k in self._keys.items()}})

    def key(self, purpose: Encrypts) -> pulumi.Input[str]:
        """The key's ARN."""
        return self._keys[purpose]["arn"]


class AttachedKey(pulumi.ComponentResource):
    """One key that is there already, whose policy is its owner's to write."""

    def __init__(
        self, name: str, args: AwsKmsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:kms:AttachedKey", name, None, opts)
        attach = args.site.encryption.attach
        assert attach is not None  # placed only where the blueprint names a key
        self._arn = attach
        self.register_outputs({"key": self._arn})

    def key(self, purpose: Encrypts) -> pulumi.Input[str]:
        """The key's ARN, whatever the purpose."""
        return self._arn


def _key(parent: pulumi.Resource, name: str, args: AwsKmsArgs, purpose: Encrypts) -> CloudResource:
    """A key and the name by which people find it."""
    inputs = {
        "description": f"{args.context.scope}: {purpose}",
        "enableKeyRotation": True,
        "rotationPeriodInDays": args.site.encryption.rotate_days,
        "deletionWindowInDays": _WAITING,
        "policy": key_policy(args.context, args.site, purpose),
    }
    options = pulumi.ResourceOptions(parent=parent, protect=args.context.protect or None)
    key = CloudResource("aws:kms/key:Key", f"{name}-{purpose}", inputs, options)
    CloudResource(
        "aws:kms/alias:Alias",
        f"{name}-{purpose}",
        {"name": f"alias/{args.context.scope}-{purpose}", "targetKeyId": key.id},
        pulumi.ResourceOptions(parent=parent),
        outputs={},
    )
    return key


def key_policy(context: Context, site: AwsSite, purpose: Encrypts) -> pulumi.Output[str]:
    """Administration by the account's own IAM policies; use by the services that need this key."""
    return document(_account(site), *_SERVICES[purpose](context, site))


def _account(site: AwsSite) -> Statement:
    """Without it nobody could ever change the key again; source: KMS developer guide."""
    return {
        "Sid": "AccountPoliciesDecide",
        "Effect": "Allow",
        "Principal": {"AWS": iam_arn(site, "root")},
        "Action": "kms:*",
        "Resource": "*",
    }


def _service(
    sid: str, services: Sequence[str], conditions: Mapping[str, Any], actions: Sequence[str] = _USE
) -> Statement:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": list(services)},
        "Action": list(actions),
        "Resource": "*",
        "Condition": conditions,
    }


def _own(site: AwsSite) -> Mapping[str, Any]:
    return {"StringEquals": {"aws:SourceAccount": site.account}}


def _from(source: str) -> Mapping[str, Any]:
    return {"ArnLike": {"aws:SourceArn": source}}


def _data(context: Context, site: AwsSite) -> list[Statement]:
    """EC2 makes the volumes of nodes, whichever of its own roles starts them.

    As in the policy of AWS's own key for volumes; roles that may not exist yet cannot be named.
    """
    conditions = {
        "kms:CallerAccount": site.account,
        "kms:ViaService": f"ec2.{site.region}.{domain(site.region)}",
    }
    statement = {
        "Sid": "VolumesOfNodes",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [*_USE, "kms:CreateGrant"],
        "Resource": "*",
    }
    return [
        {**statement, "Condition": {"StringEquals": conditions}},
        # Vectors are indexed in the background; source: S3 user guide, encryption of S3 Vectors.
        _service(
            "IndexesOfVectors",
            [f"indexing.s3vectors.{_SUFFIX}"],
            {**_own(site), **_from(arn(site, "s3vectors", "bucket/*"))},
            ("kms:Decrypt",),
        ),
    ]


_SUFFIX = "amazonaws.com"
"""Of the names of services, in every partition."""


def _logs(context: Context, site: AwsSite) -> list[Statement]:
    trail = arn(site, "cloudtrail", f"trail/{trail_name(context)}")
    group = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": arn(site, "logs", "*")}}
    topic = {"ArnLike": {"kms:EncryptionContext:aws:sns:topicArn": arn(site, "sns", "*")}}
    sending = ("kms:Decrypt", "kms:GenerateDataKey*")
    return [
        _service("LogGroups", [f"logs.{site.region}.{domain(site.region)}"], group),
        _service(
            "AuditTrail",
            [f"cloudtrail.{_SUFFIX}"],
            {"StringEquals": {"aws:SourceArn": trail}},
            ("kms:DescribeKey", "kms:GenerateDataKey*"),
        ),
        _service(
            "Notifications",
            [f"{who}.{_SUFFIX}" for who in ("aps", "budgets", "cloudwatch")],
            _own(site),
            sending,
        ),
        # Logs of state machines; source: Step Functions guide, data at rest.
        _service(
            "DeliveredLogs",
            [f"delivery.logs.{_SUFFIX}"],
            {**_own(site), **_from(arn(site, "logs", "*"))},
            ("kms:Decrypt",),
        ),
        # EventBridge does not say for whom it publishes; source: SNS guide, key management.
        _service("Events", [f"events.{_SUFFIX}"], topic, sending),
    ]


def _secrets(context: Context, site: AwsSite) -> list[Statement]:
    """EKS and Secrets Manager act as whoever asks them: IAM decides."""
    return []


_SERVICES = {Encrypts.DATA: _data, Encrypts.SECRETS: _secrets, Encrypts.LOGS: _logs}
