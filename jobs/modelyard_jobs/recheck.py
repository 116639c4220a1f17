"""Holds a model to its limits anew, soon after what it reads has changed or drifts.

It asks on a clock whether the version in production is marked, so that whoever marks needs no right
to start anything, and one run answers all marks that there are by then. A model is looked at after
those that it reads: it takes over their marks, and waits until they have been looked at since.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from modelyard_jobs import registry
from modelyard_jobs.alerts import Alerts, firing
from modelyard_jobs.config import Config, Model, Section
from modelyard_jobs.jobs import module_of
from modelyard_jobs.revalidate import BECAUSE, MARK, Reader
from modelyard_jobs.verdict import Finding, Report, Verdict
from modelyard_jobs.versions import incumbent

if TYPE_CHECKING:
    from mlflow import MlflowClient

NEEDED = "needed"
DONE = "modelyard.recheck"
"""Tag of the version: the verdict of the last time; when that was is beside it."""


class Drift(Alerts):
    """Alerts by which models drift that this one reads."""

    models: tuple[str, ...]


class Settings(Section):
    checks: tuple[Config, ...]
    """What the model's own checks are told, in the order in which they run."""
    after: tuple[Reader, ...] = ()
    """Models whose answers it reads, and that are looked at anew themselves."""
    drift: Drift | None = None
    pause: float = 86400.0
    """Seconds before it looks once more at what has not passed, or at a drift that lasts."""


@dataclass(frozen=True)
class Mark:
    """Since when, and why, a version is to be looked at."""

    at: datetime
    because: str


def run(config: Config, settings: Settings) -> Report:
    client, now = registry.client(), datetime.now(UTC).replace(microsecond=0)
    there = incumbent(client, config.model)
    if there is None:
        return _left(config, "nothing is in production")
    tags = dict(there.tags)
    new = _new(client, tags, settings, now)
    for key, value in new.items():
        with registry.answering():
            client.set_model_version_tag(there.model, there.number, key, value)
    tags |= new
    if reason := _idle(client, tags, settings, now):
        return _left(config, reason)
    found = tuple(_looked(check, now) for check in settings.checks)
    report = Report(config.job, config.model.name, found, facts={"because": tags[BECAUSE]})
    registry.tagged(report, config.model, now)
    return report


def _left(config: Config, reason: str) -> Report:
    found = Finding(NEEDED, Verdict.PASSED, value=0, reason=reason)
    return Report(config.job, config.model.name, (found,))


def _new(
    client: MlflowClient, tags: dict[str, str], settings: Settings, now: datetime
) -> dict[str, str]:
    """What the version is marked with that was not: the mark of a model it reads, or its drift."""
    own, found = marked(tags), {}
    for upstream in settings.after:
        mark = marked(_tags(client, upstream))
        if mark and (own is None or mark.at > own.at):
            own = mark
            found = {MARK: _text(mark.at), BECAUSE: mark.because}
    for name, alerts in _drifting(settings):
        last = tags.get(f"{MARK}.{name}")
        if last is None or now - datetime.fromisoformat(last) >= _pause(settings):
            drift = {MARK: _text(now), BECAUSE: f"{name}: {alerts}", f"{MARK}.{name}": _text(now)}
            found |= drift
    return found


def marked(tags: dict[str, str]) -> Mark | None:
    """The mark that a version has, whatever has become of it since."""
    at = tags.get(MARK)
    return Mark(datetime.fromisoformat(at), tags.get(BECAUSE, "")) if at else None


def _drifting(settings: Settings) -> Iterator[tuple[str, str]]:
    drift = settings.drift
    for name in drift.models if drift else ():
        if drift and (alerts := firing(drift, name)):
            yield name, ", ".join(alerts)


def _idle(client: MlflowClient, tags: dict[str, str], settings: Settings, now: datetime) -> str:
    """Why there is nothing to do now; empty where there is."""
    mark, last = marked(tags), _last(tags)
    if mark is None:
        return "nothing that it reads has changed"
    if last and last >= mark.at:
        if tags.get(DONE) == Verdict.PASSED:
            return f"it was looked at after {mark.because}"
        if now - last < _pause(settings):
            return f"it has not passed at {_text(last)}, and is left alone for {settings.pause:g} s"
    waits = [each.name for each in settings.after if _waits(_tags(client, each))]
    return f"{', '.join(waits)} is looked at first" if waits else ""


def _waits(tags: dict[str, str]) -> bool:
    """Whether a model is still to be looked at itself."""
    mark, last = marked(tags), _last(tags)
    return mark is not None and (last is None or last < mark.at)


def _last(tags: dict[str, str]) -> datetime | None:
    at = tags.get(f"{DONE}.at")
    return datetime.fromisoformat(at) if at else None


def _tags(client: MlflowClient, model: Reader) -> dict[str, str]:
    found = incumbent(client, Model(**model.model_dump()))
    return dict(found.tags) if found else {}


def _pause(settings: Settings) -> timedelta:
    return timedelta(seconds=settings.pause)


def _text(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")


def _looked(check: Config, now: datetime) -> Finding:
    """Run one check; the version has its verdict as of now, so that no later mark is lifted."""
    from modelyard_jobs import output

    module = module_of(check.job)
    report = module.run(check, module.Settings.model_validate(check.settings))
    if failed := output.written(report, check):
        raise failed[0]
    registry.tagged(report, check.model, now)
    reasons = (f.reason for f in report.findings if f.verdict is report.verdict and f.reason)
    return Finding("check", report.verdict, check.job, reason=next(reasons, ""))
