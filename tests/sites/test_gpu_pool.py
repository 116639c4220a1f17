"""GPUs: what a pod asks for, whichever way they are shared, and what the queue may give away."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.facilities import GPUS, Facilities, site, stood

from modelyard.contracts.gpu_pool import Scheduling
from modelyard.plan.capability import Capability as C
from modelyard.recorder import Graph

A100 = "nodes: [{name: a, accelerator: a100-80, count: 2}]"


def chat(text: str) -> Scheduling:
    def ask(platform: Facilities) -> Any:
        return platform.part(C.GPU_POOL).schedule(platform.plan.model("chat"))

    return stood(site(text), ask)[1]


def training(text: str, gpus: int) -> Scheduling:
    return stood(site(text), lambda platform: platform.part(C.GPU_POOL).training(gpus))[1]


@pytest.mark.parametrize(
    ("gpus", "resource", "selector"),
    [
        (A100, "nvidia.com/gpu", {"nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB"}),
        (
            f"sharing: {{time_slicing: 4}}, {A100}",
            "nvidia.com/gpu",
            {"nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB-SHARED"},
        ),
        (
            f"sharing: {{mig: 1g.10gb}}, {A100}",
            "nvidia.com/mig-1g.10gb",
            {"nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB"},
        ),
        (
            f"sharing: {{mig: 1g.10gb+me}}, {A100}",
            "nvidia.com/mig-1g.10gb.me",
            {"nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB"},
        ),
        (
            "nodes: [{name: a, accelerator: a100-80, count: 2, labels: {pool: imaging}}]",
            "nvidia.com/gpu",
            {"pool": "imaging"},
        ),
    ],
    ids=["whole", "by-turns", "slices", "slice-with-media", "own-labels"],
)
def test_a_model_goes_to_its_nodes(gpus: str, resource: str, selector: dict[str, str]) -> None:
    scheduling = chat(f"gpus: {{{gpus}}}")
    assert scheduling.resources == {resource: "1"}
    assert scheduling.node_selector == selector


def test_pods_tolerate_the_taint_that_the_blueprint_names() -> None:
    scheduling = chat(f"gpus: {{taint: example.com/ml, {A100}}}")
    assert scheduling.tolerations == ({"key": "example.com/ml", "operator": "Exists"},)


def test_training_queues_and_serving_does_not() -> None:
    assert training(GPUS, 2).queue == "gpus"
    assert training(GPUS, 2).resources == {"nvidia.com/gpu": "2"}
    assert chat(GPUS).queue is None


def test_training_without_gpus_is_not_held_up_by_their_queue() -> None:
    assert training(GPUS, 0) == Scheduling()


def queue(graph: Graph) -> Any:
    (made,) = graph.of_type("kubernetes:kueue.x-k8s.io/v1beta2:ClusterQueue")
    return made.inputs


def test_the_queue_gives_away_what_no_model_in_service_holds() -> None:
    (group,) = queue(stood(site(GPUS))[0])["spec"]["resourceGroups"]
    (flavor,) = group["flavors"]
    amounts = {r["name"]: r["nominalQuota"] for r in flavor["resources"]}
    # Three nodes with one GPU each; `chat` holds one of them, `nightly` queues itself.
    assert amounts["nvidia.com/gpu"] == "2"
    assert set(amounts) == set(group["coveredResources"]) == {"cpu", "memory", "nvidia.com/gpu"}


def test_the_queue_counts_the_cores_and_memory_that_nodes_declare() -> None:
    nodes = "{name: l4, accelerator: l4, count: 3, node_cpu: 16, node_memory: 64Gi}"
    graph, _ = stood(site(f"gpus: {{queue: true, nodes: [{nodes}]}}"))
    (flavor,) = queue(graph)["spec"]["resourceGroups"][0]["flavors"]
    amounts = {r["name"]: r["nominalQuota"] for r in flavor["resources"]}
    assert (amounts["cpu"], amounts["memory"]) == ("48", "192Gi")


def test_each_kind_of_node_is_a_flavor_with_its_labels() -> None:
    nodes = "{name: l4, accelerator: l4, count: 3}, {name: big, accelerator: h100, labels: {p: x}}"
    graph, _ = stood(site(f"gpus: {{queue: true, nodes: [{nodes}]}}", environment=None))
    flavors = graph.of_type("kubernetes:kueue.x-k8s.io/v1beta2:ResourceFlavor")
    labels = {r.inputs["metadata"]["name"]: r.inputs["spec"]["nodeLabels"] for r in flavors}
    assert labels == {"yard-l4": {"nvidia.com/gpu.product": "NVIDIA-L4"}, "yard-big": {"p": "x"}}
    named = {f["name"] for f in queue(graph)["spec"]["resourceGroups"][0]["flavors"]}
    assert named == set(labels)


def test_only_training_and_production_may_use_the_queue() -> None:
    graph, _ = stood(site(GPUS))
    local = graph.of_type("kubernetes:kueue.x-k8s.io/v1beta2:LocalQueue")
    places = {r.inputs["metadata"]["namespace"] for r in local}
    assert places == {"yard-training", "yard-production"}
    (within,) = queue(graph)["spec"]["namespaceSelector"]["matchExpressions"]
    assert set(within["values"]) == places
