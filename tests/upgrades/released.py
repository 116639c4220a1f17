"""A shipped blueprint as a version deployed it: the blueprint itself, and each resource."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.engine.states import checked
from tests.support.shipped import Case, recorded

from modelyard.plan.plan import Plan
from modelyard.program import plan_file
from modelyard.recorder import Graph

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Kept:
    """A resource of a state: what an upgrade has to find again. Secrets are masked."""

    urn: str
    type: str
    custom: bool
    protect: bool
    parent: str | None
    provider: str | None
    inputs: Mapping[str, Any]
    there: str | None = None
    """Its id, where somebody else has made it and it is only read."""


@dataclass(frozen=True)
class Released:
    """One stack of a version."""

    version: str
    name: str
    environment: str | None
    stack: str
    blueprint: str
    """The file's text: later edits of a shipped blueprint are no matter of an upgrade."""
    resources: tuple[Kept, ...]

    def __str__(self) -> str:
        return f"{self.version}-{self.name}"

    def plan(self, folder: Path) -> Plan:
        """Today's plan of that blueprint; a folder to write it to."""
        file = folder / f"{self.name}.yaml"
        file.write_text(self.blueprint, encoding="utf-8")
        return plan_file(file, self.environment).plan

    def write(self) -> Path:
        """Keep it: the same bytes for the same stack."""
        file = FOLDER / self.version / f"{self.name}.json.gz"
        file.parent.mkdir(exist_ok=True)
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
        file.write_bytes(gzip.compress(text.encode(), mtime=0))
        return file


def released_as(version: str, case: Case) -> Released:
    """A shipped blueprint as it is deployed today."""
    graph: Graph = recorded(case)
    resources = tuple(
        Kept(
            *(r.urn, r.type, r.custom, r.protect, r.parent, r.provider, checked(r)),
            there=r.import_id if r.external else None,
        )
        for r in graph
    )
    text = case.path.read_text(encoding="utf-8")
    return Released(version, str(case), case.environment, graph.stack, text, resources)


@cache
def releases() -> tuple[Released, ...]:
    """All that is kept, by version and name."""
    return tuple(_read(file) for file in sorted(FOLDER.glob("*/*.json.gz")))


def _read(file: Path) -> Released:
    content = json.loads(gzip.decompress(file.read_bytes()))
    resources = tuple(Kept(**resource) for resource in content.pop("resources"))
    return Released(**content, resources=resources)
