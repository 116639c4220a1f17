"""`up` of the quickstart on a real API server, beside `kubectl apply` of the same objects.

The Kubernetes provider is the real one; its nodes are simulated, so no image is pulled and no
container runs: what is left is what the two ways themselves take.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.engine.backend import Backend
from tests.support.cluster import ControlPlane, reason_to_skip
from tests.support.cluster.fleet import fleet_of
from tests.support.simulated.providers import Providers

from benchmarks.engine_programs import BLUEPRINT
from modelyard.plan.plan import Plan
from modelyard.program import plan_file, record_plan
from modelyard.recorder.values import plain

PLUGIN = "pulumi-resource-kubernetes"
_TIMEOUT = "300s"


def reason() -> str | None:
    """Why this cannot be measured here, and what to do; None if it can."""
    if shutil.which(PLUGIN) is None:
        return (
            f"{PLUGIN} is not on PATH. Next: `pulumi plugin install resource kubernetes`, and put "
            "its folder below ~/.pulumi/plugins on PATH"
        )
    if shutil.which("kubectl") is None:
        return "kubectl is not on PATH. Next: https://kubernetes.io/docs/tasks/tools"
    return reason_to_skip()


def measure() -> list[Mapping[str, Any]]:
    """Each from nothing, and once more when nothing has changed."""
    plan = plan_file(BLUEPRINT).plan
    with tempfile.TemporaryDirectory() as name:
        plane = ControlPlane(Path(name))
        try:
            plane.add_nodes(fleet_of(plan, next(iter(plan.blueprint.sites))).nodes)
            return [_by_kubectl(plan, plane), _by_engine(plan, plane)]
        finally:
            plane.stop()


def _by_kubectl(plan: Plan, plane: ControlPlane) -> Mapping[str, Any]:
    file = plane.folder / "objects.json"
    objects = _objects(plan)
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))

    def apply() -> None:
        _kubectl(plane, "apply", "--server-side", "--filename", str(file))
        for kind, condition in (("deployment", "Available"), ("job", "Complete")):
            _kubectl(plane, "wait", kind, "--all", "-A", f"--for=condition={condition}")

    first, again = _seconds(apply), _seconds(apply)
    _kubectl(plane, "delete", "--filename", str(file))
    return _row("kubectl apply, and wait", len(objects), first, again)


def _objects(plan: Plan) -> list[Mapping[str, Any]]:
    """As the engine makes them, in its order; something stands in for secrets."""
    graph = record_plan(plan, deployed=True)
    return [plain(dict(r.inputs)) for r in graph if r.type.startswith("kubernetes:")]


def _by_engine(plan: Plan, plane: ControlPlane) -> Mapping[str, Any]:
    with Providers.start(plane.folder) as providers, pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBECONFIG", str(plane.kubeconfig))
        # Only random values are simulated: they are nowhere but in the state.
        backend = Backend(plane.folder, providers, packages=("random",))
        with backend.open(plan) as stack:
            first, again = (_seconds(lambda: stack.up(lambda event: None)) for _ in range(2))
            made = sum(item.type.startswith("kubernetes:") for item in stack.state().resources)
    return _row("up", made, first, again)


def _kubectl(plane: ControlPlane, *arguments: str) -> None:
    command = ["kubectl", "--kubeconfig", str(plane.kubeconfig), *arguments]
    timeout = [] if arguments[0] == "apply" else [f"--timeout={_TIMEOUT}"]
    subprocess.run([*command, *timeout], check=True, stdout=subprocess.DEVNULL)


def _seconds(act: Callable[[], object]) -> float:
    begin = time.perf_counter()
    act()
    return round(time.perf_counter() - begin, 1)


def _row(way: str, objects: int, first: float, again: float) -> Mapping[str, Any]:
    return {"way": way, "objects": objects, "first_s": first, "again_s": again}
