"""One error of the validator, and which of several belong to what the writer meant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, cast

Place = tuple[str | int, ...]

EXPECTED = {
    "string_type": "text",
    "string_sub_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "dict_type": "a map",
    "mapping_type": "a map",
    "model_type": "a map",
    "model_attributes_type": "a map",
    "dataclass_type": "a map",
}
"""What a value of another kind was expected to be, by the validator's name for the error."""


@dataclass(frozen=True)
class Failure:
    """An error at a path of the document.

    `forks` are the alternatives that were tried on the way, each with the path at which there was
    a choice; `expected` is what all of them together would take.
    """

    path: Place
    type: str
    message: str
    context: dict[str, Any]
    forks: tuple[tuple[Place, str], ...] = ()
    about_key: bool = False
    expected: tuple[str, ...] = ()

    @property
    def is_mismatch(self) -> bool:
        """Whether the value is of a kind that this alternative does not take at all."""
        return self.type in EXPECTED and bool(self.forks) and self.path == self.forks[0][0]


def failure(error: Any, data: Any) -> Failure:
    """An error as pydantic lists it. Its `loc` mixes the document's keys with the names of
    alternatives; what is not in `data` is one of these.
    """
    path: list[str | int] = []
    forks: list[tuple[Place, str]] = []
    last = len(error["loc"]) - 1
    for position, part in enumerate(error["loc"]):
        if _has(data, part):
            data = data[part]
            path.append(part)
        elif error["type"] == "missing" and position == last:
            path.append(part)
        elif part != "[key]":
            forks.append((tuple(path), str(part)))
    context: dict[str, Any] = error.get("ctx") or {}
    about_key = "[key]" in error["loc"] or error["type"] == "extra_forbidden"
    whole = (*path, *context.get("at", ()))
    return Failure(whole, error["type"], error["msg"], context, tuple(forks), about_key)


def meant(failures: Iterable[Failure]) -> list[Failure]:
    """Without the alternatives that the writer did not mean."""
    chosen: list[Failure] = []
    choices: dict[Place, dict[str, list[Failure]]] = {}
    for each in failures:
        if each.forks:
            place, label = each.forks[0]
            choices.setdefault(place, {}).setdefault(label, []).append(each)
        else:
            chosen.append(each)
    for branches in choices.values():
        best = _best(list(branches.values()))
        chosen += meant(replace(each, forks=each.forks[1:]) for each in best)
    return chosen


def _best(branches: list[list[Failure]]) -> list[Failure]:
    fitting = [branch for branch in branches if not any(each.is_mismatch for each in branch)]
    if fitting:
        return min(fitting, key=lambda branch: (len(branch), _missing(branch)))
    kinds = [EXPECTED[each.type] for branch in branches for each in branch if each.is_mismatch]
    return [replace(branches[0][0], expected=tuple(dict.fromkeys(kinds)))]


def _missing(branch: list[Failure]) -> int:
    return sum(each.type == "missing" for each in branch)


def _has(data: Any, part: str | int) -> bool:
    if isinstance(data, dict):
        return part in data
    if not (isinstance(data, list) and isinstance(part, int)):
        return False
    return 0 <= part < len(cast("list[Any]", data))
