"""`python -m benchmarks [--quick] [--json]`."""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks import commands, growth


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer runs, at most 100 blueprints")
    parser.add_argument("--json", action="store_true", help="for machines")
    arguments = parser.parse_args()
    rounds, counts = (3, (10, 100)) if arguments.quick else (9, (10, 100, 1000))
    results = {
        "machine": _machine(),
        "rounds": rounds,
        "commands": [timing.json() for timing in commands.measure(rounds)],
        "growth": [growth.measure(count) for count in counts],
    }
    print(json.dumps(results, indent=2)) if arguments.json else _show(results)


def _machine() -> Mapping[str, object]:
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
    }


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
    console.print(_table(each, COMMANDS, results["commands"]))
    many = f"{growth.BLUEPRINT} ({growth.ENVIRONMENT}) under many names"
    console.print(_table(many, GROWTH, results["growth"]))
    console.print(_ratio(results["growth"]))


def _ratio(rows: Sequence[Mapping[str, float]]) -> str:
    first, last = rows[0], rows[-1]
    each = [row["plan_cpu_ms_each"] + row["record_cpu_ms_each"] for row in (first, last)]
    return (
        f"Of {last['blueprints']} blueprints each takes {each[1] / each[0]:.2f} times the CPU "
        f"that each of {first['blueprints']} takes."
    )


def _table(title: str, columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="left" if column == "command" else "right")
    for row in rows:
        table.add_row(*(str(cell) for cell in row.values()))
    return table


if __name__ == "__main__":
    main()
