"""Whether Google Cloud's managed services are asked for what they can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding, Findings, Path
from modelyard.blueprint.cron import cron
from modelyard.blueprint.data_plane import IngestionEngine, ValidationEngine, VersioningEngine
from modelyard.blueprint.requirements import requirement
from modelyard.blueprint.site import GcpSite

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint

_SUBJECT = 127
"""Most bytes of `google.subject`; source: IAM guide, Workload Identity Federation."""


def clock(blueprint: Blueprint) -> Findings:
    """Scans of Dataplex are started by cron, which begins anew every day."""
    ingestion = blueprint.ingestion
    if ingestion is None or ingestion.every is None:
        return
    if ingestion.validation is ValidationEngine.DATAPLEX and cron(ingestion.every) is None:
        what = "dataplex is started by cron, which knows hours that divide a day, days and weeks"
        yield Finding(("ingestion", "every"), what, "write 1h, 2h, 3h, 4h, 6h, 8h, 12h, 1d or 7d")


def packages(blueprint: Blueprint) -> Findings:
    """Composer is told packages by name and version, not by a file."""
    ingestion = blueprint.ingestion
    if ingestion is None or ingestion.engine is not IngestionEngine.AIRFLOW:
        return
    if not isinstance(_site(blueprint), GcpSite):
        return
    for i, line in enumerate(ingestion.requirements):
        if requirement(line) is None:
            what = f"Composer cannot be told '{line}': it takes a name, extras and versions"
            yield Finding(("ingestion", "requirements", i), what, "write it as `pandas==2.2.3`")


def trust(blueprint: Blueprint) -> Findings:
    """A pool that is there already is named; a pipeline's identity is only so long."""
    ingestion, at = blueprint.ingestion, ("ingestion",)
    if ingestion is None or ingestion.versioning is not VersioningEngine.DVC:
        return
    here = isinstance(_site(blueprint), GcpSite)
    if ingestion.pool and (ingestion.trust != "attach" or not here):
        what = "'pool' is for a workload identity pool of Google Cloud that is there already"
        yield Finding((*at, "pool"), what, "remove it" if here else "remove it: `on` is elsewhere")
    if here and ingestion.repositories and ingestion.trust == "attach" and not ingestion.pool:
        what = "nothing says which workload identity pool knows the forges"
        yield Finding((*at, "trust"), what, "add `pool:` with its id, or leave `trust` out")
    if here:
        yield from _subjects(blueprint)


def _subjects(blueprint: Blueprint) -> Findings:
    ingestion = blueprint.ingestion
    assert ingestion is not None
    for i, repository in enumerate(ingestion.repositories):
        path: Path = ("ingestion", "repositories", i)
        if len(subject(repository, ingestion.branch).encode()) > _SUBJECT:
            what = f"Google Cloud takes {_SUBJECT} characters for repository and branch together"
            yield Finding(path, what, "move the repository up, or choose a shorter branch")


def subject(repository: str, branch: str) -> str:
    """Who a forge says that a pipeline is; source: the forges' OIDC guides."""
    host, _, path = repository.partition("/")
    if host == "github.com":
        return f"repo:{path}:ref:refs/heads/{branch}"
    return f"project_path:{path}:ref_type:branch:ref:{branch}"


def _site(blueprint: Blueprint) -> object:
    assert blueprint.ingestion is not None
    return blueprint.sites.get(blueprint.ingestion.on or next(iter(blueprint.sites)))


RULES = (clock, packages, trust)
