"""MWAA: Airflow whose web server is inside the network, with its DAGs in the artifact bucket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.site import AwsSite
from modelyard.catalog.aws_services import service
from modelyard.contracts.account import Account
from modelyard.contracts.ingestion import IngestionArgs
from modelyard.contracts.kms import Encrypts, Kms
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.grants import statements
from modelyard.sites.aws.names import arn, bucket_arn, domain, partition, scoped
from modelyard.sites.aws.object_store import AttachedBucket, S3Buckets
from modelyard.sites.aws.policies import Statement, allow, document
from modelyard.sites.aws.private_service import PrivateService
from modelyard.sites.aws.roles import grant, role
from modelyard.sites.aws.security_group import rule
from modelyard.sites.aws.vpc import AwsVpc

NAME = 80
"""Most characters of an environment's name."""
FOLDER = "airflow"
"""Prefix of the DAGs (`airflow/dags`) and of `airflow/requirements.txt` in the artifact bucket."""
IGNORED = "# Patterns of files that are no DAGs, one a line\n"
ZONES = 2
"""As many subnets as MWAA takes; source: MWAA API reference, NetworkConfiguration."""
LOGS = ("dagProcessing", "scheduler", "task", "webserver", "worker")
SERVICES = ("airflow.amazonaws.com", "airflow-env.amazonaws.com")
_WORKERS = (1, 5)


@dataclass(frozen=True, kw_only=True)
class AirflowArgs(IngestionArgs):
    site: AwsSite
    account: Account
    vpc: AwsVpc
    kms: Kms
    object_store: S3Buckets | AttachedBucket


