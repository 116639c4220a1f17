"""From a file to a validated blueprint, or to every problem that is in the way."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from modelyard.blueprint.errors import (
    BlueprintError,
    Problem,
    Severity,
    nearest,
    ordered,
    quoted,
)
from modelyard.blueprint.loading.assembling import assemble, environments, misplaced
from modelyard.blueprint.loading.document import Document, read
from modelyard.blueprint.loading.node import Node
from modelyard.blueprint.loading.plain_secrets import plain_secrets, redacted
from modelyard.blueprint.section import FEW

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.checks import Finding

VERSION = 1
"""The version of the vocabulary that this release reads and writes."""


@dataclass(frozen=True)
class Loaded:
    """A blueprint that holds, for one environment or (None) as it stands without any."""

    blueprint: Blueprint
    document: Document
    """What was validated, merged, with the place of every piece."""
    warnings: tuple[Problem, ...] = ()
    environment: str | None = None


def load(
    path: str | os.PathLike[str], environment: str | None = None, *, root: Path | None = None
) -> Loaded:
    """The blueprint in a file, for an environment. Raises BlueprintError with every problem.

    The file has to lie under `root`, which is its own folder when left out.
    """
    return load_document(read(path, root=root), environment)


def load_all(path: str | os.PathLike[str], *, root: Path | None = None) -> list[Loaded]:
    """The blueprint as it stands, then for each of its environments.

    Raises BlueprintError with every problem of any of them, each once.
    """
    document = read(path, root=root)
    loaded: list[Loaded] = []
    problems: list[Problem] = []
    names = environments(document.root)
    for environment in (None, *(names if len(names) <= FEW else ())):  # more are refused as a whole
        try:
            loaded.append(load_document(document, environment))
        except BlueprintError as error:
            new = [each for each in error.problems if each not in problems]
            problems += [_in(environment, each) for each in new]
    if problems:
        raise BlueprintError(problems)
    return loaded


def load_document(document: Document, environment: str | None = None) -> Loaded:
    """The blueprint in a document that has been read. Raises BlueprintError."""
    root = document.root
    secrets = plain_secrets(root)
    problems = [*_version(root), *misplaced(root), *_twice(root, root, ())]
    problems += _unknown_environment(root, environment)
    merged = Document(assemble(root, environment))
    blueprint = None
    if not _from_another_version(root):
        blueprint, found = _validated(merged)
        problems += _new(found, problems)
    problems = redacted(problems, secrets)
    errors = [each for each in problems if each.severity is Severity.ERROR]
    if errors:
        raise BlueprintError(problems)
    assert blueprint is not None  # without an error there is one
    return Loaded(blueprint, merged, ordered(problems), environment)


def _validated(document: Document) -> tuple[Blueprint | None, list[Problem]]:
    from pydantic import ValidationError

    from modelyard.blueprint.blueprint import Blueprint

    try:
        blueprint = Blueprint.model_validate(document.data)
    except ValidationError as error:
        from modelyard.blueprint.loading.explaining import explain

        found = explain(error, document, Blueprint)
        return None, [_of_defaults(each, document) for each in found]
    from modelyard.blueprint.checks import check

    findings = [problem_of(each, document) for each in check(blueprint)]
    return blueprint, [*findings, *_idle_defaults(document)]


def problem_of(finding: Finding, document: Document) -> Problem:
    """What a check found, with its place in the file."""
    node = document.root.find(finding.path)
    written = finding.written or (node.value if node else None)
    return Problem(
        document.locate(finding.path, key=finding.written is not None),
        document.dotted(finding.path),
        finding.what,
        finding.allowed,
        nearest(written, finding.allowed),
        finding.next,
        Severity(finding.severity),
    )


def _new(found: list[Problem], known: list[Problem]) -> list[Problem]:
    """One place, one complaint: the first says what is wrong, the others what follows from it."""
    places = {(problem.where, problem.path) for problem in known}
    return [each for each in found if (each.where, each.path) not in places]


def _of_defaults(problem: Problem, document: Document) -> Problem:
    """What is wrong with `defaults` is wrong there, and not in each model."""
    node = document.root.child("defaults")
    if node is None or problem.where not in _places(node):
        return problem
    return replace(problem, path=re.sub(r"^models\[[^]]*\]", "defaults", problem.path))


def _places(node: Node) -> Iterator[object]:
    yield from node.keys.values()
    yield node.at
    for child in node.children():
        yield from _places(child)


def _idle_defaults(document: Document) -> Iterator[Problem]:
    if document.data.get("defaults") and not document.data.get("models"):
        where = document.locate(("defaults",), key=True)
        what, then = "there is no model that these defaults apply to", "add one, or remove them"
        yield Problem(where, "defaults", what, next=then, severity=Severity.WARNING)


def _version(root: Node) -> Iterator[Problem]:
    node = root.child("modelyard")
    allowed = (str(VERSION),)
    then = f"write `modelyard: {VERSION}`"
    if node is None or node.value is None:
        what = "the key 'modelyard' is missing (the version of the vocabulary)"
        yield Problem(root.at, "modelyard", what, allowed, None, f"{then} at the top")
    elif type(node.value) is not int or node.value != VERSION:
        written = quoted(node.value if node.text is None else node.text)
        newer = type(node.value) is int and node.value > VERSION
        then += ", or install a release of Modelyard that reads it" if newer else ""
        what = f"{written} is not a version that this release reads"
        yield Problem(node.at, "modelyard", what, allowed, None, then)


def _from_another_version(root: Node) -> bool:
    """Then nothing else that is found would mean anything."""
    node = root.child("modelyard")
    return node is not None and type(node.value) is int and node.value != VERSION


def _unknown_environment(root: Node, name: str | None) -> Iterator[Problem]:
    known = environments(root)
    if name is not None and name not in known:
        where = root.locate(("environments",), key=True)
        what = f"there is no environment {quoted(name)}"
        then = "ask for one of these" if known else "add it under `environments:`"
        yield Problem(where, "environments", what, known, nearest(name, known), then)


def _twice(node: Node, root: Node, path: tuple[str | int, ...]) -> Iterator[Problem]:
    """Items of one list that share a name: they could not be told apart."""
    if isinstance(node.value, dict):
        for key, child in node.value.items():
            yield from _twice(child, root, (*path, key))
    elif isinstance(node.value, list):
        first: dict[str, Node] = {}
        for position, item in enumerate(node.value):
            yield from _twice(item, root, (*path, position))
            if item.name is not None and first.setdefault(item.name, item) is not item:
                line = first[item.name].locate(("name",)).line
                what = f"the name {quoted(item.name)} is taken already, on line {line}"
                place = root.dotted((*path, position, "name"))
                yield Problem(item.locate(("name",)), place, what, next="choose another name")


def _in(environment: str | None, problem: Problem) -> Problem:
    if environment is None:
        return problem
    return replace(problem, what=f"{problem.what} (in environment {quoted(environment)})")
