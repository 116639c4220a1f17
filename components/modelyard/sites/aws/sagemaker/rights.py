"""What the roles of SageMaker may do: single statements, each for one thing."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from modelyard.blueprint.site import AwsSite
from modelyard.sites.aws.names import arn, bucket_arn, domain, partition
from modelyard.sites.aws.policies import Statement, allow

SERVICE = "sagemaker.amazonaws.com"


def read(site: AwsSite, *addresses: str) -> list[Statement]:
    """Read what lies under `s3://bucket/prefix`, and list it."""
    found: list[Statement] = []
    for address in addresses:
        bucket, prefix = split(address)
        under = {"StringLike": {"s3:prefix": [f"{prefix}*"]}}
        found.append(allow(["s3:GetObject"], [bucket_arn(site, bucket, f"{prefix}*")]))
        found.append(allow(["s3:ListBucket"], [bucket_arn(site, bucket)], under))
    return found


def write(site: AwsSite, *addresses: str) -> list[Statement]:
    """Write under `s3://bucket/prefix`."""
    keys = [bucket_arn(site, bucket, f"{prefix}*") for bucket, prefix in map(split, addresses)]
    return [allow(["s3:AbortMultipartUpload", "s3:PutObject"], keys)]


def decrypt(key: pulumi.Input[str]) -> Statement:
    """Use a key for what S3 and SageMaker keep."""
    return allow(["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey*"], [key])


def volumes(site: AwsSite, key: pulumi.Input[str]) -> Statement:
    """Let SageMaker encrypt the volumes of its machines."""
    via = {"kms:ViaService": f"sagemaker.{site.region}.{domain(site.region)}"}
    return allow(["kms:CreateGrant"], [key], {"StringEquals": via})


def pull(site: AwsSite, *images: str) -> list[Statement]:
    """Pull these images from ECR, AWS's own among them."""
    reading = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    places = sorted({repository(site, image) for image in images})
    return [allow(reading, places), allow(["ecr:GetAuthorizationToken"], ["*"])] if places else []


def repository(site: AwsSite, image: str) -> str:
    """The ARN of the repository of `ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG`."""
    host, _, path = image.partition("/")
    account, _, _, region, *_ = host.split(".")
    name = path.partition("@")[0].partition(":")[0]
    return f"arn:{partition(site.region)}:ecr:{region}:{account}:repository/{name}"


def log(site: AwsSite, group: str) -> list[Statement]:
    """Write logs to groups under a name, and metrics of SageMaker's own."""
    places = [arn(site, "logs", f"log-group:{group}*")]
    writing = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams"]
    spaces = {"StringLike": {"cloudwatch:namespace": ["AWS/SageMaker", "/aws/sagemaker/*"]}}
    return [
        allow([*writing, "logs:PutLogEvents"], places),
        allow(["cloudwatch:PutMetricData"], ["*"], spaces),
    ]


def network(site: AwsSite) -> list[Statement]:
    """Join the private networks of the account; looking at them knows no narrower resource.

    Source: SageMaker developer guide, roles for CreateModel with a VPC; service authorization
    reference, EC2.
    """
    interfaces = [arn(site, "ec2", "network-interface/*")]
    places = [
        *interfaces,
        *(arn(site, "ec2", f"{kind}/*") for kind in ("subnet", "security-group")),
    ]
    verbs = ("CreateNetworkInterfacePermission", "DeleteNetworkInterface")
    nouns = ("NetworkInterfaces", "Vpcs", "DhcpOptions", "Subnets", "SecurityGroups")
    return [
        allow(["ec2:CreateNetworkInterface"], places),
        allow([f"ec2:{verb}" for verb in (*verbs, f"{verbs[1]}Permission")], interfaces),
        allow([f"ec2:Describe{noun}" for noun in nouns], ["*"]),
    ]


def passing(role: pulumi.Input[str], services: Sequence[str] = (SERVICE,)) -> Statement:
    """Pass one role on, and to these services alone."""
    to = list(services)
    return allow(["iam:PassRole"], [role], {"StringEquals": {"iam:PassedToService": to}})


def split(address: str) -> tuple[str, str]:
    """`s3://bucket/some/prefix` as bucket and prefix."""
    bucket, _, prefix = address.removeprefix("s3://").partition("/")
    return bucket, prefix