class Airflow(pulumi.ComponentResource):
    """One environment. What its DAGs may do beyond their own bucket is granted to `role`."""

    def __init__(
        self, name: str, args: AirflowArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:ingestion:Airflow", name, None, opts)
        self._name, self._args = name, args
        self.called = scoped(args.context, "airflow", most=NAME)
        self.role = role(
            self,
            name,
            args.context,
            args.site,
            called=("airflow",),
            trust=_trust(args.site),
        )
        rights = grant(self, name, self.role, execution(args, self.called))
        place = PrivateService(self, name, args.context, args.vpc)
        before = [rights, self._file("dags/.airflowignore", IGNORED), args.object_store]
        environment = self._environment(self._group(place), before)
        self.register_outputs({"url": environment["webserverUrl"]})

    def _group(self, place: PrivateService) -> CloudResource:
        """Its parts speak with each other, and by HTTPS with AWS; source: MWAA, security groups."""
        group = place.group("Airflow, among its own parts")
        own, everywhere = {"referencedSecurityGroupId": group.id}, {"cidrIpv4": "0.0.0.0/0"}
        rule(self, f"{self._name}-own-in", "Ingress", group.id, own, "Airflow's own parts")
        rule(self, f"{self._name}-own-out", "Egress", group.id, own, "Airflow's own parts")
        rule(self, f"{self._name}-https", "Egress", group.id, everywhere, "HTTPS", 443)
        return group

    def _file(self, key: str, content: str) -> CloudResource:
        """A file in the environment's folder."""
        args = self._args
        inputs = {
            "bucket": args.object_store.bucket,
            "key": f"{FOLDER}/{key}",
            "content": content,
            "contentType": "text/plain",
        }
        options = pulumi.ResourceOptions(parent=self, depends_on=[args.object_store])
        part = f"{self._name}-{key.rpartition('/')[2].strip('.')}"
        token, seen = "aws:s3/bucketObjectv2:BucketObjectv2", {"versionId": str}
        return CloudResource(token, part, inputs, options, outputs=seen)

    def _requirements(self) -> Mapping[str, Any]:
        """Another list is another version of the file: the environment is brought up to it."""
        wanted = self._args.settings.requirements
        if not wanted:
            return {}
        file = self._file("requirements.txt", "".join(f"{each}\n" for each in wanted))
        return {
            "requirementsS3Path": f"{FOLDER}/requirements.txt",
            "requirementsS3ObjectVersion": file["versionId"],
        }

    def _environment(
        self, group: CloudResource, before: Sequence[pulumi.Resource]
    ) -> CloudResource:
        args, chosen = self._args, service("airflow")
        fewest, most = _WORKERS
        inputs = {
            "name": self.called,
            "airflowVersion": chosen.version,
            "environmentClass": chosen.machine,
            "minWorkers": fewest,
            "maxWorkers": most,
            "sourceBucketArn": bucket_arn(args.site, args.object_store.bucket),
            "dagS3Path": f"{FOLDER}/dags",
            **self._requirements(),
            "executionRoleArn": self.role["arn"],
            # Its logs are encrypted with the same key, and CloudWatch may use that of logs alone.
            "kmsKey": args.kms.key(Encrypts.LOGS),
            "webserverAccessMode": "PRIVATE_ONLY",
            "networkConfiguration": {
                "securityGroupIds": [group.id],
                "subnetIds": list(args.vpc.private_subnets)[:ZONES],
            },
            "loggingConfiguration": {
                f"{log}Logs": {"enabled": True, "logLevel": "INFO"} for log in LOGS
            },
            "airflowConfigurationOptions": {"core.load_examples": "False"},
        }
        options = pulumi.ResourceOptions(
            parent=self, depends_on=list(before), protect=args.context.protect or None
        )
        token, seen = "aws:mwaa/environment:Environment", {"webserverUrl": str}
        return CloudResource(token, self._name, inputs, options, outputs=seen)


def _trust(site: AwsSite) -> pulumi.Output[str]:
    """MWAA's two services, on behalf of this account."""
    statement = {"Effect": "Allow", "Action": ["sts:AssumeRole"]}
    scope = {"StringEquals": {"aws:SourceAccount": site.account}}
    each = [{**statement, "Principal": {"Service": name}, "Condition": scope} for name in SERVICES]
    return document(*each)


def execution(args: AirflowArgs, called: str) -> list[Statement]:
    """What an environment needs to run at all, and its folder in the bucket.

    Source: MWAA user guide, execution role. Queues are in an account of AWS's own; whether an
    account is closed to the public is no property of a single resource.
    """
    site, bucket = args.site, args.object_store.bucket
    attach = site.object_store.attach
    data = attach.key if attach else args.kms.key(Encrypts.DATA)
    queues = f"arn:{partition(site.region)}:sqs:{site.region}:*:airflow-celery-*"
    handling = ("ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes")
    sending = ("GetQueueUrl", "ReceiveMessage", "SendMessage")
    logs = ("CreateLogStream", "CreateLogGroup", "PutLogEvents", "GetLogEvents", "GetLogRecord")
    return [
        allow(["airflow:PublishMetrics"], [arn(site, "airflow", f"environment/{called}")]),
        *statements(site, [f"s3://{bucket}/{FOLDER}/"], [], data),
        allow(["s3:GetBucketPublicAccessBlock"], [bucket_arn(site, bucket)]),
        allow(["s3:GetAccountPublicAccessBlock"], ["*"]),
        allow(
            [f"logs:{it}" for it in (*logs, "GetLogGroupFields", "GetQueryResults")],
            [arn(site, "logs", f"log-group:airflow-{called}-*")],
        ),
        allow(["logs:DescribeLogGroups"], ["*"]),
        allow(
            ["cloudwatch:PutMetricData"],
            ["*"],
            {"StringEquals": {"cloudwatch:namespace": "AmazonMWAA"}},
        ),
        allow([f"sqs:{it}" for it in (*handling, *sending)], [queues]),
        _key(args),
    ]


def _key(args: AirflowArgs) -> Statement:
    """Its own messages and its own files, through the services that keep them."""
    site = args.site
    names = [f"{it}.{site.region}.{domain(site.region)}" for it in ("s3", "sqs")]
    using = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*")
    via = {"StringEquals": {"kms:ViaService": names}}
    return allow(using, [args.kms.key(Encrypts.LOGS)], via)
