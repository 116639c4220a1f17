"""Killed at any moment, a run is taken up by the next one: nothing twice, nothing forgotten."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import time
from dataclasses import dataclass, replace

import pytest
from tests.engine.backend import Backend
from tests.engine.operation import begin, engine_of
from tests.engine.runs import carried_out, deployment
from tests.engine.states import differing, of_graph, of_state, standing, things
from tests.support.shipped import Case, planned, recorded
from tests.support.simulated.cloud import Cloud
from tests.support.simulated.orders import Kind, Order, give, met, take_back

from modelyard.blueprint.errors import NotReadyError

CASE = Case("quickstart.yaml", None)
UNPROTECTED = Case("llm-platform.yaml", "trial")
SEED = int(os.environ.get("MODELYARD_KILL_SEED", "2026"))
POINTS = 20
CALLS = 150
"""About as many as the providers get in a run that nobody disturbs: a check and a creation of each
of its resources. A test below says when that is no longer so."""


@dataclass(frozen=True)
class Point:
    """Who is killed while the n-th call is under way, before or after the cloud has done it."""

    victim: str
    nth: int
    after: bool

    def __str__(self) -> str:
        return f"{self.victim}-{self.nth}-{'after' if self.after else 'before'}"


def points(victim: str, most: int = CALLS) -> list[Point]:
    """Random ones, the same for a seed; it is printed by the ids of the tests."""
    drawn = random.Random(f"{SEED} {victim}")
    return [Point(victim, drawn.randint(1, most), drawn.random() < 0.5) for _ in range(POINTS)]


@pytest.mark.parametrize("point", [*points("engine"), *points("program")], ids=str)
def test_the_next_run_finishes(point: Point, backend: Backend) -> None:
    _killed("up", point, backend)
    with backend.open(planned(CASE).plan) as stack:
        carried_out(stack.up)
        state = deployment(stack)
        assert differing(of_state(state), of_graph(recorded(CASE))) == []
        assert not state.get("pending_operations")
        assert things(state) == standing(backend.cloud.things())


@pytest.mark.parametrize("point", points("engine", 60)[:4], ids=str)
def test_what_was_cut_off_is_destroyed_too(point: Point, backend: Backend) -> None:
    """Also what the engine never heard of, and though no run went before."""
    _killed("up", point, backend, UNPROTECTED)
    with backend.open(planned(UNPROTECTED).plan) as stack:
        carried_out(stack.destroy)
        assert backend.cloud.things() == []
        assert stack.state().empty


def test_there_are_as_many_calls_as_points_are_drawn_from(backend: Backend) -> None:
    with backend.open(planned(CASE).plan) as stack:
        carried_out(stack.up)
    assert CALLS * 0.9 < len(backend.cloud.calls()) < CALLS * 1.2


def test_a_file_cut_off_beside_the_state_is_told_of(quick: Backend) -> None:
    """The engine writes it in place: a kill at that moment leaves it empty, and the stack shut."""
    backend = replace(quick, parameters="")
    with backend.open(planned(CASE).plan) as stack:
        carried_out(stack.up)
        [file] = backend.kept.rglob(f"{stack.name}.json.attrs")
        file.write_bytes(b"")
        with pytest.raises(NotReadyError, match=re.escape("delete that file")):
            stack.state()
        file.unlink()
        assert len(stack.state().resources) == len(recorded(CASE))


def _killed(operation: str, point: Point, backend: Backend, case: Case = CASE) -> None:
    """Begin an operation, kill it at that point, and wait until nothing of it runs any more."""
    cloud = backend.cloud
    order = give(cloud, Order(Kind.FREEZE, nth=point.nth, after=point.after))
    process = begin(operation, str(case), backend)
    try:
        _wait_for(cloud, order, process)
        engine = engine_of(process)
        assert engine is not None
        os.kill(engine if point.victim == "engine" else process.pid, signal.SIGKILL)
        if point.victim == "program":
            process.wait()
        take_back(cloud, order)
        assert process.wait() != 0
        _wait_until_gone(engine)
    finally:
        process.kill()
        process.wait()


def _wait_for(cloud: Cloud, order: int, process: subprocess.Popen[bytes]) -> None:
    while not met(cloud, order):
        assert process.poll() is None, "the run ended before it came to this call"
        time.sleep(0.01)


def _wait_until_gone(engine: int) -> None:
    """An engine whose program is gone finishes what is under way."""
    while True:
        try:
            os.kill(engine, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
