"""Alerts as templates: what each watches, how bad it is, and what to do first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import Any, Literal

from modelyard.catalog.sheet import rows, texts

_SHEET = Path(__file__).with_name("alerts.yaml")
Group = Literal[
    "platform", "model", "check", "training", "edge", "gpus", "business", "site", "link", "copy"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert. `expression` and `summary` are templates; `duration` is Prometheus's `for`."""

    id: str
    group: Group
    expression: str
    duration: str
    severity: Literal["warning", "critical"]
    operators: tuple[str, ...]
    not_with: tuple[str, ...]
    summary: str
    next: str

    def needs(self) -> frozenset[str]:
        """The values without which the alert cannot be made."""
        return frozenset(Template(self.expression).get_identifiers())

    def applies(self, values: Mapping[str, str], operators: Iterable[str]) -> bool:
        """Whether it can be made of these values in a cluster with these operators."""
        there = not self.operators or bool(set(self.operators) & set(operators))
        return there and self.needs() <= values.keys() and not set(self.not_with) & values.keys()

    def rule(self, values: Mapping[str, str], labels: Mapping[str, str]) -> Mapping[str, Any]:
        """The alert as a rule of Prometheus."""
        return {
            "alert": self.id,
            "expr": Template(self.expression).substitute(values),
            "for": self.duration,
            "labels": {"severity": self.severity, **labels},
            "annotations": {
                "summary": _filled(self.summary, values),
                "description": _filled(self.next, values),
                "runbook": f"docs/runbook.md#{self.id.lower()}",
            },
        }


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Prometheus has templates of its own, with `$labels` and `$value`: those are left to it."""
    return Template(text).safe_substitute(values)


@cache
def alerts() -> tuple[Alert, ...]:
    """Every alert, in the order of the sheet."""
    return tuple(_alert(id, row) for id, row in rows(_SHEET, "alerts").items())


def _alert(id: str, row: Mapping[str, Any]) -> Alert:
    return Alert(
        id=id,
        group=row["group"],
        expression=row["expr"],
        duration=row["for"],
        severity=row["severity"],
        operators=texts(row["operators"]),
        not_with=texts(row["not_with"]),
        summary=row["summary"],
        next=row["next"],
    )
