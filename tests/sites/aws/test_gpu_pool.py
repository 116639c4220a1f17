"""GPU pools on AWS: nodes that models' pods find, as many as they may need, of the right kind."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from tests.support.aws_ground import CLUSTER, ground
from tests.support.facilities import Facilities
from tests.support.kubernetes_schemas import crds_available, crds_reason, violations

from modelyard.catalog.machines import machines
from modelyard.plan.capability import Capability as C
from modelyard.plan.serving import ModelPlan
from modelyard.platform import context_of
from modelyard.recorder import Graph
from modelyard.recorder.values import plain

EXPORTER = "monitoring: {retention: 15d}"
SHORT = {"karpenter.sh/v1": "NodePool", "karpenter.k8s.aws/v1": "EC2NodeClass"}


def ask(platform: Facilities) -> dict[str, Any]:
    pool, [model] = platform.part(C.GPU_POOL), platform.plan.models
    return {"model": model, "one": pool.schedule(model), "two": [pool.training(2) for _ in "ab"]}


@cache
def stands(text: str = "", more: str = "") -> tuple[Graph, dict[str, Any]]:
    return ground(*CLUSTER, C.GPU_POOL, text=text, more=more, use=ask)


def objects(graph: Graph, kind: str) -> dict[str, Any]:
    found = (dict(plain(dict(r.inputs))) for r in graph if r.inputs.get("kind") == kind)
    return {it["metadata"]["name"]: it for it in found if it["metadata"]["name"] != "general"}


def pools(text: str = "") -> dict[str, Any]:
    return {name: it["spec"] for name, it in objects(stands(text)[0], "NodePool").items()}


def of_model(text: str = "") -> dict[str, Any]:
    """The pool on which the model runs."""
    machine = stands(text)[1]["model"].machine.replace(".", "-")
    [spec] = [spec for name, spec in pools(text).items() if name.startswith(f"{machine}-")]
    return spec


def wanted(spec: Any) -> dict[str, list[str]]:
    return {r["key"]: r["values"] for r in spec["template"]["spec"]["requirements"]}


def test_a_replica_finds_the_nodes_of_its_machine_and_may_stand_there() -> None:
    model, asked = stands()[1]["model"], stands()[1]["one"]
    template = of_model()["template"]
    assert asked.node_selector.items() <= template["metadata"]["labels"].items()
    assert asked.resources == {"nvidia.com/gpu": str(model.count)}
    [taint], [toleration] = template["spec"]["taints"], asked.tolerations
    assert taint["key"] == toleration["key"]
    assert taint["effect"] == "NoSchedule"
    assert wanted(of_model())["node.kubernetes.io/instance-type"] == [model.machine]


def test_nodes_are_of_the_architecture_of_their_machine() -> None:
    for spec in pools().values():
        [machine] = wanted(spec)["node.kubernetes.io/instance-type"]
        [facts] = [m for m in machines("aws") if m.machine == machine]
        assert wanted(spec)["kubernetes.io/arch"] == [facts.architecture]


def test_there_is_room_for_every_replica_and_for_one_that_moves() -> None:
    model = stands()[1]["model"]
    most = model.machines(model.replicas[1]) + 1
    assert of_model()["limits"] == {"nvidia.com/gpu": str(most * model.per_machine)}


def test_training_gets_one_pool_however_often_it_asks() -> None:
    first, second = stands()[1]["two"]
    assert first == second
    assert first.resources == {"nvidia.com/gpu": "2"}
    [machine] = {*first.node_selector.values()}
    assert len([name for name in pools() if name.startswith(machine.replace(".", "-"))]) == 1


def test_weights_lie_on_the_machine_s_own_disks() -> None:
    disks = {m.machine.replace(".", "-"): m.nvme_gb for m in machines("aws")}
    classes = objects(stands()[0], "EC2NodeClass")
    assert classes
    for name, it in classes.items():
        assert (it["spec"].get("instanceStorePolicy") == "RAID0") is (disks[name] > 0)


def test_volumes_are_encrypted_by_the_platform_s_key_and_metadata_take_a_token() -> None:
    for it in objects(stands()[0], "EC2NodeClass").values():
        for device in it["spec"]["blockDeviceMappings"]:
            assert device["ebs"]["encrypted"] is True
            assert device["ebs"]["kmsKeyID"] == "${yard-kms-data.arn}"
        assert it["spec"]["metadataOptions"]["httpTokens"] == "required"
        assert it["spec"]["metadataOptions"]["httpPutResponseHopLimit"] == 1


@pytest.mark.parametrize(
    ("mode", "group", "kind"),
    [
        ("standard", "karpenter.k8s.aws", "EC2NodeClass"),
        ("auto", "eks.amazonaws.com", "NodeClass"),
    ],
)
def test_every_pool_names_a_class_of_its_cluster_s_own_kind(
    mode: str, group: str, kind: str
) -> None:
    text = f"cluster: {{mode: {mode}}}"
    classes = objects(stands(text)[0], kind)
    assert {it["apiVersion"] for it in classes.values()} == {f"{group}/v1"}
    for spec in pools(text).values():
        reference = spec["template"]["spec"]["nodeClassRef"]
        assert reference == {"group": group, "kind": kind, "name": reference["name"]}
        assert reference["name"] in classes


def test_what_watches_gpus_stands_on_the_nodes_that_have_them() -> None:
    """Bottlerocket tells Kubernetes of GPUs, and writes no label of GPU feature discovery's."""
    graph, _ = stands("", EXPORTER)
    releases = graph.of_type("kubernetes:helm.sh/v3:Release")
    [exporter] = [plain(dict(r.inputs)) for r in releases if r.inputs["name"] == "dcgm-exporter"]
    affinity = exporter["values"]["affinity"]["nodeAffinity"]
    [term] = affinity["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    [key] = [it["key"] for it in term["matchExpressions"]]
    assert all(key in spec["template"]["metadata"]["labels"] for spec in pools().values())


def test_a_model_without_an_accelerator_goes_anywhere() -> None:
    def plainly(platform: Facilities) -> Any:
        plan = ModelPlan(
            name="plain",
            type="predictive",
            site="here",
            engine="fastapi",
            mode="realtime",
            replicas=(1, 1),
            tags=context_of(platform.plan).tags,
        )
        return platform.part(C.GPU_POOL).schedule(plan)

    _, asked = ground(*CLUSTER, C.GPU_POOL, use=plainly)
    assert not asked.resources
    assert not asked.node_selector
    assert not asked.tolerations


@pytest.mark.skipif(not crds_available(), reason=crds_reason())
@pytest.mark.parametrize("capacity", ["on-demand", "spot", "reserved, reservations: [cr-0123]"])
def test_karpenter_takes_them(capacity: str) -> None:
    graph, _ = stands(f"gpus: {{capacity: {capacity}}}")
    found = [plain(dict(r.inputs)) for r in graph if r.inputs.get("apiVersion") in SHORT]
    assert {it["kind"] for it in found} == set(SHORT.values())
    assert [why for it in found for why in violations(it)] == []
