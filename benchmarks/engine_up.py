"""One `up` on the engine with simulated providers, and where its time goes; a process each.

Run as a program it measures one and prints JSON.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from pulumi import automation as auto
from tests.engine.backend import Backend
from tests.support.simulated.providers import Providers

from benchmarks.engine_programs import BLUEPRINT, Clock, bare, platforms, resources_of
from benchmarks.process import run
from modelyard.engine import PARALLEL
from modelyard.program import plan_file

EACH = 91
"""Resources of one copy; the program counts them itself, and this only says how many copies."""


def measure(kind: str, resources: int, *, saved: bool = False) -> Mapping[str, float]:
    """An `up` of about so many resources from nothing: `ours`, `undrained` or `bare`.

    `saved`: with the state written after each step, as the engine does unless it is told not to.
    """
    arguments = [kind, str(resources), "saved" if saved else "once"]
    return json.loads(run(["-m", "benchmarks.engine_up", *arguments]).output.splitlines()[-1])


def _program(kind: str, resources: int, folder: Path) -> tuple[Callable[[], None], int]:
    copies = platforms(folder, max(1, round(resources / EACH)), drained=kind == "ours")
    count = resources_of(platforms(folder, 1, drained=True)) * max(1, round(resources / EACH))
    return (bare(count) if kind == "bare" else copies), count


def _measure_here(kind: str, resources: int, saved: bool) -> Mapping[str, float]:
    with tempfile.TemporaryDirectory() as name:
        with Providers.start(Path(name)) as providers:
            program, count = _program(kind, resources, Path(name))
            backend = Backend(Path(name), providers, quick=not saved)
            figures = _timed(backend, program)
            made = len(providers.cloud.calls("Create"))
            before = os.times()
        # Its time counts once it has ended.
        providing = _children(os.times()) - _children(before)
    return {"resources": count, **figures, "providers_cpu_s": round(providing, 2), "made": made}


def _timed(backend: Backend, program: Callable[[], None]) -> Mapping[str, float]:
    clock = Clock()
    with backend.open(plan_file(BLUEPRINT).plan, "bench") as stack:
        stack.opened.workspace.program = clock.timed(program)
        before, begin = os.times(), time.perf_counter()
        _up(stack.opened)
        wall, after = time.perf_counter() - begin, os.times()
    own = after.user + after.system - before.user - before.system
    return {
        "wall_s": round(wall, 2),
        "start_s": round(clock.began - begin, 2),
        "program_cpu_s": round(clock.processor, 2),
        "python_cpu_s": round(own, 2),
        "engine_cpu_s": round(_children(after) - _children(before), 2),
    }


def _children(times: os.times_result) -> float:
    return times.children_user + times.children_system


def _up(stack: auto.Stack) -> None:
    stack.up(parallel=PARALLEL, show_secrets=False, on_event=lambda event: None)


if __name__ == "__main__":
    print(json.dumps(_measure_here(sys.argv[1], int(sys.argv[2]), sys.argv[3] == "saved")))
