"""What things are called on AWS: legal, and unique, for every legal blueprint.

Names longer than AWS allows are cut and end in eight digits of a hash of the whole name, so that
two long names that begin alike stay apart. Limits: each service's API reference, read 2026-11-25.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from modelyard.plan.naming import digest, fitted

if TYPE_CHECKING:
    from modelyard.blueprint.site import AwsSite
    from modelyard.contracts.context import Context

ROLE, BUCKET, DATABASE, CACHE, BALANCER, CLUSTER, TRAIL = 64, 63, 63, 40, 32, 100, 128
"""Most characters of each kind of name."""
_PARTITIONS = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
}


def scoped(context: Context, *parts: str, most: int) -> str:
    """`<platform>[-<environment>][-<site>]-<parts…>`, as long as it may be."""
    return fitted(context.named(*parts), most)


def server_name(context: Context, *parts: str, most: int) -> str:
    """A server of RDS or ElastiCache, and what belongs to it: no two hyphens in a row."""
    whole = context.named(*parts)
    single = re.sub("-{2,}", "-", whole)
    if single == whole:
        return fitted(whole, most)
    hashed = digest(whole)
    return f"{fitted(single, most - len(hashed) - 1)}-{hashed}"


def balancer_name(context: Context, *parts: str) -> str:
    """A load balancer: `internal-` is how AWS itself begins the names of some."""
    whole = context.named(*parts)
    return fitted(f"the-{whole}" if whole.startswith("internal-") else whole, BALANCER)


def role_name(context: Context, *parts: str) -> str:
    """An IAM role, policy or instance profile: unique in the account, which has no regions."""
    return scoped(context, *parts, most=ROLE)


def bucket_name(context: Context, site: AwsSite, use: str) -> str:
    """A bucket: unique among all accounts of the partition, so it carries account and region."""
    place = f"{site.account}-{site.region}"
    return f"{scoped(context, use, most=BUCKET - len(place) - 1)}-{place}"


def trail_name(context: Context) -> str:
    """The audit trail; the policy of the key that it writes with names it."""
    return scoped(context, "audit", most=TRAIL)


def partition(region: str) -> str:
    """The part of AWS that a region belongs to; it comes second in every ARN."""
    found = [part for prefix, part in _PARTITIONS.items() if region.startswith(prefix)]
    return found[0] if found else "aws"


def domain(region: str) -> str:
    """The domain of AWS's services in a region's partition."""
    return "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"


def arn(site: AwsSite, service: str, resource: str) -> str:
    """The ARN of something in the site's account and region. IAM and S3 have names of their own."""
    return f"arn:{partition(site.region)}:{service}:{site.region}:{site.account}:{resource}"


def iam_arn(site: AwsSite, resource: str) -> str:
    """`arn:aws:iam::ACCOUNT:role/NAME` and the like; `resource` is `role/NAME`."""
    return f"arn:{partition(site.region)}:iam::{site.account}:{resource}"


def root(site: AwsSite, account: str) -> str:
    """Everybody in an account of the site's partition, as a principal."""
    return f"arn:{partition(site.region)}:iam::{account}:root"


def bucket_arn(site: AwsSite, bucket: str, keys: str = "") -> str:
    """The ARN of a bucket, or of the objects under a prefix: `bucket_arn(site, b, "runs/*")`."""
    whole = f"arn:{partition(site.region)}:s3:::{bucket}"
    return f"{whole}/{keys}" if keys else whole
