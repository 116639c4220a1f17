"""Nothing that a team writes is ignored.

Each leaf of the shipped blueprints is changed: to what the messages allow in its place, to another
value of its type, and to nothing. Each change has to be refused, or to change the plan or the
resources. A leaf where other values are accepted and none matters is one that nobody reads. To take
a leaf away may be without effect: then it was the default, spelled out.

Leaves of the same sort (the same key on the same kind of site, of a model with the same engine) are
tried once; `MODELYARD_FUZZ` tries all of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path as File
from typing import Any

import pytest
import yaml
from tests.support import shipped
from tests.support.leaves import REMOVED, Path, alternatives, changed, get, leaves, shape

from modelyard.blueprint.errors import BlueprintError
from modelyard.blueprint.loading.document import read
from modelyard.plan.plan import Plan
from modelyard.program import Planned, plan_file, record_plan

EXCEPTIONS: Mapping[tuple[str, ...], str] = {
    ("shape", "context"): "a limit: it refuses a longer `serve.context`, and does nothing else",
    (
        "shape",
        "heads",
    ): "a multiple: tensor parallelism has to divide it, as one GPU does",
    ("residency", "<item>"): "a limit: it refuses a site elsewhere, and does nothing else",
    ("nodes", "<item>", "count"): "a limit: with fewer nodes the models have no room, more wait",
}
"""Leaves that may be changed without effect, by the end of their shape, each with the reason."""


@cache
def _data(file: str) -> Any:
    return read(shipped.FOLDER / file).data


def _all() -> Iterator[tuple[str, Path]]:
    seen: set[Path] = set()
    for path in sorted(shipped.files(), key=lambda file: file.stat().st_size):
        data = _data(path.name)
        for leaf, _ in leaves(data):
            sort = shape(data, leaf)
            if sort not in seen or os.environ.get("MODELYARD_FUZZ"):
                seen.add(sort)
                yield path.name, leaf


LEAVES = list(_all())


def _title(value: Any) -> str:
    return ".".join(map(str, value)) if isinstance(value, tuple) else File(value).stem


def _environment(leaf: Path) -> str | None:
    return str(leaf[1]) if leaf[0] == "environments" and len(leaf) > 1 else None


def _planned(data: Any, environment: str | None, folder: File) -> Planned:
    """Raises BlueprintError for what is refused."""
    file = folder / "b.yaml"
    file.write_text(yaml.dump(data, Dumper=yaml.CSafeDumper), encoding="utf-8")
    return plan_file(file, environment)


def _decided(planned: Planned) -> Any:
    """The plan as it is shown, without the blueprint itself and without places in its file."""
    plan: Plan = planned.plan
    return (
        [site.json() for site in plan.sites],
        plan.capabilities,
        [model.json() for model in plan.models],
        plan.cost.json(),
        [told.json() for told in plan.links],
        [(problem.path, problem.what) for problem in planned.warnings],
    )


@cache
def _before(file: str, environment: str | None, folder: File) -> tuple[Any, str]:
    planned = _planned(_data(file), environment, folder)
    return _decided(planned), record_plan(planned.plan, deployed=True).hash


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> File:
    return tmp_path_factory.mktemp("matters")


@pytest.mark.parametrize(("file", "leaf"), LEAVES, ids=_title)
def test_a_leaf_matters(file: str, leaf: Path, folder: File) -> None:
    data, environment = _data(file), _environment(leaf)
    accepted = []
    for value in _others(data, leaf, environment, folder):
        try:
            after = _planned(changed(data, leaf, value), environment, folder)
        except BlueprintError:
            continue
        if value is not REMOVED:
            accepted.append(value)
        plan, resources = _before(file, environment, folder)
        if _decided(after) != plan or record_plan(after.plan, deployed=True).hash != resources:
            return
    sort = shape(data, leaf)
    if not any(sort[-len(end) :] == end for end in EXCEPTIONS):
        assert accepted == [], f"{get(data, leaf)!r} may as well be any of these"


def _others(data: Any, leaf: Path, environment: str | None, folder: File) -> Iterator[Any]:
    """What could stand there instead: what the messages say is allowed, then guesses."""
    value = get(data, leaf)
    if isinstance(value, str):
        try:
            _planned(changed(data, leaf, "no-such-thing"), environment, folder)
        except BlueprintError as error:
            words = [word for problem in error.problems for word in problem.allowed]
            yield from (word for word in dict.fromkeys(words) if word != value)
    yield from alternatives(value)
    yield REMOVED


def test_there_are_leaves() -> None:
    assert len(LEAVES) > 200


def test_exceptions_are_needed() -> None:
    """An exception for a key that is gone would hide the next one of its name."""
    sorts = {shape(_data(file), leaf) for file, leaf in LEAVES}
    assert all(any(sort[-len(end) :] == end for sort in sorts) for end in EXCEPTIONS)
