"""A fleet in one job: `python -m benchmarks.fleet [--count 200] [--jobs 2] [--json]`.

Writes a repository of so many blueprints, made of the shipped ones, changes them, and has
`modelyard ci` review the change.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.commands import FLOORS
from benchmarks.printing import drawn, this_machine
from benchmarks.process import Run, middle, run

SHIPPED = Path("blueprints")
FLOOR = FLOORS["import BaseModel, pulumi"]
_ROUNDS = 5
"""Of the floor; the fleet is measured once, its blueprints being many."""


def _comment(text: str) -> str:
    return f"{text}# looked at again\n"


def _owner(text: str) -> str:
    return text.replace("owner: ", "owner: new-", 1)


def _replicas(text: str) -> str:
    return re.sub(r"max: (\d+)", lambda found: f"max: {int(found[1]) + 1}", text, count=1)


def _budget(text: str) -> str:
    return re.sub(r"(monthly_usd: )(\d+)", r"\g<1>1\2", text, count=1)


def _broken(text: str) -> str:
    return text.replace("modelyard: 1", "modelyard: 1\nnonsense: true", 1)


CHANGES: tuple[Callable[[str], str], ...] = (_owner, _replicas, _budget, _comment)
"""In turn; one in fifty breaks, one in ten is new."""


def write(root: Path, count: int) -> None:
    """The repository, on its branch `change`."""
    shipped = sorted(SHIPPED.glob("*.yaml"))
    before, after = {}, {}
    for number in range(count):
        text = shipped[number % len(shipped)].read_text(encoding="utf-8")
        name = f"team-{number:03}"
        renamed = re.sub(r"(?m)^name: .*$", f"name: {name}", text, count=1)
        change = _broken if number % 50 == 49 else CHANGES[number % len(CHANGES)]
        path = f"teams/{name}.yaml"
        before |= {} if number % 10 == 5 else {path: renamed}
        after[path] = change(renamed)
    _git(root, "init", "--quiet", "--initial-branch=main")
    for branch, files in (("main", before), ("change", after)):
        _git(root, "checkout", "--quiet", "-B", branch)
        for path, text in files.items():
            (root / path).parent.mkdir(exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        _git(root, "add", "--all")
        _git(root, "commit", "--quiet", "--message", branch)


def _git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=x", "-c", "user.email=x@example.com")
    subprocess.run(["git", *identity, "-C", str(root), *arguments], check=True)


_HERE = """
import os, sys
from modelyard.cli.app import app
os.chdir(sys.argv.pop(1))
code = app()
sys.exit(0 if code in (0, 1, 2) else code)
"""
"""Findings and broken blueprints are among what is measured."""


def measure(count: int, jobs: int) -> Mapping[str, Any]:
    """What a fleet takes, over what bare imports take."""
    floor = middle([run(FLOOR) for _ in range(_ROUNDS)])
    with tempfile.TemporaryDirectory() as folder:
        root, out = Path(folder) / "repository", Path(folder) / "review"
        root.mkdir()
        write(root, count)
        arguments = ["ci", "--base=main", f"--jobs={jobs}", f"--out={out}", "--no-comment"]
        whole = run(["-c", _HERE, str(root), *arguments])
        reviews = json.loads((out / "summary.json").read_text())["reviews"]
        comment = len((out / "comment.md").read_bytes())
    return _figures(count, jobs, whole, floor, reviews, comment)


def _figures(
    count: int, jobs: int, whole: Run, floor: Run, reviews: list[Any], comment: int
) -> Mapping[str, Any]:
    statuses = [each["status"] for each in reviews]
    return {
        "blueprints": count,
        "reviews": len(reviews),
        "jobs": jobs,
        "wall_s": round(whole.seconds, 1),
        "cpu_s": round(whole.processor, 1),
        "wall_s_each": round(whole.seconds / count, 2),
        "cpu_s_each": round(whole.processor / count, 2),
        "floor_cpu_s": round(floor.processor, 2),
        "times_floor": round(whole.processor / count / floor.processor, 1),
        "rss_mib": round(whole.mib, 1),
        "statuses": {status: statuses.count(status) for status in dict.fromkeys(statuses)},
        "comment_bytes": comment,
    }


COLUMNS = (
    *("blue-\nprints", "re-\nviews", "jobs", "wall\ns", "CPU\ns", "each\nwall s", "each\nCPU s"),
    *("floor\nCPU s", "x\nfloor", "RSS of\none MiB"),
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fleet", description=__doc__)
    parser.add_argument("--count", type=int, default=200, help="blueprints")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--json", action="store_true", help="for machines")
    asked = parser.parse_args()
    machine, figures = this_machine(), measure(asked.count, asked.jobs)
    if asked.json:
        print(json.dumps({"machine": machine, **figures}, indent=2))
        return
    console = Console()
    console.print(", ".join(f"{key} {value}" for key, value in machine.items()), style="dim")
    shown = {key: value for key, value in figures.items() if key not in ("statuses",)}
    del shown["comment_bytes"]
    console.print(drawn("A fleet in one job", COLUMNS, [shown]))
    told = ", ".join(f"{count} {status}" for status, count in figures["statuses"].items())
    console.print(f"{told}; a comment of {figures['comment_bytes']:,} bytes")


if __name__ == "__main__":
    main()
