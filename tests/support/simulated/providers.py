"""The providers' process, as a test starts and ends it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.simulated.cloud import Cloud

PACKAGES = ("kubernetes", "random", "tls", "aws", "gcp")
_ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Providers:
    """A running process, and the cloud that it works on."""

    cloud: Cloud
    port: int

    @classmethod
    @contextmanager
    def start(cls, folder: Path) -> Iterator[Providers]:
        """Start them; the cloud's file is in the folder. They end with the block, or with us."""
        cloud = Cloud(folder / "cloud.sqlite")
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.simulated", str(cloud.file)],
            cwd=_ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        try:
            port = process.stdout.readline().strip()
            if not port:
                raise RuntimeError(f"the simulated providers ended with {process.wait()}")
            yield cls(cloud, int(port))
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
            cloud.close()

    def environment(self, packages: Iterable[str] = PACKAGES) -> Mapping[str, str]:
        """What the engine needs to use them in place of plugins."""
        attached = ",".join(f"{package}:{self.port}" for package in packages)
        return {"PULUMI_DEBUG_PROVIDERS": attached}
