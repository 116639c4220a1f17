"""Brings the online store of features up to date: Feast's own command, whose end is told as any
other job's.

Feast is not among the libraries of the jobs: it stands in its own image, into which the
distribution goes without extras (`pip install modelyard-jobs`).
"""

from __future__ import annotations

import shutil
import subprocess
import time
from datetime import UTC, datetime

from pydantic import Field

from modelyard_jobs.config import Config, Section
from modelyard_jobs.errors import Misconfigured, Unavailable
from modelyard_jobs.verdict import Finding, Report, Verdict

_COMMAND = "feast"
_LAST = 3


class Settings(Section):
    repo: str = "."
    """The folder with `feature_store.yaml`, unless `FEAST_FS_YAML_FILE_PATH` names the file."""
    end: datetime | None = None
    """Up to when; now where left out. Without a zone it is UTC."""
    views: tuple[str, ...] = ()
    """Feature views; all of them where none is named."""
    timeout: float = Field(default=3600.0, gt=0)
    """Seconds after which it is given up."""


def run(config: Config, settings: Settings) -> Report:
    end = settings.end or datetime.now(UTC)
    end = end.astimezone(UTC) if end.tzinfo else end
    began = time.monotonic()
    found = _materialized(settings, end.strftime("%Y-%m-%dT%H:%M:%S"))
    took = Finding("seconds", Verdict.PASSED, value=time.monotonic() - began)
    facts = {"end": end.isoformat(timespec="seconds")}
    return Report(config.job, config.model.name, (found, took), facts=facts)


def _materialized(settings: Settings, end: str) -> Finding:
    views = [part for view in settings.views for part in ("--views", view)]
    command = [_found(), "--chdir", settings.repo, "materialize-incremental", end, *views]
    try:
        ended = subprocess.run(
            command, capture_output=True, text=True, timeout=settings.timeout, check=False
        )
    except subprocess.TimeoutExpired:
        reason = f"given up after {settings.timeout:g} s"
        return Finding("materialized", Verdict.BREACHED, reason=reason)
    except OSError as error:
        what = f"{settings.repo} cannot be worked in: {error}"
        raise Misconfigured(what, "give the folder of the feature repository") from error
    if ended.returncode:
        said = [line for line in (ended.stderr or ended.stdout).splitlines() if line.strip()]
        return Finding("materialized", Verdict.BREACHED, reason=" | ".join(said[-_LAST:]))
    return Finding("materialized", Verdict.PASSED, reason=f"up to {end}")


def _found() -> str:
    there = shutil.which(_COMMAND)
    if there is None:
        what = "there is no command `feast` here"
        raise Unavailable(what, "run the job in Feast's image, with modelyard-jobs installed")
    return there
