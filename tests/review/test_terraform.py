"""A graph in the words of a Terraform plan."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest
from tests.support import on_aws, on_gcp, shipped
from tests.support.programs import deployment, run

from modelyard.objects.cloud import CloudResource
from modelyard.recorder.sdk import declared, load_sdk
from modelyard.review.terraform import UnmappedTypeError, terraform_plan
from modelyard.review.terraform.types import mapped, packages, singular, snake, terraform_type

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:pulumi_aws.*")

KEY, BUCKET, ROLE = "aws:kms/key:Key", "aws:s3/bucket:Bucket", "aws:iam/role:Role"
RULES = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"


def _resources(program: Any) -> dict[str, dict[str, Any]]:
    plan = terraform_plan(run(program))
    return {it["address"]: it for it in plan["planned_values"]["root_module"]["resources"]}


def _configured(program: Any) -> dict[str, dict[str, Any]]:
    plan = terraform_plan(run(program))
    return {it["address"]: it for it in plan["configuration"]["root_module"]["resources"]}


def _values(token: str, inputs: dict[str, Any]) -> dict[str, Any]:
    # Reads no output: what is read of a type is noted for the whole session.
    made = _resources(lambda: CloudResource(token, "it", inputs, outputs={}) and None)
    [only] = made.values()
    return only["values"]


def _encrypted() -> None:
    key = CloudResource(KEY, "key", {})
    bucket = CloudResource(BUCKET, "bucket", {})
    algorithm = {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": key["arn"]}
    rules = [{"applyServerSideEncryptionByDefault": algorithm}]
    CloudResource(RULES, "rules", {"bucket": bucket.id, "rules": rules}, outputs={})


def test_an_object_becomes_a_block() -> None:
    found = _values(
        "aws:s3/bucketVersioning:BucketVersioning",
        {"versioningConfiguration": {"status": "Enabled"}},
    )
    assert found == {"versioning_configuration": [{"status": "Enabled"}]}


def test_a_list_of_objects_becomes_blocks_of_a_singular_name() -> None:
    inputs = {"routes": [{"cidrBlock": "0.0.0.0/0"}, {"ipv6CidrBlock": "::/0"}]}
    found = _values("aws:ec2/routeTable:RouteTable", inputs)
    assert found == {"route": [{"cidr_block": "0.0.0.0/0"}, {"ipv6_cidr_block": "::/0"}]}


def test_maps_and_lists_of_plain_values_stay() -> None:
    inputs = {"tags": {"costCenter": "cc-1"}, "securityGroupIds": ["sg-1"], "serviceName": "s3"}
    found = _values("aws:ec2/vpcEndpoint:VpcEndpoint", inputs)
    assert found == {
        "tags": {"costCenter": "cc-1"},
        "security_group_ids": ["sg-1"],
        "service_name": "s3",
    }


def test_names_that_no_rule_finds_come_from_the_table() -> None:
    found = _values(
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
        {"productionVariants": [{"variantName": "a"}]},
    )
    assert found == {"production_variants": [{"variant_name": "a"}]}


def test_what_is_known_only_later_is_left_out_and_referred_to() -> None:
    rules = _resources(_encrypted)["aws_s3_bucket_server_side_encryption_configuration.rules"]
    default = {"sse_algorithm": "aws:kms"}
    assert rules["values"] == {"rule": [{"apply_server_side_encryption_by_default": [default]}]}
    configured = _configured(_encrypted)[rules["address"]]
    [block] = configured["expressions"]["rule"]
    [inner] = block["apply_server_side_encryption_by_default"]
    assert inner["kms_master_key_id"] == {"references": ["aws_kms_key.key.arn", "aws_kms_key.key"]}
    assert configured["expressions"]["bucket"]["references"][0] == "aws_s3_bucket.bucket.id"
    assert configured["depends_on"] == ["aws_kms_key.key", "aws_s3_bucket.bucket"]


def test_what_is_known_and_comes_from_another_resource_refers_to_it() -> None:
    def program() -> None:
        bucket = CloudResource(BUCKET, "it", {"bucket": "yard"}, outputs={"bucket": str})
        inputs = {"bucket": bucket["bucket"], "targetBucket": "logs", "targetPrefix": "it/"}
        CloudResource("aws:s3/bucketLogging:BucketLogging", "it", inputs, outputs={})

    logging = _configured(program)["aws_s3_bucket_logging.it"]["expressions"]
    assert _resources(program)["aws_s3_bucket_logging.it"]["values"]["bucket"] == "yard"
    assert logging["bucket"] == {"references": ["aws_s3_bucket.it"]}
    assert logging["target_bucket"] == {"constant_value": "logs"}


def test_later_values_in_a_list_leave_their_place() -> None:
    def program() -> None:
        zones = [CloudResource("aws:ec2/subnet:Subnet", f"zone-{n}", {}) for n in "ab"]
        ids = [zones[0].id, "subnet-9", zones[1].id]
        CloudResource("aws:rds/subnetGroup:SubnetGroup", "it", {"subnetIds": ids})

    group = _resources(program)["aws_db_subnet_group.it"]
    assert group["values"] == {"subnet_ids": [None, "subnet-9", None]}
    expression = _configured(program)["aws_db_subnet_group.it"]["expressions"]["subnet_ids"]
    assert {"aws_subnet.zone-a.id", "aws_subnet.zone-b.id"} <= set(expression["references"])


def test_a_policy_with_something_unknown_in_it_stays_readable() -> None:
    def program() -> None:
        bucket = CloudResource(BUCKET, "it", {})
        policy = pulumi.Output.json_dumps({"Resource": pulumi.Output.concat(bucket["arn"], "/*")})
        CloudResource("aws:iam/policy:Policy", "it", {"policy": policy})

    assert _resources(program)["aws_iam_policy.it"]["values"] == {
        "policy": '{"Resource": "${aws_s3_bucket.it.arn}/*"}'
    }


def test_a_secret_is_never_written() -> None:
    def program() -> None:
        inputs = {"password": pulumi.Output.secret("hunter2")}
        CloudResource("aws:rds/instance:Instance", "it", inputs)

    plan = terraform_plan(run(program))
    assert "hunter2" not in str(plan)
    assert plan["resource_changes"][0]["change"]["after_unknown"] == {"password": True}


def test_one_name_under_two_parents_gives_two_addresses() -> None:
    def program() -> None:
        for name in "ab":
            above = pulumi.ComponentResource(f"yard:sites:{name}", name)
            CloudResource(KEY, "same", {}, pulumi.ResourceOptions(parent=above))

    assert list(_resources(program)) == ["aws_kms_key.same", "aws_kms_key.same_"]


def test_the_region_comes_from_the_provider() -> None:
    graph = run(lambda: pulumi.ProviderResource("aws", "it", {"region": "eu-west-1"}) and None)
    expressions = {"region": {"constant_value": "eu-west-1"}}
    assert terraform_plan(graph)["configuration"]["provider_config"] == {
        "aws": {"name": "aws", "expressions": expressions}
    }


def test_objects_of_a_cluster_are_left_out() -> None:
    assert _resources(lambda: deployment("it") and None) == {}


def test_a_type_that_the_table_does_not_have_is_refused() -> None:
    with pytest.raises(UnmappedTypeError, match="aws:s4/pail:Pail has no Terraform type"):
        terraform_plan(run(lambda: CloudResource("aws:s4/pail:Pail", "it", {}) and None))


def test_every_type_of_a_shipped_platform_is_in_the_table() -> None:
    cases = (*on_aws.cases(), *on_gcp.cases())
    graphs = [shipped.recorded(case, deployed=False) for case in cases]
    made = {r.type for graph in graphs for r in graph if r.custom and r.package in packages()}
    assert made - set(mapped()) == set()


@pytest.mark.parametrize("token", mapped())
def test_every_type_in_the_table_is_one_of_the_sdks(token: str) -> None:
    load_sdk(token.split(":", 1)[0])
    assert token in declared(token)[0]
    assert terraform_type(token).name


def test_no_two_types_are_one() -> None:
    assert len(set(mapped().values())) == len(mapped())


@pytest.mark.parametrize(
    ("wire", "name"),
    [
        ("cidrBlock", "cidr_block"),
        ("ipv6CidrBlocks", "ipv6_cidr_blocks"),
        ("enableResourceNameDnsARecord", "enable_resource_name_dns_a_record"),
        ("s3KeyPrefix", "s3_key_prefix"),
    ],
)
def test_names_with_underscores(wire: str, name: str) -> None:
    assert snake(wire) == name


@pytest.mark.parametrize(
    ("plural", "one"),
    [
        ("rules", "rule"),
        ("policies", "policy"),
        ("addresses", "address"),
        ("branches", "branch"),
        ("ingress", "ingress"),
        ("access", "access"),
        ("data", "data"),
    ],
)
def test_singulars(plural: str, one: str) -> None:
    assert singular(plural) == one
