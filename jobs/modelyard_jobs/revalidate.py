"""Marks the models that read another one's answers, once that one has changed.

The mark is a tag on the version that each of them has in production. It holds until checks of that
version have passed that are younger than the mark, or until a version comes that was registered
after it: `standing` is what the gate asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from modelyard_jobs import registry
from modelyard_jobs.config import Config, Section
from modelyard_jobs.verdict import Finding, Report, Verdict
from modelyard_jobs.versions import holder

if TYPE_CHECKING:
    from mlflow import MlflowClient

MARK, BECAUSE = "modelyard.revalidate", "modelyard.revalidate.because"


class Reader(Section):
    """A model that reads another's answers."""

    name: str
    registered: str
    alias: str = "champion"


class Settings(Section):
    models: tuple[Reader, ...]
    """In the order in which they are to be looked at: each after those it reads itself."""
    because: str
    """The run that changed what they read."""


def run(config: Config, settings: Settings) -> Report:
    """Mark them all; one that has no version in production yet needs no mark."""
    found = list(marked(registry.client(), config.model.name, settings))
    return Report("revalidate", config.model.name, tuple(found))


def marked(client: MlflowClient, upstream: str, settings: Settings) -> Iterator[Finding]:
    """Mark each, and say so."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    for reader in settings.models:
        version = holder(client, reader.registered, reader.alias)
        if version is not None:
            told = {MARK: now, BECAUSE: f"{upstream}: {settings.because}"}
            with registry.answering():
                for key, value in told.items():
                    client.set_model_version_tag(reader.registered, version, key, value)
        said = f"version {version} is marked" if version else "has no version in production yet"
        yield Finding("revalidate", Verdict.PASSED, reader.name, reason=said)


def standing(
    tags: Mapping[str, str], registered: datetime, checks: Iterable[str]
) -> Finding | None:
    """Whether the mark of a model's incumbent keeps a candidate back; None without a mark.

    `tags` are the incumbent's, `registered` is when the candidate was.
    """
    if MARK not in tags:
        return None
    mark = datetime.fromisoformat(tags[MARK])
    because = tags.get(BECAUSE, "")
    if registered > mark:
        return Finding("revalidate", Verdict.PASSED, reason=f"registered after {because}")
    asked = tuple(checks)
    late = [check for check in asked if not _passed_since(tags, check, mark)]
    if asked and not late:
        return Finding("revalidate", Verdict.PASSED, reason=f"checked after {because}")
    missing = ", ".join(late) or "a version that was trained after it"
    return Finding("revalidate", Verdict.BREACHED, reason=f"{because}; wanted: {missing}")


def _passed_since(tags: Mapping[str, str], check: str, mark: datetime) -> bool:
    if tags.get(f"modelyard.{check}") != Verdict.PASSED:
        return False
    at = tags.get(f"modelyard.{check}.at")
    return at is not None and datetime.fromisoformat(at) >= mark
