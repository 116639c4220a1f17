"""Where a test keeps its stacks: a backend of files, and what the engine is told about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml
from tests.support.simulated.cloud import Cloud
from tests.support.simulated.providers import PACKAGES, Providers

from modelyard.engine.project import Project
from modelyard.engine.stack import Stack
from modelyard.plan.plan import Plan
from modelyard.program import CONFIG, PROJECT

PASSPHRASE = "correct horse battery staple"


@dataclass(frozen=True)
class Backend:
    """A folder with a backend, settings and a home of the engine's own."""

    folder: Path
    providers: Providers
    quick: bool = False
    """Whether the state is written once at the end. Else, after each step, all of it: that takes
    the engine most of its time, with the square of the resources."""
    parameters: str = "?metadata=skip"
    """Of the backend's address."""
    packages: tuple[str, ...] = PACKAGES
    """Those whose providers are simulated."""

    @property
    def cloud(self) -> Cloud:
        return self.providers.cloud

    @property
    def kept(self) -> Path:
        """All that the engine writes: state, backups, history, settings, logs."""
        return self.folder / "kept"

    def environment(self) -> Mapping[str, str]:
        """What the engine is told."""
        once = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}
        return {
            **(once if self.quick else {}),
            # Beside the state it would keep a file that a kill can cut off (test_kill.py).
            "PULUMI_BACKEND_URL": f"file://{self._made('state')}{self.parameters}",
            "PULUMI_HOME": str(self._made("home")),
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            # Else it looks for the plugins on the network at every start, seconds each time.
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            **self.providers.environment(self.packages),
        }

    @contextmanager
    def open(self, plan: Plan, name: str | None = None) -> Iterator[Stack]:
        """The stack of a plan; made if it is not there."""
        content = {"name": PROJECT, "runtime": "python", "config": dict(CONFIG)}
        project = Project(self._made("settings"), content)
        environment = self.environment()
        with Stack.open(plan, project, name=name, create=True, env=environment) as stack:
            yield stack

    def salt(self, stack: str) -> str:
        """What goes with the passphrase of a stack."""
        file = self.kept / "settings" / f"Pulumi.{stack}.yaml"
        return yaml.safe_load(file.read_text(encoding="utf-8"))["encryptionsalt"]

    def _made(self, name: str) -> Path:
        folder = self.kept / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder
