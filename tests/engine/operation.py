"""`python -m tests.engine.operation up CASE FOLDER CLOUD PORT PACKAGE...`: one, to be killed."""

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
    arguments += backend.packages
    return subprocess.Popen(
        [sys.executable, "-m", "tests.engine.operation", *map(str, arguments)],
        cwd=_ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def engine_of(process: subprocess.Popen[bytes], operation: str = "up") -> int | None:
    """The process of the engine that carries out an operation; None where it does not run."""
    done = subprocess.run(
        ["pgrep", "-P", str(process.pid), "-f", f"pulumi .*{operation} "],
        capture_output=True,
        text=True,
        check=False,
    )
    return int(done.stdout.split()[0]) if done.stdout else None


def _main(operation: str, name: str, folder: str, cloud: str, port: str, *packages: str) -> None:
    providers = Providers(Cloud(Path(cloud)), int(port))
    backend = Backend(Path(folder), providers, packages=packages)
    case = next(case for case in cases() if str(case) == name)
    with backend.open(planned(case).plan) as stack:
        carried_out(getattr(stack, operation))


if __name__ == "__main__":
    _main(*sys.argv[1:])
