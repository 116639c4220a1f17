"""What the role of the devices may do: read what they serve, and write their logs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pulumi

from modelyard.blueprint.model import Model
from modelyard.blueprint.site import AwsSite
from modelyard.sites.aws.grants import SCHEME
from modelyard.sites.aws.greengrass.container import container
from modelyard.sites.aws.greengrass.recipe import ECR
from modelyard.sites.aws.names import arn, bucket_arn, domain
from modelyard.sites.aws.policies import Statement, allow
from modelyard.sites.aws.sagemaker.rights import pull

WRITES = ("CreateLogGroup", "CreateLogStream", "DescribeLogStreams", "PutLogEvents")


def statements(
    site: AwsSite, models: Sequence[Model], groups: Iterable[str], key: pulumi.Input[str]
) -> list[Statement]:
    """These models' files and images, and these log groups. `key`: the buckets' own."""
    images = sorted({container(model).image for model in models})
    places = [f"log-group:{group}{part}" for group in groups for part in ("", ":*")]
    return [
        allow(["s3:GetObject"], sorted({_object(site, model.source) for model in models})),
        _decrypted(site, key),
        *pull(site, *(image for image in images if ECR.match(image))),
        allow([f"logs:{each}" for each in WRITES], [arn(site, "logs", place) for place in places]),
    ]


def _object(site: AwsSite, source: str) -> str:
    bucket, _, key = source.removeprefix(SCHEME).partition("/")
    return bucket_arn(site, bucket, key)


def _decrypted(site: AwsSite, key: pulumi.Input[str]) -> Statement:
    """Through S3 alone."""
    via = {"StringEquals": {"kms:ViaService": f"s3.{site.region}.{domain(site.region)}"}}
    return allow(["kms:Decrypt"], [key], via)
