"""`python -m benchmarks.engine [--quick] [--json]`: `up` of our program over the engine's floor.

The floor is a program of as many untyped resources in the same run. Providers are simulated: what
a cluster takes is not in it.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from rich.console import Console

from benchmarks import engine_cluster
from benchmarks.engine_up import measure
from benchmarks.printing import drawn, this_machine

SIZES, QUICK = (100, 1000, 5000), (100, 1000)
SAVED = 100
"""Resources with the state saved after each step, as the engine does by itself: the time for that
grows with their square."""
UNDRAINED = (1000, 5000)

HEADINGS = (
    *("program", "res-\nources", "wall\ns", "start\ns", "handing\nover\nCPU s"),
    *("Python\nCPU s", "engine\nCPU s", "providers\nCPU s", "x\nfloor"),
)
CLUSTER = ("quickstart by", "objects", "from nothing\ns", "unchanged\ns")
NAMES = {"bare": "floor", "ours": "platforms", "undrained": "with the SDK's wait"}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="once, at most 1,000 resources")
    parser.add_argument("--json", action="store_true", help="for machines")
    arguments = parser.parse_args()
    _need_an_engine()
    rows = _rows(QUICK if arguments.quick else SIZES, 1 if arguments.quick else 3)
    absent = engine_cluster.reason()
    cluster = [{"skipped": absent}] if absent else engine_cluster.measure()
    results = {"machine": this_machine(), "up": rows, "cluster": cluster}
    print(json.dumps(results, indent=2)) if arguments.json else _show(results)


def _need_an_engine() -> None:
    if shutil.which("pulumi") is None:
        raise SystemExit(
            "the `pulumi` command is not on PATH. Next: `make tools`, and put the folder that it "
            "names on PATH; or https://www.pulumi.com/docs/install"
        )


def _rows(sizes: Sequence[int], rounds: int) -> list[Mapping[str, Any]]:
    """Each size of ours right after its floor, so that a busy minute meets both alike."""
    rows: list[Mapping[str, Any]] = []
    for size in sizes:
        times = rounds if size < max(SIZES) else 1
        kinds = ["bare", "ours", *(["undrained"] if size in UNDRAINED else [])]
        rows += _compared({kind: [] for kind in kinds}, size, times, saved=False)
        if size == SAVED:
            rows += _compared({"bare": [], "ours": []}, size, times, saved=True)
    return rows


def _compared(
    runs: dict[str, list[Mapping[str, float]]], size: int, times: int, *, saved: bool
) -> list[Mapping[str, Any]]:
    for _ in range(times):
        for kind, measured in runs.items():
            measured.append(measure(kind, size, saved=saved))
    middle = {kind: _middle(measured) for kind, measured in runs.items()}
    floor = _processor(middle["bare"])
    return [
        {
            "program": NAMES[kind] + (", saved" if saved else ""),
            **figures,
            "times_floor": round(_processor(figures) / floor, 2),
        }
        for kind, figures in middle.items()
    ]


def _processor(figures: Mapping[str, float]) -> float:
    """Of all three processes: a busy machine blurs it less than wall time."""
    return sum(figures[f"{part}_cpu_s"] for part in ("python", "engine", "providers"))


def _middle(measured: Sequence[Mapping[str, float]]) -> dict[str, float]:
    shown = [key for key in measured[0] if key != "made"]
    return {key: median(each[key] for each in measured) for key in shown}


def _show(results: Mapping[str, Any]) -> None:
    console = Console(width=100)
    machine = results["machine"]
    console.print(", ".join(f"{key} {value}" for key, value in machine.items()), style="dim")
    console.print(drawn("`up` from nothing, simulated providers", HEADINGS, results["up"]))
    if skipped := results["cluster"][0].get("skipped"):
        console.print(f"On a real API server: skipped, {skipped}")
    else:
        console.print(drawn("On a real API server", CLUSTER, results["cluster"]))


if __name__ == "__main__":
    main()
