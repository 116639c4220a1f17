"""What the commands that use the engine have in common: a blueprint, its stack, its parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console

from modelyard.cli.display import display_of
from modelyard.cli.following import Run, follow
from modelyard.cli.messages import show_problems
from modelyard.engine.parts import Parts, parts_of
from modelyard.engine.progress import Progress
from modelyard.engine.project import project_of
from modelyard.engine.stack import Stack
from modelyard.engine.state import State
from modelyard.plan.plan import Plan
from modelyard.program import plan_file, record_plan
from modelyard.recorder import Graph


@dataclass(frozen=True)
class Opened:
    """A plan and its stack, as both were when the command began."""

    blueprint: Path
    plan: Plan
    graph: Graph
    """Of the plan as deployed, with the stack's own configuration."""
    stack: Stack
    state: State
    parts: Parts
    named: str | None
    """The stack's name, where the command line has it."""

    def run(self, operation: Callable[..., None], urns: set[str]) -> tuple[Run, Progress]:
        """Run an operation over so many resources and show it."""
        progress = Progress.over(self.parts, urns)
        run = follow(self.stack, operation, progress, display_of(progress, Console()))
        return run, progress

    @property
    def planned_urns(self) -> set[str]:
        return {resource.urn for resource in self.graph}

    @property
    def deployed_urns(self) -> set[str]:
        return {resource.urn for resource in self.state.resources}

    def command(self, verb: str) -> str:
        """The command line that does `verb` to the same stack."""
        given = {"-e": self.plan.environment, "--stack": self.named}
        flags = "".join(f" {flag} {value}" for flag, value in given.items() if value)
        return f"modelyard {verb} {self.blueprint}{flags}"


@contextmanager
def opened(
    blueprint: Path, environment: str | None, stack: str | None, *, create: bool = False
) -> Iterator[Opened]:
    """Plan a blueprint and open its stack; warnings of the blueprint are shown on the way."""
    planned = plan_file(blueprint, environment)
    if planned.warnings:
        show_problems(planned.warnings)
    plan = planned.plan
    with Stack.open(plan, project_of(blueprint), name=stack, create=create) as held:
        graph = record_plan(plan, deployed=True, stack=_bare(held.name), config=held.config())
        state = held.state()
        yield Opened(blueprint, plan, graph, held, state, parts_of(plan, graph, state), stack)


def _bare(stack: str) -> str:
    """A stack's name without its organisation and project, as URNs have it."""
    return stack.rpartition("/")[2]


def confirm(question: str, yes: bool) -> None:
    """Ask a person. Raises click.Abort for a no."""
    if not yes:
        click.confirm(question, abort=True)
