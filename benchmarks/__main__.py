"""`python -m benchmarks [--quick] [--json]`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console

from benchmarks import commands, growth
from benchmarks.printing import drawn, this_machine


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer runs, at most 100 blueprints")
    parser.add_argument("--json", action="store_true", help="for machines")
    arguments = parser.parse_args()
    rounds, counts = (3, (10, 100)) if arguments.quick else (9, (10, 100, 1000))
    results = {
        "machine": this_machine(),
        "rounds": rounds,
        "commands": [timing.json() for timing in commands.measure(rounds)],
        "growth": [growth.measure(count) for count in counts],
    }
    print(json.dumps(results, indent=2)) if arguments.json else _show(results)


COMMANDS = ("command", "wall\ns", "own\ns", "CPU\ns", "own\nCPU s", "x\nfloor", "RSS\nMiB")
GROWTH = (
    *("blue-\nprints", "res-\nources", "plan\nCPU ms", "record\nCPU ms"),
    *("wall\ns", "RSS\nMiB", "grown\nKiB each"),
)
"""Headings of the two tables, in the order of the values."""


def _show(results: Mapping[str, Any]) -> None:
    console, machine = Console(), results["machine"]
    console.print(", ".join(f"{key} {value}" for key, value in machine.items()), style="dim")
    each = f"A process each, median of {results['rounds']}"
    console.print(drawn(each, COMMANDS, results["commands"]))
    many = f"{growth.BLUEPRINT} ({growth.ENVIRONMENT}) under many names"
    console.print(drawn(many, GROWTH, results["growth"]))
    console.print(_ratio(results["growth"]))


def _ratio(rows: Sequence[Mapping[str, float]]) -> str:
    first, last = rows[0], rows[-1]
    each = [row["plan_cpu_ms_each"] + row["record_cpu_ms_each"] for row in (first, last)]
    return (
        f"Of {last['blueprints']} blueprints each takes {each[1] / each[0]:.2f} times the CPU "
        f"that each of {first['blueprints']} takes."
    )


if __name__ == "__main__":
    main()
