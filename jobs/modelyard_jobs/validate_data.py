"""Whether rows are fit to train on: a suite of Great Expectations, whose failure blocks."""

from __future__ import annotations

import difflib
import json
import logging
import os
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pydantic import model_validator

from modelyard_jobs.config import Config, Section
from modelyard_jobs.data import CURRENT, Window, answering, looked_at, window
from modelyard_jobs.errors import Misconfigured
from modelyard_jobs.judging import undecided
from modelyard_jobs.verdict import Finding, Report, Verdict

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

QUIET = {"GX_ANALYTICS_ENABLED": "false"}
"""It tells its makers of every run otherwise."""
BLOCKING = "critical"


class Settings(Section):
    """What rows are held to."""

    suite: str | None = None
    """Address of a suite as Great Expectations writes it, in JSON."""
    expectations: tuple[dict[str, Any], ...] = ()
    """Each `{type: expect_…, kwargs: {…}}`; one with `severity: warning` is told and blocks not."""

    @model_validator(mode="after")
    def _one_of_them(self) -> Settings:
        if (self.suite is None) == (not self.expectations):
            raise ValueError("give either `suite` or `expectations`")
        return self


def run(config: Config, settings: Settings) -> Report:
    """Hold `data.current` to the suite. Raises `Misconfigured` where it is none."""
    os.environ.update(QUIET)
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
    suite = _expectations(settings)
    current = window(CURRENT, config.data)
    return looked_at(config, (current,), lambda: _validated(current, suite))


def _expectations(settings: Settings) -> list[Expectation]:
    """All of the suite; all that is wrong with it is said at once."""
    wrong: list[str] = []
    made = [_expectation(each, wrong) for each in settings.expectations or _read(settings.suite)]
    if wrong:
        raise Misconfigured("; ".join(wrong), "see https://greatexpectations.io/expectations")
    return [each for each in made if each is not None]


def _read(address: str | None) -> list[dict[str, Any]]:
    import fsspec

    assert address is not None
    with answering(address), fsspec.open(address, "r", encoding="utf-8") as file:
        suite = json.load(file)
    if not isinstance(suite, dict) or not isinstance(suite.get("expectations"), list):
        raise Misconfigured(f"{address} has no list `expectations`", "give a suite in JSON")
    return suite["expectations"]


def _expectation(described: Any, wrong: list[str]) -> Expectation | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from great_expectations.expectations.expectation_configuration import (
            ExpectationConfiguration,
        )
    if not isinstance(described, dict) or not isinstance(described.get("type"), str):
        wrong.append(f"{described!r} is no expectation: it has no `type`")
        return None
    known = {k: v for k, v in described.items() if k in {"type", "kwargs", "meta", "severity"}}
    try:
        return ExpectationConfiguration(**{"kwargs": {}, **known}).to_domain_obj()
    except Exception as error:
        wrong.append(_refused(described["type"], error))
        return None


def _refused(kind: str, error: Exception) -> str:
    from great_expectations.expectations.registry import list_registered_expectation_implementations

    names = list_registered_expectation_implementations()
    if kind in names:
        return f"{kind}: {' '.join(str(error).split())}"
    near = difflib.get_close_matches(kind, names, 1)
    return f"there is no {kind}" + (f"; do you mean {near[0]}?" if near else "")


def _validated(current: Window, expectations: list[Expectation]) -> Iterator[Finding]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations as gx

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        source = context.data_sources.add_pandas("windows").add_dataframe_asset(current.name)
        batch = source.add_batch_definition_whole_dataframe("whole").get_batch(
            {"dataframe": current.frame}
        )
        suite = gx.ExpectationSuite(name="suite", expectations=expectations)
        results = batch.validate(suite).to_json_dict()["results"]
    yield from map(_found, results)


def _found(result: dict[str, Any]) -> Finding:
    asked = result["expectation_config"]
    columns = (v for k, v in asked["kwargs"].items() if k.startswith("column"))
    subject = ", ".join(str(each) for each in columns)
    outcome, failed = result["result"], not result["success"]
    share = outcome.get("unexpected_percent")
    value, limit = (None, None) if share is None else (share / 100, _spared(asked["kwargs"]))
    if not failed:
        return Finding(asked["type"], Verdict.PASSED, subject, value, limit)
    reason = _why(outcome, result["exception_info"])
    if asked.get("severity", BLOCKING) != BLOCKING:
        return undecided(asked["type"], f"{asked['severity']}: {reason}", subject)
    return Finding(asked["type"], Verdict.BREACHED, subject, value, limit, reason)


def _spared(arguments: dict[str, Any]) -> float:
    """The share of rows that need not keep to an expectation."""
    return round(1 - arguments.get("mostly", 1), 6)


def _why(outcome: dict[str, Any], raised: dict[str, Any]) -> str:
    if outcome.get("unexpected_count"):
        some = outcome.get("partial_unexpected_list", [])[:3]
        rows = f"{outcome['unexpected_count']} of {outcome.get('element_count', '?')} rows"
        return f"{rows}, such as {', '.join(map(str, some))}"
    if "observed_value" in outcome:
        return f"it is {outcome['observed_value']}"
    messages = (v.get("exception_message") for v in raised.values() if isinstance(v, dict))
    return next((m for m in messages if m), None) or raised.get("exception_message") or "it fails"
