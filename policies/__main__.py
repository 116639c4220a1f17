"""The rules of `modelyard.policies` as a policy pack for Pulumi's engine.

    pulumi preview --policy-pack policies

How strictly each is held, and what is waived, it reads where `modelyard plan` does: of the
blueprint that the stack's configuration or MODELYARD_BLUEPRINT names, and of each
`modelyard.policies.yaml` above it. Rules about what is secret are left out: the engine hands
secrets over in the open.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pulumi
from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyPack,
    ResourceValidationPolicy,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from modelyard.blueprint.loading import load
from modelyard.catalog.policies import Level, rule_texts
from modelyard.policies import Rule, Stack, rules
from modelyard.policies.organisation import settings_for
from modelyard.policies.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
"""Paths in the configuration are relative to the repository, as those of `stacks/` are."""
UNKNOWN = "${unknown}"
LEVELS = {
    Level.MANDATORY: EnforcementLevel.MANDATORY,
    Level.ADVISORY: EnforcementLevel.ADVISORY,
}


class Handed:
    """A resource as the engine hands it over, in the form that rules read."""

    def __init__(self, given: Any) -> None:
        self._given = given
        self.urn: str = given.urn
        self.type: str = given.resource_type
        self.name: str = given.name
        self.protect = bool(given.opts.protect)
        self.provider: str | None = given.provider.urn if given.provider else None

    @property
    def parent(self) -> str | None:
        parent = getattr(self._given, "parent", None)
        return parent.urn if parent else getattr(self._given.opts, "parent", None)

    @cached_property
    def inputs(self) -> Mapping[str, Any]:
        """Only of what a rule looks at: a stack has hundreds."""
        return plain(self._given.props)

    @property
    def property_dependencies(self) -> Mapping[str, tuple[str, ...]]:
        found = getattr(self._given, "property_dependencies", {})
        return {key: tuple(other.urn for other in others) for key, others in found.items()}


def plain(value: Any) -> Any:
    """The engine's values without their guards: what is not known yet is a text that says so."""
    if isinstance(value, Mapping):
        return {key: _inside(value, key) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_inside(value, index) for index in range(len(value))]
    return value


def _inside(value: Any, key: Any) -> Any:
    try:
        return plain(value[key])
    except UnknownValueError:
        return UNKNOWN


def policies(settings: Settings) -> list[Policy]:
    """A policy for each rule that is held; one over the whole stack where it looks around."""
    held = {id: each.level for id, each in settings.held.items() if each.level in LEVELS}
    return [
        (_alone if rule.alone else _among)(rule, LEVELS[held[id]], settings)
        for id, rule in rules().items()
        if id in held and not rule.secrecy
    ]


def _alone(rule: Rule, level: EnforcementLevel, settings: Settings) -> Policy:
    def validate(args: Any, report: Callable[..., None]) -> None:
        if args.resource_type in rule.types:
            resource = Handed(args)
            _judge(rule, [resource], Stack([resource]), settings, report)

    return ResourceValidationPolicy(rule.id, _said(rule), validate, level)


def _among(rule: Rule, level: EnforcementLevel, settings: Settings) -> Policy:
    def validate(args: Any, report: Callable[..., None]) -> None:
        everything = [Handed(each) for each in args.resources]
        stack = Stack(everything)
        _judge(rule, stack.of_type(*rule.types), stack, settings, report)

    return StackValidationPolicy(rule.id, _said(rule), validate, level)


def _judge(
    rule: Rule,
    resources: Iterable[Any],
    stack: Stack,
    settings: Settings,
    report: Callable[..., None],
) -> None:
    for resource in resources:
        if any(exemption.covers(rule.id, resource) for exemption in settings.exemptions):
            continue
        for what in rule(resource, stack):
            report(f"{resource.name}: {what}", resource.urn)


def _said(rule: Rule) -> str:
    text = rule_texts()[rule.id]
    return f"{text.title}. {text.why} Next: {text.fix}"


def settings() -> Settings:
    """What holds for the stack's blueprint; by the files of the repository where none is named."""
    config = pulumi.runtime.get_config_env()
    named = os.environ.get("MODELYARD_BLUEPRINT") or config.get("modelyard:blueprint")
    environment = os.environ.get("MODELYARD_ENVIRONMENT") or config.get("modelyard:environment")
    given = os.environ.get("MODELYARD_POLICIES")
    file = Path(given) if given else None
    if not named:
        return settings_for(ROOT / "blueprints" / "any.yaml", given=file)
    path = ROOT / named
    loaded = load(path, environment)
    return settings_for(path, loaded.blueprint.policies, loaded.document, file)


if __name__ == "__main__":
    PolicyPack("modelyard", policies(settings()))
