"""The same on a real API server with Pulumi's own Kubernetes provider, where both are at hand."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from tests.engine.backend import Backend
from tests.engine.operation import begin, engine_of
from tests.engine.runs import carried_out, deployment
from tests.engine.states import Facts, of_graph, of_state
from tests.support.cluster import ControlPlane, reason_to_skip
from tests.support.cluster.fleet import fleet_of
from tests.support.shipped import Case, planned, recorded

CASE = Case("quickstart.yaml", None)
PLUGIN = "pulumi-resource-kubernetes"
KILLS = 5


@pytest.fixture
def real(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> Iterator[Backend]:
    """Random values alone are simulated: they are nowhere but in the state."""
    if shutil.which(PLUGIN) is None:
        pytest.skip(f"{PLUGIN} is not on PATH: `pulumi plugin install resource kubernetes`")
    if reason := reason_to_skip():
        pytest.skip(reason)
    plane = ControlPlane(backend.folder)
    monkeypatch.setenv("KUBECONFIG", str(plane.kubeconfig))
    try:
        plane.add_nodes(fleet_of(planned(CASE).plan, "local").nodes)
        yield replace(backend, packages=("random",))
    finally:
        plane.stop()


def test_a_run_killed_again_and_again_ends_well(real: Backend) -> None:
    """What reached the API server without the engine hearing of it is found there."""
    drawn = random.Random(2026)
    for _ in range(KILLS):
        _killed(real, drawn.uniform(0.5, 4))
    with real.open(planned(CASE).plan) as stack:
        carried_out(stack.up)
        assert facts(of_state(deployment(stack))) == facts(of_graph(recorded(CASE)))
        assert not deployment(stack).get("pending_operations")
        assert carried_out(stack.up).changes == {}
        assert carried_out(stack.refresh).changes == {}


def facts(resources: Mapping[str, Facts]) -> Mapping[str, Facts]:
    """All but the inputs, which the real provider puts into the API's own form."""
    return {urn: {**found, "inputs": None} for urn, found in resources.items()}


def _killed(backend: Backend, seconds: float) -> None:
    """Begin an `up`, and kill the engine so long after its start; it may have ended before."""
    process = begin("up", str(CASE), backend)
    engine = None
    while engine is None and process.poll() is None:
        engine = engine_of(process)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        assert engine is not None
        with contextlib.suppress(ProcessLookupError):
            os.kill(engine, signal.SIGKILL)
    process.wait()
