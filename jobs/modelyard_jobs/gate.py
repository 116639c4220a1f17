"""Whether a candidate may come into production: its metrics keep their bounds, the checks that are
asked for have passed, and it is no worse than what is there. Every reason is said at once.

What is not known of a candidate is held against it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from modelyard_jobs import registry
from modelyard_jobs.config import Bound, Config, Section
from modelyard_jobs.errors import Misconfigured
from modelyard_jobs.revalidate import Reader, standing
from modelyard_jobs.verdict import Finding, Report, Verdict
from modelyard_jobs.versions import PREVIOUS, Version, holder, incumbent, known, newest

if TYPE_CHECKING:
    from mlflow import MlflowClient

NOT_WORSE = "not worse"
DRIFT = "modelyard.drift"
"""Tag of a version: the verdict of the job that looks for drift."""


class Settings(Section):
    version: str | None = None
    """Of the candidate; the model's, or the newest where neither is given."""
    benchmark: dict[str, Bound] = {}
    """What metrics have to reach: those that training logged, or a job measured since."""
    fairness: dict[str, Bound] = {}
    """As `benchmark`, of groups that are to be treated alike."""
    checks: tuple[str, ...] = ()
    """Jobs whose verdict on the version has to be `passed`."""
    incumbent: bool = True
    """Whether the metrics of `benchmark` may not be worse than those of what is there."""
    tolerance: float = 0.0
    """By which share of the incumbent's they may be."""
    revalidate: tuple[str, ...] = ()
    """Jobs that lift the mark of a changed model upstream, once they have passed since."""
    reads: tuple[Reader, ...] = ()
    """Models whose answers it reads: while one of them drifts, nothing is let in."""


def run(config: Config, settings: Settings) -> Report:
    client = registry.client()
    if settings.version == PREVIOUS:
        return _back(client, config)
    return gated(client, config, settings, chosen(client, config, settings.version))


def _back(client: MlflowClient, config: Config) -> Report:
    """What going back meets: no gate, for that version has been in production."""
    model = registry.registered(config.model)
    number, there = holder(client, model, PREVIOUS), incumbent(client, config.model)
    facts = {"incumbent": there.number} if there else {}
    if number is None:
        reason = f"'{model}' has no previous version to go back to"
        none = Finding("version", Verdict.BREACHED, reason=reason)
        return Report(config.job, config.model.name, (none,), facts=facts)
    been = Finding("version", Verdict.PASSED, reason="it has been in production")
    return Report(config.job, config.model.name, (been,), facts={"version": number, **facts})


def chosen(client: MlflowClient, config: Config, version: str | None) -> str:
    """The number of the version to look at. Raises `Misconfigured` where there is none."""
    name = registry.candidates(config.model)
    number = version or config.model.version or newest(client, name)
    if number is None:
        raise Misconfigured(f"'{name}' has no version in the registry", "register one, or name one")
    return number


def gated(client: MlflowClient, config: Config, settings: Settings, number: str) -> Report:
    """What stands for and against a version."""
    name = registry.candidates(config.model)
    candidate, there = known(client, name, number), incumbent(client, config.model)
    facts = {"version": number, **({"incumbent": there.number} if there else {})}
    if candidate is not None:
        found = (*_held(candidate, there, settings), *_reading(client, candidate, there, settings))
    elif settings.benchmark or settings.fairness or settings.checks:
        reason = f"'{name}' has no version {number}, so that nothing is known of it"
        found = (Finding("version", Verdict.BREACHED, reason=reason),)
    else:
        found = ()
    nothing = Finding("gates", Verdict.PASSED, reason="there are none to hold it to")
    return Report(config.job, config.model.name, found or (nothing,), facts=facts)


def _held(candidate: Version, there: Version | None, settings: Settings) -> Iterator[Finding]:
    for metric, bound in {**settings.benchmark, **settings.fairness}.items():
        yield from _bounded(candidate, metric, bound)
    for check in settings.checks:
        yield _checked(candidate.tags, check)
    if settings.incumbent:
        for metric, bound in settings.benchmark.items():
            yield _compared(candidate, there, metric, bound, settings.tolerance)


def _reading(
    client: MlflowClient, candidate: Version, there: Version | None, settings: Settings
) -> Iterator[Finding]:
    """What has become of the models whose answers it reads."""
    marked = standing(there.tags, candidate.registered, settings.revalidate) if there else None
    if marked is not None:
        yield marked
    for upstream in settings.reads:
        number = holder(client, upstream.registered, upstream.alias)
        read = known(client, upstream.registered, number) if number else None
        if read is not None and read.tags.get(DRIFT) == Verdict.BREACHED:
            reason = f"version {number} drifts, and this model reads its answers"
            yield Finding("upstream", Verdict.BREACHED, upstream.name, reason=reason)


def _bounded(candidate: Version, metric: str, bound: Bound) -> Iterator[Finding]:
    """A metric that was measured of several subjects has to keep its bound for each."""
    values = {
        name.removeprefix(metric).removeprefix("."): value
        for name, value in candidate.metrics.items()
        if name == metric or name.startswith(f"{metric}.")
    }
    if not values:
        reason = f"version {candidate.number} has no metric '{metric}': log it in training"
        yield Finding(metric, Verdict.BREACHED, limit=_limit(bound), reason=reason)
    for subject, value in values.items():
        # Written so that a value that is no number keeps no bound.
        low = bound.min is None or value >= bound.min
        high = bound.max is None or value <= bound.max
        verdict = Verdict.PASSED if low and high else Verdict.BREACHED
        limit = bound.min if bound.min is not None and not low else _limit(bound)
        yield Finding(metric, verdict, subject, value, limit)


def _limit(bound: Bound) -> float | None:
    return bound.max if bound.max is not None else bound.min


def _checked(tags: Mapping[str, str], check: str) -> Finding:
    verdict = tags.get(f"modelyard.{check}")
    if verdict == Verdict.PASSED:
        return Finding("check", Verdict.PASSED, check, reason=tags.get(f"modelyard.{check}.at", ""))
    reason = f"its verdict is {verdict}" if verdict else "it has not looked at this version"
    return Finding("check", Verdict.BREACHED, check, reason=reason)


def _compared(
    candidate: Version, there: Version | None, metric: str, bound: Bound, tolerance: float
) -> Finding:
    """Where a metric is held to a minimum more is better, otherwise less."""
    if there is None:
        return Finding(NOT_WORSE, Verdict.PASSED, metric, reason="nothing is in production yet")
    if there.address == candidate.address:
        return Finding(NOT_WORSE, Verdict.PASSED, metric, reason="it is in production")
    value, old = candidate.metrics.get(metric), there.metrics.get(metric)
    if value is None or old is None:
        reason = f"version {there.number} in production has no '{metric}' to compare with"
        reason = f"there is no '{metric}' to compare" if value is None else reason
        return Finding(NOT_WORSE, Verdict.BREACHED, metric, reason=reason)
    more = bound.min is not None
    limit = old - tolerance * abs(old) if more else old + tolerance * abs(old)
    holds = value >= limit if more else value <= limit
    reason = f"version {there.number} in production has {old:g}"
    verdict = Verdict.PASSED if holds else Verdict.BREACHED
    return Finding(NOT_WORSE, verdict, metric, value, limit, reason)
