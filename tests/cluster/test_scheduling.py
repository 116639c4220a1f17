"""Where pods land: on the nodes that the plan chose, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from tests.support.cluster.fleet import CPU
from tests.support.cluster.standing import Standing
from tests.support.cluster.waiting import until

from modelyard.plan.serving import ModelPlan

IMAGE = "docker.io/vllm/vllm-openai:v0.0.1"
"""KServe's presets name the image; what it is does not matter to the scheduler."""


@pytest.fixture(scope="session")
def landed(standing: Standing) -> Mapping[str, str]:
    """The kind of node that each pod is on, by its name; with the pods that KServe would make."""
    for thing in standing.snapshot.of("LLMInferenceService"):
        standing.api.create(_as_kserve_makes_it(thing.manifest))
    until(lambda: all(pod["spec"].get("nodeName") for pod in standing.pods()), 30)
    kinds = standing.fleet.kinds
    return {
        pod["metadata"]["name"]: kinds.get(pod["spec"].get("nodeName"), "nowhere")
        for pod in standing.pods()
    }


def _as_kserve_makes_it(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    spec = manifest["spec"]["template"]
    containers = [{"image": IMAGE, **container} for container in spec["containers"]]
    metadata = {
        "name": f"{manifest['metadata']['name']}-kserve",
        "namespace": manifest["metadata"]["namespace"],
        "labels": {**manifest["metadata"]["labels"], **manifest["spec"]["labels"]},
    }
    pod = {**spec, "containers": containers}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": pod}


def test_every_pod_has_a_node(standing: Standing, landed: Mapping[str, str]) -> None:
    assert [name for name, kind in landed.items() if kind == "nowhere"] == []
    assert landed, "the fewest are where a site beside the first serves one model: a replica"


def test_models_are_on_the_nodes_of_the_plan(standing: Standing, landed: Mapping[str, str]) -> None:
    found = {
        planned.name: {landed[pod["metadata"]["name"]] for pod in _pods_of(standing, planned)}
        for planned in standing.plan.models
        if planned.site == standing.place.site
    }
    expected = {name: _expected(standing, name) for name in found}
    assert found == expected


def _expected(standing: Standing, name: str) -> set[str]:
    """CPU nodes for a model without an accelerator; none for what only KServe's operator makes."""
    planned = standing.plan.model(name)
    made_elsewhere = standing.snapshot.get(
        "InferenceService", standing.namespaces["production"], name
    )
    return set() if made_elsewhere else {planned.machine if planned.count else CPU}  # type: ignore[arg-type]


def _pods_of(standing: Standing, planned: ModelPlan) -> list[dict[str, Any]]:
    return [
        pod
        for pod in standing.pods(standing.namespaces["production"])
        if pod["metadata"]["labels"].get("app.kubernetes.io/instance") == planned.name
        and pod["metadata"]["labels"].get("app.kubernetes.io/component") == "model-server"
    ]


def test_what_needs_no_accelerator_is_on_none(
    standing: Standing, landed: Mapping[str, str]
) -> None:
    """The taint keeps everything else away from the dear nodes."""
    asking = {name for name, pod in _by_name(standing) if _devices(pod)}
    on_gpus = {name for name, kind in landed.items() if kind not in (CPU, "nowhere")}
    assert on_gpus == asking


def _by_name(standing: Standing) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from ((pod["metadata"]["name"], pod) for pod in standing.pods())


def _devices(pod: Mapping[str, Any]) -> int:
    """Of a batch run it is the server, a container that starts before its client, that asks."""
    containers = [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]
    return sum(
        int(amount)
        for container in containers
        for name, amount in container.get("resources", {}).get("limits", {}).items()
        if "/" in name
    )


def test_no_node_holds_more_than_it_has(standing: Standing, landed: Mapping[str, str]) -> None:
    """The scheduler sees to it; that devices are told to it as they are is what this shows."""
    held: dict[str, int] = {}
    for pod in standing.pods():
        if pod["status"]["phase"] == "Running":
            node = pod["spec"].get("nodeName", "nowhere")
            held[node] = held.get(node, 0) + _devices(pod)
    has = {n.name: sum(map(int, n.resources.values())) for n in standing.fleet.nodes}
    assert {node: n for node, n in held.items() if n > has.get(node, 0)} == {}
    assert any(held.values()) == any(m.count for m in _here(standing))


def _here(standing: Standing) -> list[ModelPlan]:
    return [m for m in standing.plan.models if m.site == standing.place.site and m.mode != "batch"]
