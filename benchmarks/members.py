"""A fleet in one blueprint: `python -m benchmarks.members [COUNT ...]`.

Plans `blueprints/edge-fleet.yaml` with so many shops, reports and all, a process each: does the
hundredth cost more than the tenth?
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from benchmarks.printing import drawn, this_machine
from benchmarks.process import run

BLUEPRINT = Path("blueprints/edge-fleet.yaml")
NAMED = "members: [altona, barmbek, eppendorf]", "rings: [[altona], [barmbek]]"
COUNTED = "count: {count}", "rings: [['1'], ['2']]"
COLUMNS = ("shops", "CPU\ns", "each\nCPU ms", "RSS\nMiB")


def measure(count: int) -> Mapping[str, float]:
    """Shops, processor time in all and of each, and memory of `modelyard plan`."""
    text = BLUEPRINT.read_text(encoding="utf-8")
    for named, counted in zip(NAMED, COUNTED, strict=True):
        assert named in text, f"{BLUEPRINT} has other members than this was written for"
        text = text.replace(named, counted.format(count=count))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / BLUEPRINT.name
        file.write_text(text, encoding="utf-8")
        found = run(["-c", "from modelyard.cli import main; main()", "plan", str(file)])
    return {
        "shops": count,
        "cpu_s": round(found.processor, 1),
        "cpu_ms_each": round(found.processor / count * 1000),
        "rss_mib": round(found.mib),
    }


def main() -> None:
    """Measure and print."""
    counts = [int(each) for each in sys.argv[1:]] or [50, 100, 200]
    console = Console()
    console.print(", ".join(f"{key} {value}" for key, value in this_machine().items()))
    console.print(drawn("A fleet in one blueprint", COLUMNS, [measure(it) for it in counts]))


if __name__ == "__main__":
    main()
