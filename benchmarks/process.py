"""One run of a program, as the operating system saw it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from statistics import median

_UNITS_PER_MIB = 2**20 if sys.platform == "darwin" else 2**10
"""`ru_maxrss` is in bytes on macOS and in KiB elsewhere."""


@dataclass(frozen=True)
class Run:
    """Wall and processor time in seconds, the most memory resident at a time in MiB."""

    seconds: float
    processor: float
    mib: float
    output: str


def run(arguments: list[str]) -> Run:
    """Run `python ARGUMENTS` with bytecode on. Raises SystemExit with its words if it fails."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        begin = time.perf_counter()
        child = subprocess.Popen(
            [sys.executable, *arguments], stdout=output, stderr=errors, env=environment
        )
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if child.returncode:
            raise SystemExit(f"{' '.join(arguments)} failed:\n{errors.read()}")
        processor = usage.ru_utime + usage.ru_stime
        return Run(seconds, processor, usage.ru_maxrss / _UNITS_PER_MIB, output.read())


def middle(runs: list[Run]) -> Run:
    """The medians of times and of memory."""
    return Run(
        median(run.seconds for run in runs),
        median(run.processor for run in runs),
        median(run.mib for run in runs),
        "",
    )
