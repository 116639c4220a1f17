"""Quotas of machines, against answers in the shape of the Service Quotas API: moto has none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from tests.sites.aws.preflight.ground import G6E, args, asking, planned, recorded, told

from modelyard.catalog.quotas import quota
from modelyard.contracts.inventory import Expected
from modelyard.contracts.preflight import Answer, MachineNeed, Verdict
from modelyard.sites.aws.preflight import hosting
from modelyard.sites.aws.preflight import quotas as topic

SPOT = {"gpus": {"fallback": ["spot"]}}
CLUSTER = planned("eks/cluster:Cluster", name="fraud-prod")
NODES = planned(
    "eks/nodeGroup:NodeGroup", instanceTypes=["m7g.large"], scalingConfig={"desiredSize": 3}
)


def allowed(id: str, value: float, **more: Any) -> dict[str, Any]:
    """As `get-service-quota` answers."""
    known = quota(id)
    named = {"ServiceCode": known.service, "QuotaCode": known.code, "QuotaName": known.name}
    return {"Quota": {**named, "Value": value, "Adjustable": True, "Unit": "None", **more}}


def running(machine: str, count: int, **more: Any) -> dict[str, Any]:
    """As `describe-instances` answers; two threads on each of two cores."""
    cpu = {"CoreCount": 2, "ThreadsPerCore": 2}
    one = {"InstanceType": machine, "CpuOptions": cpu, "Tags": [], **more}
    return {"Reservations": [{"Instances": [one] * count}]}


def ask(
    *answers: Any,
    instances: Any = None,
    machines: Sequence[MachineNeed] = (G6E,),
    expected: Sequence[Expected] = (),
    **site: Any,
) -> list[Answer]:
    """Ask about these machines, quotas being told in the order in which they are asked for."""
    asks = asking()
    quotas = {f"get_service_quota__{n}": answer for n, answer in enumerate(answers)}
    given = args(*expected, machines=machines, **site)
    seen = instances or running("g5.xlarge", 0)
    with recorded(asks, "service-quotas", **quotas), recorded(asks, "ec2", describe_instances=seen):
        return told(topic.questions(asks, given))


def test_recorded_room_for_all_replicas() -> None:
    (answer,) = ask(allowed("g-and-vt", 96))
    assert answer.verdict is Verdict.OK
    assert answer.asked == "Running On-Demand G and VT instances (ec2)"
    assert answer.needed == "96 vCPUs: 2 x g6e.12xlarge for assistant"
    assert answer.next == ""


def test_recorded_what_others_run_is_taken_off_and_asked_for_on_top() -> None:
    (answer,) = ask(allowed("g-and-vt", 96), instances=running("g5.xlarge", 2))
    assert answer.verdict is Verdict.FAILED
    assert answer.found == "96 vCPUs allowed, 8 in use by others"
    assert answer.next == (
        "aws service-quotas request-service-quota-increase --service-code ec2"
        " --quota-code L-DB2E81BA --desired-value 104 --region eu-west-1"
    )


@pytest.mark.parametrize(
    "other",
    [
        running("m5.xlarge", 9),
        running("g5.xlarge", 9, InstanceLifecycle="spot"),
        running("g5.xlarge", 9, Tags=[{"Key": "eks:eks-cluster-name", "Value": "fraud-prod"}]),
        running(
            "g5.xlarge", 9, Tags=[{"Key": "kubernetes.io/cluster/fraud-prod", "Value": "owned"}]
        ),
    ],
    ids=["another family", "another capacity", "a node of the platform", "another such node"],
)
def test_recorded_what_does_not_count_is_not_counted(other: dict[str, Any]) -> None:
    attached = {"cluster": {"attach": {"name": "fraud-prod"}}}
    (answer,) = ask(allowed("g-and-vt", 96), instances=other, **attached)
    assert answer.found == "96 vCPUs allowed, 0 in use by others"


def test_recorded_machines_of_one_family_are_added_up() -> None:
    small = replace(G6E, machine="g5.xlarge", most=3, models=("embedder",))
    (answer,) = ask(allowed("g-and-vt", 100), machines=[G6E, small])
    assert answer.needed.startswith("108 vCPUs: 2 x g6e.12xlarge for assistant, 3 x g5.xlarge")
    assert answer.verdict is Verdict.FAILED


def test_recorded_a_fallback_that_is_short_is_a_warning() -> None:
    on_demand, spot = ask(allowed("g-and-vt", 96), allowed("spot-g-and-vt", 0), **SPOT)
    assert on_demand.verdict is Verdict.OK
    assert spot.verdict is Verdict.WARNING
    assert spot.needed.endswith(", as a fallback")
    assert "L-3819A6DF" in spot.next


def test_recorded_reserved_machines_count_where_they_were_reserved() -> None:
    gpus = {"capacity": "reserved", "reservations": ["cr-1"]}
    assert ask(gpus=gpus) == []


@pytest.mark.parametrize(
    ("machine", "id"), [("p4d.24xlarge", "spot-p"), ("p5.48xlarge", "spot-p5")]
)
def test_recorded_generations_of_p_have_spot_quotas_of_their_own(machine: str, id: str) -> None:
    gpus = {"capacity": "spot"}
    (answer,) = ask(allowed(id, 0), machines=[replace(G6E, machine=machine)], gpus=gpus)
    assert answer.verdict is Verdict.FAILED
    assert quota(id).code in answer.next


def test_recorded_a_code_that_nobody_confirmed_is_a_warning_that_says_so() -> None:
    machine, gpus = replace(G6E, machine="p6-b200.48xlarge"), {"capacity": "spot"}
    (answer,) = ask(allowed("spot-p6", 0), machines=[machine], gpus=gpus)
    assert answer.verdict is Verdict.WARNING
    assert "names no spot quota for P6" in answer.found


def test_recorded_a_code_that_means_something_else_now_is_not_believed() -> None:
    (answer,) = ask(allowed("g-and-vt", 999, QuotaName="Running Dedicated inf Hosts"))
    assert answer.verdict is Verdict.UNKNOWN
    assert "Running Dedicated inf Hosts" in answer.found
    assert answer.next.startswith("https://eu-west-1.console.aws.amazon.com/servicequotas/")


def test_recorded_a_quota_that_was_never_changed_is_the_default() -> None:
    asks, default = asking(), allowed("g-and-vt", 0)
    with (
        recorded(
            asks,
            "service-quotas",
            get_service_quota="NoSuchResourceException",
            get_aws_default_service_quota=default,
        ),
        recorded(asks, "ec2", describe_instances=running("g5.xlarge", 0)),
    ):
        (answer,) = told(topic.questions(asks, args(machines=[G6E])))
    assert answer.found == "0 vCPUs allowed, 0 in use by others"


def test_recorded_what_cannot_be_raised_says_so() -> None:
    (answer,) = ask(allowed("g-and-vt", 0, Adjustable=False))
    assert answer.next.startswith("it cannot be raised: https://")


def test_recorded_a_quota_that_may_not_be_read_is_unknown() -> None:
    (answer,) = ask("AccessDeniedException")
    assert answer.verdict is Verdict.UNKNOWN
    assert answer.found == "servicequotas:GetServiceQuota is not allowed"


def test_recorded_usage_that_may_not_be_read_leaves_open_only_what_it_decides() -> None:
    (enough,) = ask(allowed("g-and-vt", 96), instances="UnauthorizedOperation")
    assert enough.verdict is Verdict.UNKNOWN
    assert "ec2:DescribeInstances is not allowed" in enough.found
    (short,) = ask(allowed("g-and-vt", 0), instances="UnauthorizedOperation")
    assert short.verdict is Verdict.FAILED


MACHINES = {"InstanceTypes": [{"InstanceType": "m7g.large", "VCpuInfo": {"DefaultVCpus": 2}}]}


@pytest.mark.parametrize(
    ("limit", "verdict"), [(5, "failed"), (64, "warning"), (256, "ok")], ids=str
)
def test_recorded_ordinary_nodes_fail_below_the_first_and_warn_below_the_last(
    limit: int, verdict: str
) -> None:
    asks, expected = asking(), (CLUSTER, NODES)
    ec2 = {"describe_instance_types": MACHINES, "describe_instances": running("m5.large", 0)}
    quotas = {"get_service_quota": allowed("clusters", 100)}
    quotas["get_service_quota__2"] = allowed("standard", limit)
    with (
        recorded(asks, "service-quotas", **quotas),
        recorded(asks, "ec2", **ec2),
        recorded(asks, "eks", list_clusters={"clusters": ["fraud-prod", "other"]}),
    ):
        clusters, nodes = told(topic.questions(asks, args(*expected)))
    assert clusters.found == "100 allowed, 1 in use by others"
    assert nodes.verdict == verdict
    assert nodes.needed == "256 vCPUs: 3 x m7g.large; up to 256 for other nodes"


def test_recorded_what_the_whole_account_has_once_is_asked_in_its_first_region() -> None:
    asks = asking()
    client = asks.client("service-quotas", "us-east-1")
    assert client.meta.region_name == asks.home == "us-east-1"
    from botocore.stub import Stubber

    with (
        Stubber(client) as stub,
        recorded(asks, "iam", get_account_summary={"SummaryMap": {"Roles": 990}}),
    ):
        stub.add_response("get_service_quota", allowed("roles", 1000))
        expected = [planned("iam/role:Role", f"r{n}") for n in range(20)]
        (answer,) = told(topic.questions(asks, args(*expected)))
    assert answer.verdict is Verdict.FAILED
    assert answer.next.endswith("--desired-value 1010 --region us-east-1")


HOSTED = replace(G6E, machine="ml.g5.xlarge", hosted="realtime")


def listed(name: str, value: float) -> dict[str, Any]:
    return {"Quotas": [{"QuotaName": name, "QuotaCode": "L-1928E07B", "Value": value}]}


@pytest.mark.parametrize(
    ("mode", "use"), [("realtime", "endpoint"), ("async", "endpoint"), ("batch", "transform job")]
)
def test_recorded_machines_of_sagemaker_have_a_quota_for_each_use(mode: str, use: str) -> None:
    asks = asking()
    need = replace(HOSTED, hosted=mode)
    answers = {"list_service_quotas": listed(f"ml.g5.xlarge for {use} usage", 1)}
    with recorded(asks, "service-quotas", **answers):
        (answer,) = told(hosting.questions(asks, args(machines=[need])))
    assert answer.verdict is Verdict.FAILED
    assert answer.needed == "2 for assistant"
    assert "--service-code sagemaker --quota-code L-1928E07B --desired-value 2" in answer.next


def test_recorded_a_quota_of_sagemaker_that_was_never_changed_is_the_default() -> None:
    asks = asking()
    answers = {
        "list_service_quotas": {"Quotas": []},
        "list_aws_default_service_quotas": listed("ml.g5.xlarge for endpoint usage", 4),
    }
    with recorded(asks, "service-quotas", **answers):
        (answer,) = told(hosting.questions(asks, args(machines=[HOSTED])))
    assert answer.verdict is Verdict.OK


def test_recorded_a_machine_that_sagemaker_lists_nowhere_is_unknown() -> None:
    asks = asking()
    answers = {name: {"Quotas": []} for name in hosting.LISTS}
    with recorded(asks, "service-quotas", **answers):
        (answer,) = told(hosting.questions(asks, args(machines=[HOSTED])))
    assert answer.verdict is Verdict.UNKNOWN
    assert answer.next.endswith("/services/sagemaker/quotas")
