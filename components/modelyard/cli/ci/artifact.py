"""The report of a review: a folder for a pipeline to keep."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelyard.blueprint.errors import Location, Problem
from modelyard.cli.ci.outcome import Outcome, Status
from modelyard.review.finding import NEW, of_problem

if TYPE_CHECKING:
    from modelyard.review.diff import Diff
    from modelyard.review.finding import Finding

SUMMARY = "summary.json"
COMMENT = "comment.md"
_FORMS = {"diff.json": "json", "diff.md": "markdown", "diff.html": "html"}
"""Of each review; findings are in two files for all."""
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]|^\.+")


def folder_of(path: str, environment: str | None) -> str:
    """Where in the report the review of a blueprint is.

    Names come from a stranger: none leads out of the report, or is refused by those who store it.
    """
    parts = (*path.split("/"), environment) if environment else path.split("/")
    return "/".join(map(_safe, parts))


def _safe(name: str) -> str:
    plain = _UNSAFE.sub("_", name)[:100]
    if plain == name and name:
        return name
    return f"{plain}-{hashlib.sha256(name.encode('utf-8', 'surrogateescape')).hexdigest()[:8]}"


def write_review(report: Path, path: str, environment: str | None, diff: Diff) -> None:
    """Everything about one blueprint in one environment."""
    from modelyard.review.rendering import render

    folder = report / folder_of(path, environment)
    folder.mkdir(parents=True, exist_ok=True)
    for name, form in _FORMS.items():
        _write(folder / name, render(diff, form))


def all_findings(outcomes: Sequence[Outcome]) -> Mapping[str, str]:
    """The findings of all, in the forms that forges and their charts read, by file."""
    from modelyard.review.junit import Suite, junit
    from modelyard.review.sarif import sarif

    asked = dict.fromkeys(rule for each in outcomes for rule in each.asked)
    findings = [finding for each in outcomes for finding in _findings(each)]
    suites = [Suite(each.label, _findings(each), each.asked) for each in outcomes]
    return {"findings.sarif": sarif(findings, asked), "junit.xml": junit(suites)}


def _findings(outcome: Outcome) -> tuple[Finding, ...]:
    """What was not reviewed, and why, is a finding too."""
    if outcome.findings or outcome.known:
        return outcome.findings
    where = Location(outcome.path, 1, 1)
    then = "mend what is said, or run `modelyard ci` on this blueprint alone"
    problem = Problem(where, "", outcome.why, next=then)
    return (replace(of_problem(problem), state=NEW),)


def write_summary(
    report: Path, outcomes: Iterable[Outcome], start: str, files: Mapping[str, str]
) -> None:
    """One line for each, for machines, and what the platform reads."""
    reviews = [{**each.json(), "report": _where(each)} for each in outcomes]
    _write(report / SUMMARY, _json({"base": start, "reviews": reviews}))
    for name, content in files.items():
        _write(report / name, content)


def _where(outcome: Outcome) -> str | None:
    written = outcome.status in (Status.NEW, Status.CHANGED)
    return folder_of(outcome.path, outcome.environment) if written else None


def _json(content: Any) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False)


def _write(file: Path, content: str) -> None:
    whole = content if content.endswith("\n") else f"{content}\n"
    file.write_text(whole, encoding="utf-8", errors="backslashreplace")
