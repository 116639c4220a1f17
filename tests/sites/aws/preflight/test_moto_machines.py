"""In which zones machines are sold, against moto's copy of the offerings."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.sites.aws.preflight.ground import G6E, REGION, args, asking, client, planned, told

from modelyard.contracts.preflight import Verdict
from modelyard.sites.aws.preflight import offerings

pytestmark = pytest.mark.usefixtures("moto")


def sold(machine: str) -> set[str]:
    found = client("ec2").describe_instance_type_offerings(
        LocationType="availability-zone", Filters=[{"Name": "instance-type", "Values": [machine]}]
    )
    return {each["Location"] for each in found["InstanceTypeOfferings"]}


def test_moto_a_machine_is_told_with_the_zones_of_the_platform_that_have_it() -> None:
    machine = replace(G6E, machine="g5.12xlarge")
    (answer,) = told(offerings.questions(asking(), args(machines=[machine])))
    assert sold("g5.12xlarge")
    assert answer.verdict is Verdict.OK
    assert all(zone in answer.found for zone in sold("g5.12xlarge"))


def test_moto_a_machine_that_the_region_does_not_sell_fails() -> None:
    (answer,) = told(
        offerings.questions(asking(), args(machines=[replace(G6E, machine="p9.huge")]))
    )
    assert answer.verdict is Verdict.FAILED
    assert answer.found == "not offered in eu-west-1"
    assert "serve.gpu" in answer.next


def test_moto_a_machine_sold_only_where_the_platform_is_not_fails_and_says_where() -> None:
    subnet = planned("ec2/subnet:Subnet", availabilityZone="eu-west-1z")
    machine = replace(G6E, machine="g5.12xlarge")
    (answer,) = told(offerings.questions(asking(), args(subnet, machines=[machine])))
    assert answer.verdict is Verdict.FAILED
    assert "offered only in eu-west-1" in answer.found
    assert answer.needed == "one of eu-west-1z"


def test_moto_the_zones_of_an_attached_network_are_those_of_its_subnets() -> None:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24", AvailabilityZone=f"{REGION}b")[
        "Subnet"
    ]["SubnetId"]
    attach = {"attach": {"network": vpc, "private_subnets": [subnet]}}
    machine = replace(G6E, machine="m5.large")
    (answer,) = told(offerings.questions(asking(), args(machines=[machine], network=attach)))
    assert answer.found == f"offered in {REGION}b"


def test_moto_machines_of_node_groups_are_asked_for_too() -> None:
    group = planned("eks/nodeGroup:NodeGroup", instanceTypes=["m5.large"])
    (answer,) = told(offerings.questions(asking(), args(group)))
    assert answer.asked == "m5.large"
    assert answer.verdict is Verdict.OK
