"""How tests ask a job, and look for what it found."""

from __future__ import annotations

from collections.abc import Callable

from modelyard_jobs.verdict import Finding, Report

Ask = Callable[..., Report]


def finding(report: Report, measure: str, subject: str = "") -> Finding:
    """The one finding of a measure and a subject."""
    (found,) = [f for f in report.findings if (f.measure, f.subject) == (measure, subject)]
    return found
