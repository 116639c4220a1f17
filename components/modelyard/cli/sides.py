"""What `modelyard diff` compares: files, revisions of one, or a stack with its blueprint."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from modelyard.blueprint.errors import ModelyardError, quoted
from modelyard.blueprint.loading.assembling import environments
from modelyard.cli.revision import Repository
from modelyard.engine.deployed import comparable, deployed_graph, read_state
from modelyard.policies.organisation import settings_for
from modelyard.policies.verdict import judge
from modelyard.program import PROJECT, Planned, plan_document, plan_file, record_plan, stack_name
from modelyard.recorder import Graph
from modelyard.review.comparing import Side

if TYPE_CHECKING:
    from modelyard.blueprint.loading.document import Document
    from modelyard.policies.settings import Settings

NOT_COMPARED = (
    "secrets are not compared, nor what a plan knows only once it is deployed; "
    "the state keeps no blueprint, so its words and its cost are not known"
)
HEAD = "HEAD"


@dataclass(frozen=True)
class Sides:
    """The two, and what there is to know about the comparison."""

    before: Side
    after: Side
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asked:
    """How blueprints are read: in which environment, under whose policies."""

    environment: str | None
    policies: Path | None

    def settings(self, path: Path, planned: Planned) -> Settings:
        said = planned.plan.blueprint.policies
        return settings_for(path, said, planned.document, self.policies)

    def side(self, path: Path, planned: Planned, label: str, stack: str | None = None) -> Side:
        """A plan with its graph and its verdict."""
        graph = record_plan(planned.plan, stack=stack)
        verdict = judge(graph, self.settings(path, planned))
        return Side(label, graph, planned.plan, verdict, document=planned.document, file=str(path))


def of_files(before: Path, after: Path, asked: Asked) -> Sides:
    """Two blueprints. One stack for both: otherwise nothing would be the same."""
    old, new = (plan_file(path, asked.environment) for path in (before, after))
    stack = stack_name(new.plan)
    one = asked.side(before, old, str(before), stack)
    return Sides(one, asked.side(after, new, str(after), stack), _new_warnings(old, new))


def of_revisions(path: Path, start: str, end: str | None, merge_base: bool, asked: Asked) -> Sides:
    """One blueprint at a revision, and at another or (None) as it is in the folder."""
    repository = Repository.of(path)
    last = repository.commit(end) if end else None
    first = repository.commit(start)
    if merge_base:
        first = repository.merge_base(first, last or repository.commit(HEAD))
    new = _planned_at(repository, path, last, end, asked)
    label = f"{path}@{end}" if end else str(path)
    after = asked.side(path, new, label)
    name = f"{start} ({first[:12]})" if merge_base else start
    before, old = _before(repository, path, first, name, asked, after)
    return Sides(before, after, _new_warnings(old, new))


def of_state(path: Path, file: Path, asked: Asked) -> Sides:
    """A stack's exported state, and the blueprint that it is to become."""
    planned = plan_file(path, asked.environment)
    deployment, stack = read_state(file)
    stack = stack or stack_name(planned.plan)
    graph = record_plan(planned.plan, deployed=True, stack=stack)
    deployed = deployed_graph(deployment, PROJECT, stack)
    return _deployed(f"stack {stack} in {file}", deployed, path, planned, graph, asked)


def of_stack(path: Path, name: str | None, asked: Asked) -> Sides:
    """A stack of the engine, and the blueprint that it is to become."""
    from modelyard.cli.opening import opened

    with opened(path, asked.environment, name) as held:
        stack, graph = held.graph.stack, held.graph
        deployed = deployed_graph(held.stack.exported().deployment, PROJECT, stack)
    planned = plan_file(path, asked.environment)
    return _deployed(f"stack {stack}", deployed, path, planned, graph, asked)


def _deployed(
    label: str, deployed: Graph, path: Path, planned: Planned, graph: Graph, asked: Asked
) -> Sides:
    settings = asked.settings(path, planned)
    before = Side(label, deployed, None, judge(deployed, settings), deployed=True)
    verdict = judge(graph, settings)
    after = Side(
        str(path), comparable(graph), planned.plan, verdict, False, planned.document, str(path)
    )
    return Sides(before, after, (NOT_COMPARED,))


def _planned_at(
    repository: Repository, path: Path, commit: str | None, revision: str | None, asked: Asked
) -> Planned:
    if commit is None:
        return plan_file(path, asked.environment)
    document = repository.document(commit, f"{path}@{revision}")
    if document is None:
        raise ModelyardError(f"{quoted(path)} is not there at {quoted(revision)}")
    return plan_document(document, asked.environment)


def _before(
    repository: Repository, path: Path, commit: str, revision: str, asked: Asked, after: Side
) -> tuple[Side, Planned | None]:
    """The blueprint as it was; where it was not there, there was nothing."""
    label = f"{path}@{revision}"
    document = repository.document(commit, label)
    if document is None or not _has(document, asked.environment):
        return Side(f"{label}, where it is not there", _nothing(after.graph)), None
    planned = plan_document(document, asked.environment)
    return asked.side(path, planned, label, after.graph.stack), planned


def _has(document: Document, environment: str | None) -> bool:
    return environment is None or environment in environments(document.root)


def _nothing(like: Graph) -> Graph:
    return Graph(like.project, like.stack, ())


def _new_warnings(old: Planned | None, new: Planned) -> tuple[str, ...]:
    """The warnings that come with the change; `plan` has them all."""
    known = {(each.path, each.what) for each in old.warnings} if old else set()
    return tuple(
        f"{each.path}: {each.what}" if each.path else each.what
        for each in new.warnings
        if (each.path, each.what) not in known
    )
