"""Says at the end how many mutations were tried."""

from __future__ import annotations

from typing import Any


def pytest_terminal_summary(terminalreporter: Any) -> None:
    tried, refused = (_total(terminalreporter, key) for key in ("mutations", "refused"))
    if tried:
        terminalreporter.write_line(
            f"{tried:,} mutated blueprints: {refused:,} refused in words, "
            f"{tried - refused:,} still planned"
        )


def _total(reporter: Any, key: str) -> int:
    reports = [report for kind in ("passed", "failed") for report in reporter.stats.get(kind, [])]
    return sum(value for report in reports for name, value in report.user_properties if name == key)
