"""Blueprints of a few lines, under a head with a site that they may replace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from textwrap import dedent

import yaml

from modelyard.blueprint.blueprint import Blueprint
from modelyard.blueprint.checks import check
from modelyard.blueprint.checks.finding import Finding
from modelyard.plan.plan import Plan, make_plan
from modelyard.platform import Platform
from modelyard.recorder import Graph, record
from modelyard.recorder.monitor import Mode
from modelyard.sites import offers

_DENIED = {"pulumi:disable-default-providers": '["*"]'}


@dataclass(frozen=True)
class Head:
    """What stands before each blueprint of a test."""

    text: str

    def blueprint(self, text: str) -> Blueprint:
        return Blueprint.model_validate(
            {**yaml.safe_load(self.text), **yaml.safe_load(dedent(text))}
        )

    def found(self, text: str) -> list[Finding]:
        """What the checks and the plan say of a blueprint, errors alone."""
        made = self.blueprint(text)
        findings = [*check(made), *make_plan(made, offers()).findings]
        return [finding for finding in findings if finding.severity == "error"]

    def paths(self, text: str) -> list[str]:
        """Where a blueprint is refused: `ingestion.topics`."""
        return [".".join(map(str, finding.path)) for finding in self.found(text)]

    def planned(self, text: str) -> Plan:
        """A plan without errors."""
        assert not (errors := self.found(text)), errors
        return make_plan(self.blueprint(text), offers())

    def recorded(self, text: str, kind: Callable[[Plan], Platform], *, deployed: bool) -> Graph:
        """The graph of a platform."""
        plan = self.planned(text)
        mode = Mode.UPDATE if deployed else Mode.PREVIEW
        program = lambda: kind(plan) and None  # noqa: E731
        return record(program, project="modelyard", stack="test", config=_DENIED, mode=mode)
