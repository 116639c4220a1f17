"""Whether a model is to be trained anew, now: an alert of it fires, the last training is long
enough ago, and nobody else has just said so.

Its verdict is `breached` where training is to start, for a workflow to go on by, and `passed` where
there is nothing to do. Training that a cloud runs it starts itself. That Prometheus, the registry
or the cloud do not answer is an error, not a no.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from modelyard_jobs import registry
from modelyard_jobs.alerts import Alerts, firing
from modelyard_jobs.config import Config
from modelyard_jobs.starting import Starts, Training, training
from modelyard_jobs.verdict import Finding, Report, Verdict

if TYPE_CHECKING:
    from mlflow import MlflowClient

RETRAINED = "modelyard.retrained_at"
"""Tag of what training registers under: when it was last started because of an alert."""
_EXISTS = "RESOURCE_ALREADY_EXISTS"


class Settings(Alerts):
    cooldown: float = 86400.0
    """Seconds between two trainings."""
    starts: Starts = Starts()
    """What runs them, if that is a cloud."""


def run(config: Config, settings: Settings) -> Report:
    alerts = firing(settings, config.model.name)
    reason = _against(config, settings, alerts) if alerts else "none of its alerts fires"
    start = Verdict.PASSED if reason else Verdict.BREACHED
    found = (
        Finding("firing", Verdict.PASSED, value=len(alerts), reason=", ".join(alerts)),
        Finding("start", start, value=float(not reason), reason=reason),
    )
    return Report(config.job, config.model.name, found)


def _against(config: Config, settings: Settings, alerts: tuple[str, ...]) -> str:
    """Why not now; empty where this run is the one that starts training."""
    if outside := training(settings.starts):
        return _started(outside, settings, ", ".join(alerts))
    client, name = registry.client(), registry.candidates(config.model)
    with registry.answering():
        before = _retrained(client, name)
        last = max(_moments(client, name, before), default=None)
        if early := _early(settings, last):
            return early
        return "" if _claimed(client, name, before) else "another run has started it just now"


def _early(settings: Settings, last: datetime | None) -> str:
    """Why it is left alone; empty where it has waited long enough."""
    waited = (datetime.now(UTC) - last).total_seconds() if last else settings.cooldown
    if waited >= settings.cooldown:
        return ""
    return f"it was trained {waited:.0f} s ago, and is left alone for {settings.cooldown:g}"


def _started(outside: Training, settings: Settings, because: str) -> str:
    """Why a cloud does not train it now; empty where it was told to."""
    last = outside.last()
    if last and last.underway:
        return f"a run of {last.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC is under way"
    if early := _early(settings, last.at if last else None):
        return early
    outside.start(because, last)
    return ""


def _retrained(client: MlflowClient, name: str) -> str | None:
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != _EXISTS:
            raise
    return client.get_registered_model(name).tags.get(RETRAINED)


def _moments(client: MlflowClient, name: str, before: str | None) -> Iterator[datetime]:
    """When training was started, or has registered something, be it by the clock or by hand."""
    if before:
        yield datetime.fromisoformat(before)
    for version in client.search_model_versions(f"name='{name}'"):
        yield datetime.fromtimestamp(version.creation_timestamp / 1000, UTC)


def _claimed(client: MlflowClient, name: str, before: str | None) -> bool:
    """Whether this run is the first to act on what was `before`.

    Tags cannot be set on a condition, but names of experiments are given once, and stay taken when
    the experiment is deleted: who can make the next one has the claim. The tag is set by whoever
    comes by, so that a run that was stopped in between holds nobody up for longer than it waits.
    """
    from mlflow.exceptions import MlflowException

    claim = f"modelyard/retraining/{name}/{before or 'first'}"
    try:
        made = client.create_experiment(claim)
        client.delete_experiment(made)
    except MlflowException as error:
        if error.error_code != _EXISTS:
            raise
        made = None
    experiment = client.get_experiment_by_name(claim)
    if experiment is not None and experiment.creation_time is not None:
        at = datetime.fromtimestamp(experiment.creation_time / 1000, UTC)
        _noted(client, name, at.isoformat(timespec="milliseconds"))
    return made is not None


def _noted(client: MlflowClient, name: str, at: str) -> None:
    """Set the tag. Of several that do so for the first time at once, the registry takes one."""
    from mlflow.exceptions import MlflowException

    try:
        client.set_registered_model_tag(name, RETRAINED, at)
    except MlflowException:
        if RETRAINED not in client.get_registered_model(name).tags:
            raise
