"""Marks the models that read another one's answers, once that one has changed.

The mark is a tag on the version that each of them has in production. It holds until checks of that
version have passed that are younger than the mark, or until a version comes that was registered
after it: `standing` is what the gate asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from modelyard_jobs.config import Config, Section
from modelyard_jobs.verdict import Finding, Report, Verdict

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
    from mlflow import MlflowClient

    found = list(marked(MlflowClient(), config.model.name, settings))
    return Report("revalidate", config.model.name, tuple(found))


def marked(client: Any, upstream: str, settings: Settings) -> Iterable[Finding]:
    """Mark each, and say so. `client` is MLflow's."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    for reader in settings.models:
        version = version_of(client, reader.registered, reader.alias)
        if version is None:
            said = "has no version in production yet"
        else:
            client.set_model_version_tag(reader.registered, version, MARK, now)
            because = f"{upstream}: {settings.because}"
            client.set_model_version_tag(reader.registered, version, BECAUSE, because)
            said = f"version {version} is marked"
        yield Finding("revalidate", Verdict.PASSED, reader.name, reason=said)


def version_of(client: Any, model: str, alias: str) -> str | None:
    """The version that an alias names; None when it names none."""
    from mlflow.exceptions import MlflowException

    try:
        return str(client.get_model_version_by_alias(model, alias).version)
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise


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
