"""Tells a version what was found before there was one: in the data that it learnt from.

The verdict counts as of when it was found. Whoever found it, the registry takes this job's word.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from modelyard_jobs import registry
from modelyard_jobs.config import Config, Section
from modelyard_jobs.errors import Misconfigured
from modelyard_jobs.verdict import Finding, Report, Verdict


class Settings(Section):
    report: str
    """The other job's, as the JSON that it leaves behind."""


def run(config: Config, settings: Settings) -> Report:
    found, at = _read(settings.report)
    if not registry.tagged(found, config.model, at):
        version = config.model.version or config.model.alias
        what = f"the registry has no {registry.candidates(config.model)} of {version}"
        raise Misconfigured(what, "name a version that is there")
    said = f"{found.check}: {found.verdict}, at {at.isoformat()}"
    return Report(config.job, config.model.name, (Finding("told", Verdict.PASSED, reason=said),))


def _read(text: str) -> tuple[Report, datetime]:
    """A report, and when it was made."""
    try:
        told = json.loads(text)
        findings = tuple(_finding(each) for each in told["findings"])
        report = Report(told["check"], told["model"], findings, told["samples"], told["facts"])
        return report, datetime.fromisoformat(told["at"])
    except (ValueError, KeyError, TypeError) as error:
        what = f"settings.report is no report: {type(error).__name__}: {error}"
        raise Misconfigured(what, "give what a job has written as `output.report`") from error


def _finding(told: dict[str, Any]) -> Finding:
    """Numbers for which JSON has no word come as texts."""
    numbers = {key: None if told[key] is None else float(told[key]) for key in ("value", "limit")}
    return Finding(**{**told, **numbers, "verdict": Verdict(told["verdict"])})
