"""From a blueprint's file to its plan, and from there to the program that Pulumi runs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from modelyard.blueprint.errors import BlueprintError, ModelyardError, Problem, Severity, ordered
from modelyard.blueprint.loading import Loaded, load, load_all, load_document, problem_of
from modelyard.plan.plan import Plan, make_plan
from modelyard.sites import offers_to

if TYPE_CHECKING:
    from modelyard.blueprint.loading.document import Document
    from modelyard.plan.placement import Placement
    from modelyard.platform import Platform
    from modelyard.recorder import Graph

PROJECT = "modelyard"
"""The Pulumi project's name: part of every URN, so it never changes."""
LINKS = "links"
"""The stack's output with what other ends have to configure; its secrets are secrets there."""
CONFIG = {"pulumi:disable-default-providers": '["*"]'}
"""Of every stack: each resource has an explicit provider."""


@dataclass(frozen=True)
class Planned:
    """A plan that can be carried out, and what there is to say about it."""

    plan: Plan
    warnings: tuple[Problem, ...]
    document: Document
    """What was validated, with the place of every piece."""


def plan_file(path: str | os.PathLike[str], environment: str | None = None) -> Planned:
    """The plan of a blueprint's file. Raises BlueprintError with every problem."""
    return _planned(load(path, environment))


def plan_document(document: Document, environment: str | None = None) -> Planned:
    """The plan of a blueprint that has been read. Raises BlueprintError with every problem."""
    return _planned(load_document(document, environment))


def _planned(loaded: Loaded) -> Planned:
    plan, problems = _plan(loaded)
    if plan.errors:
        raise BlueprintError(problems)
    return Planned(plan, ordered(problems), loaded.document)


def check_file(path: str | os.PathLike[str]) -> tuple[Problem, ...]:
    """The warnings of a blueprint, in every environment. Raises BlueprintError if it cannot stand.

    A problem that several environments share is named once.
    """
    problems: list[Problem] = []
    for loaded in load_all(path):
        problems += _plan(loaded)[1]
    if any(problem.severity is Severity.ERROR for problem in problems):
        raise BlueprintError(problems)
    return ordered(problems)


def _plan(loaded: Loaded) -> tuple[Plan, list[Problem]]:
    plan = make_plan(loaded.blueprint, offers_to(loaded.blueprint), loaded.environment)
    found = [problem_of(finding, loaded.document) for finding in plan.findings]
    return plan, [*loaded.warnings, *found]


def stack_name(plan: Plan) -> str:
    """The stack that a plan belongs to: `<platform>` or `<platform>-<environment>`."""
    return "-".join(part for part in (plan.blueprint.name, plan.environment) if part)


def record_plan(
    plan: Plan,
    *,
    deployed: bool = False,
    stack: str | None = None,
    config: Mapping[str, str] = MappingProxyType({}),
) -> Graph:
    """The resource graph of a plan: as a preview shows it, or as it is once `deployed`.

    `stack` and `config` are those of a stack that is there; secrets among its configuration decide
    which Secrets there are, and no more.
    """
    from modelyard.platform import Platform
    from modelyard.recorder import Mode, record

    return record(
        lambda: _platform(plan, Platform),
        project=PROJECT,
        stack=stack or stack_name(plan),
        config={**CONFIG, **config},
        mode=Mode.UPDATE if deployed else Mode.PREVIEW,
    )


def sites_of(plan: Plan, graph: Graph) -> Mapping[str, str]:
    """The site of each resource, by URN: that of the component it hangs under."""
    return {urn: placement.site for urn, placement in placements_of(plan, graph).items()}


def placements_of(plan: Plan, graph: Graph) -> Mapping[str, Placement]:
    """What each resource is a part of, by URN; what belongs to no single placement is not there."""
    from modelyard.platform import component_name

    named = {component_name(plan, p): p for p in plan.capabilities}
    found: dict[str, Placement] = {}
    for resource in graph:  # parents come before their children
        inherited = found.get(resource.parent or "")
        own = named.get(resource.name) if not resource.custom else None
        if placement := inherited or own:
            found[resource.urn] = placement
    return found


def _platform(plan: Plan, kind: type[Platform]) -> None:
    kind(plan)


def build(path: str | os.PathLike[str], environment: str | None = None) -> Platform:
    """Build the platform of a blueprint; to be called inside a Pulumi program.

    Raises pulumi.RunError, which the engine shows without a traceback.
    """
    import pulumi

    try:
        return build_plan(plan_file(path, environment).plan)
    except ModelyardError as error:
        raise pulumi.RunError(str(error)) from None


def build_plan(plan: Plan) -> Platform:
    """Build the platform of a plan; to be called inside a Pulumi program."""
    import pulumi

    from modelyard.platform import Platform
    from modelyard.settling import settle

    platform = Platform(plan)
    if platform.links:
        pulumi.export(LINKS, platform.links)
    pulumi.run(settle)
    return platform
