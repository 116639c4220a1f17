"""Quotas of networks, and what is in use of them, against moto."""

from __future__ import annotations

import pytest
from tests.sites.aws.preflight.ground import OWN_PAIRS, REGION, args, asking, client, planned, told

from modelyard.catalog.quotas import quota, quotas
from modelyard.contracts.preflight import Verdict
from modelyard.sites.aws.preflight import quotas as topic
from modelyard.sites.aws.preflight.usage import in_use

pytestmark = pytest.mark.usefixtures("moto")
VPC = planned("ec2/vpc:Vpc")


def make_vpcs(count: int, tags: list[dict[str, str]] | None = None) -> list[str]:
    made = [
        client("ec2").create_vpc(CidrBlock=f"10.{n}.0.0/16")["Vpc"]["VpcId"] for n in range(count)
    ]
    if tags:
        client("ec2").create_tags(Resources=made, Tags=tags)
    return made


def test_moto_networks_that_others_have_leave_no_room() -> None:
    make_vpcs(4)  # and the default one
    (answer,) = told(topic.questions(asking(), args(VPC)))
    assert answer.asked == "VPCs per Region (vpc)"
    assert answer.verdict is Verdict.FAILED
    assert answer.found == "5 allowed, 5 in use by others"
    assert answer.needed == "1: 1 planned"
    assert answer.next == (
        "aws service-quotas request-service-quota-increase --service-code vpc"
        " --quota-code L-F678F1CE --desired-value 6 --region eu-west-1"
    )


def test_moto_what_the_platform_has_already_is_not_counted_twice() -> None:
    make_vpcs(3)
    make_vpcs(1, OWN_PAIRS)
    (answer,) = told(topic.questions(asking(), args(VPC)))
    assert answer.found == "5 allowed, 4 in use by others"
    assert answer.verdict is Verdict.OK
    assert answer.next == ""


def test_moto_the_fullest_zone_of_the_platform_counts_for_nat_gateways() -> None:
    vpc = make_vpcs(1)[0]
    for zone, count in (("a", 4), ("b", 1)):
        subnet = client("ec2").create_subnet(
            VpcId=vpc, CidrBlock=f"10.0.{count}.0/24", AvailabilityZone=f"{REGION}{zone}"
        )["Subnet"]["SubnetId"]
        for _ in range(count):
            client("ec2").create_nat_gateway(SubnetId=subnet, ConnectivityType="private")
    wanted = [planned("ec2/natGateway:NatGateway", f"nat-{n}") for n in range(3)]
    (answer,) = told(topic.questions(asking(), args(*wanted)))
    assert answer.found == "5 allowed, 4 in use by others"
    assert answer.verdict is Verdict.OK, "one for each of three zones"


def test_moto_machines_are_counted_by_family_and_not_by_number() -> None:
    """Four vCPUs each; what runs as a node of the platform is its own."""
    image = client("ec2").describe_images()["Images"][0]["ImageId"]
    given = {"ImageId": image, "MinCount": 1, "MaxCount": 1}
    client("ec2").run_instances(InstanceType="g5.xlarge", **given)
    client("ec2").run_instances(InstanceType="m5.xlarge", **given)
    tags = [{"Key": "eks:cluster-name", "Value": "fraud-prod"}]
    tagged = [{"ResourceType": "instance", "Tags": tags}]
    client("ec2").run_instances(InstanceType="g5.xlarge", TagSpecifications=tagged, **given)
    cluster = planned("eks/cluster:Cluster", name="fraud-prod")
    assert in_use(asking(), args(cluster), quota("g-and-vt")) == 4
    assert in_use(asking(), args(), quota("g-and-vt")) == 8
    assert in_use(asking(), args(), quota("standard")) == 4
    assert in_use(asking(), args(), quota("p")) == 0


def test_moto_an_empty_account_uses_next_to_nothing() -> None:
    """Every call that counts is one that the service has; a default network is all there is."""
    ask = asking()
    used = {each.id: in_use(ask, args(), each) for each in quotas().values()}
    assert used.pop("interface-endpoints") is None, "a network that is not there has none"
    assert {id for id, count in used.items() if count} == {"vpcs"}
