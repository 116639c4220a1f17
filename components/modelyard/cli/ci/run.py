"""From a change to the outcomes of all blueprints that it touches."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from modelyard.blueprint.errors import ModelyardError, quoted
from modelyard.cli.ci.changes import Change, change_of
from modelyard.cli.ci.fleet import Fleet
from modelyard.cli.ci.old_code import code_before
from modelyard.cli.ci.outcome import FailOn
from modelyard.cli.ci.platform import Platform
from modelyard.cli.ci.progress import progress_of
from modelyard.cli.ci.review import Review
from modelyard.cli.ci.task import Task
from modelyard.cli.ci.touched import Causes, Scope, Touched, touched
from modelyard.cli.revision import Repository


@dataclass(frozen=True)
class Asked:
    """What is to be reviewed, and by how much at a time."""

    blueprints: tuple[Path, ...]
    base: str | None
    environment: str | None
    everything: bool
    policies: Path | None
    out: Path
    fleet: Fleet


def reviewed(asked: Asked, platform: Platform, fail_on: FailOn, allow_stateful: bool) -> Review:
    """Review what the change touches. Raises ModelyardError where the change is not known."""
    repository = Repository.of(Path("."))
    change = change_of(repository, platform, asked.base)
    scope = _scope(asked, repository)
    found = touched(scope, change, asked.everything)
    click.echo(f"{platform.name}: {_touched(len(found))} since {change.start}", err=True)
    with code_before(scope, change) as code, progress_of(len(found)) as progress:
        tasks = _tasks(asked, scope, change, found, code)
        outcomes = asked.fleet.review(tasks, str(repository.root), progress.done)
    return Review(tuple(outcomes), change.start, fail_on, allow_stateful)


def _touched(count: int) -> str:
    return "1 blueprint is touched" if count == 1 else f"{count} blueprints are touched"


def _scope(asked: Asked, repository: Repository) -> Scope:
    under = tuple(_from_root(path, repository) for path in asked.blueprints)
    policies = _from_root(asked.policies, repository) if asked.policies else None
    return Scope(repository, under, policies)


def _from_root(path: Path, repository: Repository) -> str:
    real = path.parent.resolve() / path.name
    if not real.exists():
        raise ModelyardError(f"{quoted(path)} is not there. Next: check the path")
    if not real.is_relative_to(repository.root):
        raise ModelyardError(f"{quoted(path)} is outside of the repository. Next: move it inside")
    return real.relative_to(repository.root).as_posix()


def _tasks(
    asked: Asked, scope: Scope, change: Change, found: list[Touched], code: str | None
) -> list[Task]:
    changed = bool(Causes(scope, change).policies)
    return [
        Task(
            touched=each,
            root=str(scope.repository.root),
            base=change.base,
            start=change.start,
            environment=asked.environment,
            policies=scope.policies,
            policies_changed=changed,
            folder=str(asked.out.resolve()),
            code=code,
        )
        for each in found
    ]
