"""Many blueprints in one process: does the thousandth cost more than the tenth?

Run as a program it measures one count and prints JSON; a process each keeps memory comparable.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.copies import copies
from benchmarks.process import run

BLUEPRINT = Path("blueprints/finance.yaml")
ENVIRONMENT = "prod"


def measure(count: int) -> Mapping[str, float]:
    """Processor time and memory of so many blueprints, in a process of their own."""
    return json.loads(run(["-m", "benchmarks.growth", str(count)]).output)


def _resident() -> float:
    """Memory resident now, MiB; the most so far where the system tells no better."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def _measure_here(count: int) -> Mapping[str, float]:
    from modelyard.program import plan_file, record_plan

    with tempfile.TemporaryDirectory() as name:
        first, *files = copies(BLUEPRINT, Path(name), count + 1)
        resources = len(list(record_plan(plan_file(first, ENVIRONMENT).plan)))
        before, planning, recording, began = _resident(), 0.0, 0.0, time.perf_counter()
        for file in files:
            begin = time.process_time()
            plan = plan_file(file, ENVIRONMENT).plan
            planned = time.process_time()
            record_plan(plan)
            planning += planned - begin
            recording += time.process_time() - planned
        wall, grown = time.perf_counter() - began, _resident() - before
    return {
        "blueprints": count,
        "resources_each": resources,
        "plan_cpu_ms_each": round(planning / count * 1000, 1),
        "record_cpu_ms_each": round(recording / count * 1000, 1),
        "wall_s": round(wall, 1),
        "rss_mib": round(before + grown, 1),
        "rss_grown_kib_each": round(grown / count * 1024, 1),
    }


if __name__ == "__main__":
    print(json.dumps(_measure_here(int(sys.argv[1]))))
