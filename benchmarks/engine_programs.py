"""What `up` is measured with: platforms of ours, and as many resources of no one's."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pulumi

from benchmarks.copies import copies

BLUEPRINT = Path("blueprints/quickstart.yaml")


@dataclass
class Clock:
    """When the program began, and when it had handed over its last resource."""

    began: float = 0.0
    handed_over: float = 0.0
    processor: float = 0.0
    """Seconds of this process until then."""

    def timed(self, program: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            self.began, before = time.perf_counter(), time.process_time()
            program()
            self.handed_over = time.perf_counter()
            self.processor = time.process_time() - before

        return run


def platforms(folder: Path, count: int, *, drained: bool) -> Callable[[], None]:
    """Copies of the quickstart under names of their own, planned beforehand.

    `drained`: wait as the package does; else as the SDK does by itself.
    """
    from modelyard.platform import Platform
    from modelyard.program import plan_file
    from modelyard.settling import settle

    plans = [plan_file(file).plan for file in copies(BLUEPRINT, folder, count)]

    def program() -> None:
        for plan in plans:
            Platform(plan)
        if drained:
            pulumi.run(settle)

    return program


def bare(count: int) -> Callable[[], None]:
    """The floor: untyped resources that need nothing of each other, below one provider."""
    from modelyard.settling import settle

    def program() -> None:
        provider = pulumi.ProviderResource("kubernetes", "bare", {"clusterIdentifier": "bare"})
        for number in range(count - 1):
            name = f"settings-{number}"
            manifest = {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": name, "namespace": "default"},
                "data": {"number": str(number)},
            }
            options = pulumi.ResourceOptions(provider=provider)
            pulumi.CustomResource("kubernetes:core/v1:ConfigMap", name, manifest, options)
        pulumi.run(settle)

    return program


def resources_of(program: Callable[[], None]) -> int:
    """How many resources a program makes."""
    from modelyard.program import CONFIG, PROJECT
    from modelyard.recorder import Mode, record

    graph = record(program, project=PROJECT, stack="count", config=CONFIG, mode=Mode.UPDATE)
    return len(graph)
