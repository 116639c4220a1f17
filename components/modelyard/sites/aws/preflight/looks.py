"""What in an account has a name already, for each kind of thing whose name has to be free."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from modelyard.sites.aws.preflight.asking import DeniedError, code_of
from modelyard.sites.aws.preflight.ownership import tags_of

if TYPE_CHECKING:
    from modelyard.sites.aws.preflight.asking import Asking


@dataclass(frozen=True)
class Standing:
    """Something that has the name. `tags` is None where it is somebody else's.

    `doubt`: AWS does not tell whose it is, so that it may be this platform's.
    """

    tags: Mapping[str, str] | None
    how: str = "is taken in this account"
    next: str = ""
    doubt: bool = False


@dataclass(frozen=True)
class Kind:
    """A kind of thing: its type, the input that is its name, and how to look for one.

    `input` is None for what a region has once and without a name.
    """

    type: str
    input: str | None
    noun: str
    look: Callable[[Asking, str], Standing | None]


def bucket(asking: Asking, name: str) -> Standing | None:
    """Names of buckets are shared by all accounts: somebody else's answers 403."""
    account = asking.call("sts", "get_caller_identity")["Account"]
    try:
        asking.call("s3", "head_bucket", Bucket=name, ExpectedBucketOwner=account)
    except ClientError as error:
        if code_of(error) in ("404", "NoSuchBucket"):
            return None
        if code_of(error) not in ("403", "301"):
            raise
        return Standing(None, "is taken by another account, or hidden from you by its policy")
    return Standing(_bucket_tags(asking, name))


def _bucket_tags(asking: Asking, name: str) -> Mapping[str, str]:
    try:
        return tags_of(asking.call("s3", "get_bucket_tagging", Bucket=name)["TagSet"])
    except ClientError as error:
        if code_of(error) != "NoSuchTagSet":
            raise
    return {}


def cluster(asking: Asking, name: str) -> Standing | None:
    found = _missing("ResourceNotFoundException", asking, "eks", "describe_cluster", name=name)
    return Standing(found["cluster"].get("tags", {})) if found else None


def role(asking: Asking, name: str) -> Standing | None:
    found = _missing("NoSuchEntity", asking, "iam", "get_role", RoleName=name)
    return Standing(tags_of(found["Role"].get("Tags", ()))) if found else None


def database(asking: Asking, name: str) -> Standing | None:
    given = {"DBInstanceIdentifier": name}
    found = _missing("DBInstanceNotFound", asking, "rds", "describe_db_instances", **given)
    return Standing(tags_of(found["DBInstances"][0].get("TagList", ()))) if found else None


def cache(asking: Asking, name: str) -> Standing | None:
    given = {"ReplicationGroupId": name}
    missing, call = "ReplicationGroupNotFoundFault", "describe_replication_groups"
    found = _missing(missing, asking, "elasticache", call, **given)
    if found is None:
        return None
    arn = found["ReplicationGroups"][0]["ARN"]
    listed = asking.call("elasticache", "list_tags_for_resource", ResourceName=arn)
    return Standing(tags_of(listed["TagList"]))


def secret(asking: Asking, name: str) -> Standing | None:
    """A secret that was deleted keeps its name until its recovery window is over."""
    given = {"SecretId": name}
    missing, call = "ResourceNotFoundException", "describe_secret"
    found = _missing(missing, asking, "secretsmanager", call, **given)
    if found is None:
        return None
    if "DeletedDate" in found:
        restore = "aws secretsmanager restore-secret --secret-id"
        how = "was deleted, and keeps its name until its recovery window is over"
        next = f"{restore} {name} --region {asking.region}, and take it over with `pulumi import`"
        return Standing(None, how, next)
    return Standing(tags_of(found.get("Tags", ())))


def alias(asking: Asking, name: str) -> Standing | None:
    """An alias has no tags; its key does, and those of a key may be closed to whoever asks."""
    listed = asking.pages("kms", "list_aliases", "Aliases")
    found = next((each for each in listed if each["AliasName"] == name), None)
    if found is None:
        return None
    try:
        tags = asking.call("kms", "list_resource_tags", KeyId=found.get("TargetKeyId", name))
    except DeniedError:
        return Standing(None)
    return Standing(tags_of(tags["Tags"]))


def log_group(asking: Asking, name: str) -> Standing | None:
    """EKS writes its group anew after a platform is gone, and then it is nobody's."""
    given = {"logGroupNamePrefix": name}
    listed = asking.call("logs", "describe_log_groups", **given)["logGroups"]
    found = next((each for each in listed if each["logGroupName"] == name), None)
    if found is None:
        return None
    arn = found.get("logGroupArn") or found["arn"].removesuffix(":*")
    tags = asking.call("logs", "list_tags_for_resource", resourceArn=arn)["tags"]
    delete = f"aws logs delete-log-group --log-group-name {name} --region {asking.region}"
    return Standing(tags, next=f"keep what is to be kept of it, then: {delete}")


