"""Names that are taken, free, or the platform's own, against moto."""

from __future__ import annotations

import pytest
from tests.sites.aws.preflight.ground import (
    OWN,
    OWN_PAIRS,
    REGION,
    args,
    asking,
    client,
    planned,
    told,
    verdicts,
)

from modelyard.contracts.inventory import Expected
from modelyard.contracts.preflight import Verdict
from modelyard.sites.aws.preflight import names
from modelyard.sites.aws.preflight.looks import CACHE_RULE, KINDS, MACIE

pytestmark = pytest.mark.usefixtures("moto")
OTHER_NAMES = ("'acme/x' is free", "'/acme/x' is free", "'alias/acme-x' is free")
TRUST = '{"Version": "2012-10-17", "Statement": []}'


def make_bucket(*, own: bool) -> None:
    client("s3").create_bucket(
        Bucket="acme-x", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    if own:
        client("s3").put_bucket_tagging(Bucket="acme-x", Tagging={"TagSet": OWN_PAIRS})


def make_cluster(*, own: bool) -> None:
    network = {"subnetIds": ["subnet-1", "subnet-2"]}
    role = "arn:aws:iam::123456789012:role/any"
    tags = dict(OWN) if own else {}
    client("eks").create_cluster(name="acme-x", roleArn=role, resourcesVpcConfig=network, tags=tags)


def make_role(*, own: bool) -> None:
    tags = OWN_PAIRS if own else []
    client("iam").create_role(RoleName="acme-x", AssumeRolePolicyDocument=TRUST, Tags=tags)


def make_database(*, own: bool) -> None:
    client("rds").create_db_instance(
        DBInstanceIdentifier="acme-x",
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        MasterUsername="root",
        MasterUserPassword="not-a-secret",
        AllocatedStorage=20,
        Tags=OWN_PAIRS if own else [],
    )


def make_cache(*, own: bool) -> None:
    client("elasticache").create_replication_group(
        ReplicationGroupId="acme-x",
        ReplicationGroupDescription="x",
        Tags=OWN_PAIRS if own else [],
    )


def make_secret(*, own: bool) -> None:
    tags = OWN_PAIRS if own else []
    client("secretsmanager").create_secret(Name="acme-x", SecretString="x", Tags=tags)


def make_alias(*, own: bool) -> None:
    tags = [{"TagKey": key, "TagValue": value} for key, value in OWN.items()] if own else []
    key = client("kms").create_key(Tags=tags)["KeyMetadata"]["KeyId"]
    client("kms").create_alias(AliasName="alias/acme-x", TargetKeyId=key)


def make_log_group(*, own: bool) -> None:
    tags = dict(OWN) if own else {}
    client("logs").create_log_group(logGroupName="/acme/x", tags=tags)


def make_detector(*, own: bool) -> None:
    client("guardduty").create_detector(Enable=True, Tags=dict(OWN) if own else {})


def make_repository(*, own: bool) -> None:
    client("ecr").create_repository(repositoryName="acme/x", tags=OWN_PAIRS if own else [])


def make_balancer(*, own: bool) -> None:
    ec2 = client("ec2")
    network = ec2.describe_subnets()["Subnets"][:2]
    client("elbv2").create_load_balancer(
        Name="acme-x",
        Subnets=[subnet["SubnetId"] for subnet in network],
        Tags=OWN_PAIRS if own else [{"Key": "of", "Value": "others"}],
    )


CASES = [
    pytest.param(make_bucket, planned("s3/bucket:Bucket", bucket="acme-x"), id="bucket"),
    pytest.param(make_cluster, planned("eks/cluster:Cluster", name="acme-x"), id="cluster"),
    pytest.param(make_role, planned("iam/role:Role", name="acme-x"), id="role"),
    pytest.param(make_database, planned("rds/instance:Instance", identifier="acme-x"), id="rds"),
    pytest.param(
        make_cache,
        planned("elasticache/replicationGroup:ReplicationGroup", replicationGroupId="acme-x"),
        id="cache",
    ),
    pytest.param(make_secret, planned("secretsmanager/secret:Secret", name="acme-x"), id="secret"),
    pytest.param(make_alias, planned("kms/alias:Alias", name="alias/acme-x"), id="alias"),
    pytest.param(make_log_group, planned("cloudwatch/logGroup:LogGroup", name="/acme/x"), id="log"),
    pytest.param(make_repository, planned("ecr/repository:Repository", name="acme/x"), id="ecr"),
    pytest.param(make_balancer, planned("lb/loadBalancer:LoadBalancer", name="acme-x"), id="lb"),
    pytest.param(make_detector, planned("guardduty/detector:Detector"), id="detector"),
]


@pytest.mark.parametrize(("make", "resource"), CASES)
def test_moto_a_name_that_nobody_has_is_free(make: object, resource: Expected) -> None:
    (answer,) = told(names.questions(asking(), args(resource)))
    assert answer.verdict is Verdict.OK
    assert answer.found in ("there is none yet", "'acme-x' is free", *OTHER_NAMES)


@pytest.mark.parametrize(("make", "resource"), CASES)
def test_moto_a_name_that_something_else_has_fails(make: object, resource: Expected) -> None:
    make(own=False)
    (answer,) = told(names.questions(asking(), args(resource)))
    assert answer.verdict is Verdict.FAILED, answer
    assert answer.next


@pytest.mark.parametrize(("make", "resource"), CASES)
def test_moto_what_the_platform_has_made_is_its_own(make: object, resource: Expected) -> None:
    make(own=True)
    (answer,) = told(names.questions(asking(), args(resource)))
    assert answer.verdict is Verdict.OK, answer
    assert answer.found.endswith("is the platform's own")


def test_moto_a_deleted_secret_keeps_its_name() -> None:
    make_secret(own=True)
    client("secretsmanager").delete_secret(SecretId="acme-x", RecoveryWindowInDays=7)
    resource = planned("secretsmanager/secret:Secret", name="acme-x")
    (answer,) = told(names.questions(asking(), args(resource)))
    assert answer.verdict is Verdict.FAILED
    assert answer.next.startswith("aws secretsmanager restore-secret --secret-id acme-x")


def test_moto_names_known_only_after_deployment_are_not_asked_for() -> None:
    made = planned("s3/bucket:Bucket", bucket="${kms.keyId}-x")
    assert told(names.questions(asking(), args(made, planned("iam/role:Role")))) == []


def test_moto_free_names_of_one_kind_are_told_together() -> None:
    roles = [planned("iam/role:Role", f"r{n}", name=f"acme-{n}") for n in range(40)]
    client("iam").create_role(RoleName="acme-20", AssumeRolePolicyDocument=TRUST)
    answers = list(names.gathered(told(names.questions(asking(), args(*roles)))))
    assert verdicts(answers) == ["ok", "failed", "ok"]
    assert answers[0].found.startswith("20 names are free or the platform's own: acme-0, acme-1")
    assert "acme-20" in answers[1].found


def test_every_kind_of_name_is_tried_here() -> None:
    tried = {case.values[1].type for case in CASES}  # type: ignore[union-attr]
    # recorded: moto has no such calls
    untold = {"aws:accessanalyzer/analyzer:Analyzer", CACHE_RULE, MACIE}
    assert tried | untold == {kind.type for kind in KINDS}
