"""What is too large: the plan says so, and it is right, for the scheduler finds no place either."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.cluster import ControlPlane, Node
from tests.support.cluster.api import Api
from tests.support.cluster.waiting import until

from modelyard.blueprint.errors import BlueprintError
from modelyard.program import plan_file, record_plan

BLUEPRINT = """
modelyard: 1
name: large
team: {{owner: ml@example.com, domain: demo}}
sites:
  small:
    kind: kubernetes
    gpus: {{engine: attach, nodes: [{{name: l4, accelerator: l4, per_node: {per_node}, count: 2}}]}}
models:
  - name: giant
    type: llm
    source: hf://meta-llama/Llama-3.1-70B-Instruct
    serve: {{engine: vllm, quantization: fp8, context: 8192, concurrency: 4}}
"""
ENOUGH, THERE = 8, 2
PRODUCT = {"nvidia.com/gpu.product": "NVIDIA-L4"}


@pytest.fixture
def nodes(control_plane: ControlPlane) -> Iterator[list[Node]]:
    """What the cluster really has: two nodes with two GPUs each."""
    gpus = {"nvidia.com/gpu": str(THERE)}
    found = [
        Node(f"l4-{i}", "simulated-a", labels=PRODUCT, resources=gpus, taint="nvidia.com/gpu")
        for i in range(2)
    ]
    control_plane.add_nodes(found)
    yield found
    control_plane.remove_nodes(found)


def written(folder: Path, per_node: int) -> Path:
    file = folder / f"{per_node}.yaml"
    file.write_text(BLUEPRINT.format(per_node=per_node), encoding="utf-8")
    return file


def test_the_plan_refuses_it(tmp_path: Path) -> None:
    with pytest.raises(BlueprintError) as refused:
        plan_file(written(tmp_path, THERE))
    assert "giant" in str(refused.value)
    assert "Next: " in str(refused.value)


def test_the_scheduler_would_leave_it_pending(tmp_path: Path, api: Api, nodes: list[Node]) -> None:
    """Planned for nodes that are not there: the pod waits, and says for what."""
    plan = plan_file(written(tmp_path, ENOUGH)).plan
    assert plan.model("giant").count > THERE
    [deployment] = [
        resource.inputs
        for resource in record_plan(plan, deployed=True).of_type("kubernetes:apps/v1:Deployment")
        if resource.inputs["metadata"]["name"] == "giant"
    ]
    pod = _pod(deployment)
    api.create(pod)
    try:
        until(lambda: _why_pending(api, pod))
        assert "Insufficient nvidia.com/gpu" in _why_pending(api, pod)
        live = api.get(pod)
        assert live is not None
        assert "nodeName" not in live["spec"]
    finally:
        api.delete(pod)


def _pod(deployment: Any) -> dict[str, Any]:
    """Of the Deployment, in a namespace that is there; without what only a platform has."""
    spec = dict(deployment["spec"]["template"]["spec"])
    spec["serviceAccountName"] = "default"
    # Its volume does not exist here, and a missing claim is no shortage of GPUs.
    spec["volumes"] = [{"name": v["name"], "emptyDir": {}} for v in spec["volumes"]]
    metadata = {"name": "giant", "namespace": "default"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def _why_pending(api: Api, pod: dict[str, Any]) -> str:
    live = api.get(pod) or {}
    conditions = live.get("status", {}).get("conditions") or []
    return next((c.get("message", "") for c in conditions if c["type"] == "PodScheduled"), "")
