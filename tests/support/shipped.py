"""The blueprints that ship, in every environment, planned and recorded once for a test session."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from modelyard.blueprint.loading import Loaded, load, load_all
from modelyard.blueprint.site import CloudSite
from modelyard.program import Planned, plan_file, record_plan
from modelyard.recorder import Graph

FOLDER = Path(__file__).parents[2] / "blueprints"
SCHEMA = FOLDER / "blueprint.schema.json"
PROMISED = {
    "quickstart",
    "small-team",
    "healthcare",
    "finance",
    "retail",
    "manufacturing",
    "llm-platform",
    "onprem",
}
FULLEST = "finance"


@dataclass(frozen=True)
class Case:
    """A shipped blueprint, as it stands (None) or in one of its environments."""

    file: str
    environment: str | None

    @property
    def path(self) -> Path:
        return FOLDER / self.file

    def __str__(self) -> str:
        return "-".join(part for part in (self.path.stem, self.environment) if part)


def files() -> list[Path]:
    """The shipped blueprints; a test elsewhere fails when there are none."""
    return sorted(FOLDER.glob("*.yaml"))


@cache
def cases() -> tuple[Case, ...]:
    """Every file in every environment. A file that does not load is a case all the same: its own
    test is to fail, and not the collection of all others.
    """
    return tuple(case for path in files() for case in _cases(path))


def _cases(path: Path) -> list[Case]:
    try:
        return [Case(path.name, loaded.environment) for loaded in load_all(path)]
    except Exception:
        return [Case(path.name, None)]


def cases_on(kind: type[CloudSite], named: str) -> tuple[Case, ...]:
    """Those with a site of one cloud; a file that does not load is none. `named`: the kind as
    blueprints write it.
    """
    return tuple(case for case in cases() if _on(case, kind, named))


def _on(case: Case, kind: type[CloudSite], named: str) -> bool:
    if named not in case.path.read_text(encoding="utf-8"):
        return False
    try:
        sites = loaded(case).blueprint.sites
    except Exception:
        return False
    return any(isinstance(site, kind) for site in sites.values())


@cache
def loaded(case: Case) -> Loaded:
    return load(case.path, case.environment)


@cache
def planned(case: Case) -> Planned:
    return plan_file(case.path, case.environment)


@cache
def recorded(case: Case, *, deployed: bool = True) -> Graph:
    """The graph as it is once deployed, or as a preview shows it."""
    return record_plan(planned(case).plan, deployed=deployed)