def analyzer(asking: Asking, name: str) -> Standing | None:
    """An account has one analyzer of its own in a region, whatever its name."""
    listed = asking.pages("accessanalyzer", "list_analyzers", "analyzers", type="ACCOUNT")
    if not listed:
        return None
    there = listed[0]
    how = f"would be the second: the region has '{there['name']}', and room for one"
    delete = f"aws accessanalyzer delete-analyzer --analyzer-name {there['name']}"
    return Standing(there.get("tags", {}), how, f"{delete} --region {asking.region}")


def detector(asking: Asking, name: str) -> Standing | None:
    """A region has one detector, which has no name."""
    listed = asking.pages("guardduty", "list_detectors", "DetectorIds")
    if not listed:
        return None
    found = asking.call("guardduty", "get_detector", DetectorId=listed[0])
    next = f"take it over: pulumi import aws:guardduty/detector:Detector {name} {listed[0]}"
    return Standing(found.get("Tags", {}), "there is one already, and a region has no second", next)


def repository(asking: Asking, name: str) -> Standing | None:
    given = {"repositoryNames": [name]}
    missing, call = "RepositoryNotFoundException", "describe_repositories"
    found = _missing(missing, asking, "ecr", call, **given)
    if found is None:
        return None
    arn = found["repositories"][0]["repositoryArn"]
    tags = asking.call("ecr", "list_tags_for_resource", resourceArn=arn)["tags"]
    return Standing(tags_of(tags))


def cache_rule(asking: Asking, name: str) -> Standing | None:
    """A registry has one rule for a prefix, and rules have no tags."""
    given = {"ecrRepositoryPrefixes": [name]}
    missing, call = "PullThroughCacheRuleNotFoundException", "describe_pull_through_cache_rules"
    found = _missing(missing, asking, "ecr", call, **given)
    how = "is there already, and AWS does not tell whose"
    next = f"another platform's: take it over, pulumi import {CACHE_RULE} {name} {name}"
    return Standing(None, how, next, doubt=True) if found else None


def macie(asking: Asking, name: str) -> Standing | None:
    """Macie is on or off for a region of an account, and has no tags; off, it denies every call."""
    try:
        asking.call("macie2", "get_macie_session")
    except DeniedError as error:
        if "not enabled" in error.said:
            return None
        raise
    how = "is on already, and AWS does not tell by whom"
    next = f"switched on by others: pulumi import {MACIE} {name} <account id>"
    return Standing(None, how, next, doubt=True)


def balancer(asking: Asking, name: str) -> Standing | None:
    missing, call = "LoadBalancerNotFound", "describe_load_balancers"
    found = _missing(missing, asking, "elbv2", call, Names=[name])
    if found is None:
        return None
    arns = [found["LoadBalancers"][0]["LoadBalancerArn"]]
    listed = asking.call("elbv2", "describe_tags", ResourceArns=arns)["TagDescriptions"]
    return Standing(tags_of(listed[0]["Tags"]))


def _missing(
    code: str, asking: Asking, service: str, operation: str, **given: Any
) -> Mapping[str, Any] | None:
    """What a service answers; None where it says by that code that there is no such thing."""
    try:
        return asking.call(service, operation, **given)
    except ClientError as error:
        if code not in code_of(error):
            raise
    return None


CACHE_RULE = "aws:ecr/pullThroughCacheRule:PullThroughCacheRule"
MACIE = "aws:macie2/account:Account"
KINDS = (
    Kind("aws:s3/bucket:Bucket", "bucket", "S3 bucket", bucket),
    Kind("aws:eks/cluster:Cluster", "name", "EKS cluster", cluster),
    Kind("aws:iam/role:Role", "name", "IAM role", role),
    Kind("aws:rds/instance:Instance", "identifier", "RDS instance", database),
    Kind("aws:elasticache/replicationGroup:ReplicationGroup", "replicationGroupId", "cache", cache),
    Kind("aws:secretsmanager/secret:Secret", "name", "secret", secret),
    Kind("aws:kms/alias:Alias", "name", "KMS alias", alias),
    Kind("aws:cloudwatch/logGroup:LogGroup", "name", "log group", log_group),
    Kind("aws:ecr/repository:Repository", "name", "ECR repository", repository),
    Kind(CACHE_RULE, "ecrRepositoryPrefix", "ECR cache rule", cache_rule),
    Kind("aws:lb/loadBalancer:LoadBalancer", "name", "load balancer", balancer),
    Kind(MACIE, None, "Macie", macie),
    Kind("aws:accessanalyzer/analyzer:Analyzer", "analyzerName", "access analyzer", analyzer),
    Kind("aws:guardduty/detector:Detector", None, "GuardDuty detector", detector),
)
"""Whatever is planned under a name of its own, and is made once for an account or a region."""
