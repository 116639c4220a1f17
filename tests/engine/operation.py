"""`python -m tests.engine.operation UP|... CASE FOLDER CLOUD PORT`: one operation, to be killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.engine.backend import Backend
from tests.engine.runs import carried_out
from tests.support.shipped import cases, planned
from tests.support.simulated.cloud import Cloud
from tests.support.simulated.providers import Providers

_ROOT = Path(__file__).parents[2]


def begin(operation: str, case: str, backend: Backend) -> subprocess.Popen[bytes]:
    """Begin an operation on a stack in a process of its own, the engine below it."""
    providers = backend.providers
    arguments = (operation, case, backend.folder, providers.cloud.file, providers.port)
    return subprocess.Popen(
        [sys.executable, "-m", "tests.engine.operation", *map(str, arguments)],
        cwd=_ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def engine_of(process: subprocess.Popen[bytes]) -> int:
    """The process of the engine that an operation runs."""
    done = subprocess.run(
        ["pgrep", "-P", str(process.pid), "pulumi"], capture_output=True, text=True, check=True
    )
    return int(done.stdout.split()[0])


def _main(operation: str, name: str, folder: str, cloud: str, port: str) -> None:
    backend = Backend(Path(folder), Providers(Cloud(Path(cloud)), int(port)))
    case = next(case for case in cases() if str(case) == name)
    with backend.open(planned(case).plan) as stack:
        carried_out(getattr(stack, operation))


if __name__ == "__main__":
    _main(*sys.argv[1:])
