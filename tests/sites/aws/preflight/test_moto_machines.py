"""In which zones machines are sold, against moto's copy of the offerings."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.sites.aws.preflight.ground import G6E, REGION, args, asking, client, planned, told

from modelyard.contracts.preflight import Verdict
from modelyard.sites.aws.preflight import offerings
from modelyard.sites.aws.preflight.planned import machines
from modelyard.sites.aws.preflight.zones import questions as zone_questions

pytestmark = pytest.mark.usefixtures("moto")


def sold(machine: str) -> set[str]:
    found = client("ec2").describe_instance_type_offerings(
        LocationType="availability-zone", Filters=[{"Name": "instance-type", "Values": [machine]}]
    )
    return {each["Location"] for each in found["InstanceTypeOfferings"]}


def zones() -> dict[str, str]:
    found = client("ec2").describe_availability_zones()["AvailabilityZones"]
    return {zone["ZoneName"]: zone["ZoneId"] for zone in found}


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
    machine = "p4d.24xlarge"
    elsewhere = next(name for name, id in zones().items() if name not in sold(machine))
    subnet = planned("ec2/subnet:Subnet", availabilityZoneId=zones()[elsewhere])
    need = replace(G6E, machine=machine)
    (answer,) = told(offerings.questions(asking(), args(subnet, machines=[need])))
    assert answer.verdict is Verdict.FAILED
    assert answer.found.startswith(f"offered only in {min(sold(machine))}")
    assert answer.needed == f"one of {elsewhere}"


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


def test_moto_a_zone_that_the_account_has_not_fails() -> None:
    there = min(zones().values())
    subnets = [
        planned("ec2/subnet:Subnet", id, availabilityZoneId=id) for id in (there, "euw1-az9")
    ]
    (answer,) = told(zone_questions(asking(), args(*subnets)))
    assert answer.verdict is Verdict.FAILED
    assert answer.found == "this account has no euw1-az9"
    assert there in answer.next
    (answer,) = told(zone_questions(asking(), args(subnets[0])))
    assert answer.verdict is Verdict.OK


def test_moto_machines_of_training_are_asked_for_too() -> None:
    """No model names them: the plan's pool for them does."""
    template = {"metadata": {"labels": {"modelyard.dev/machine": "g5.12xlarge"}}}
    spec = {"template": template, "limits": {"nvidia.com/gpu": "8"}}
    pool = planned("kubernetes:karpenter.sh/v1:NodePool", spec=spec)
    (need,) = machines(args(pool))
    assert (need.machine, need.fewest, need.most, need.models) == (
        "g5.12xlarge",
        0,
        2,
        ("training",),
    )
    model = replace(G6E, machine="g5.12xlarge")
    assert machines(args(pool, machines=[model])) == (model,), "a model's count is the plan's own"
    assert [answer.asked for answer in told(offerings.questions(asking(), args(pool)))]


def test_moto_machines_of_sagemaker_are_no_nodes() -> None:
    hosted = replace(G6E, machine="ml.g5.xlarge", hosted="realtime")
    assert told(offerings.questions(asking(), args(machines=[hosted]))) == []
