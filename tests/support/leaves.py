"""The leaves of a blueprint, and what else could be written in their place."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

Path = tuple[str | int, ...]

REMOVED = object()
"""An alternative to any value: nothing."""

NUMBER = re.compile(r"[0-9]+")


def leaves(value: Any, at: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every scalar and every empty collection, with the way to it."""
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    if not items:
        yield at, value
    for key, item in items:
        yield from leaves(item, (*at, key))


def get(data: Any, path: Path) -> Any:
    for part in path:
        data = data[part]
    return data


def changed(data: Any, path: Path, value: Any) -> Any:
    """A copy of the data with another value at that path, or without what is there."""
    data = copy.deepcopy(data)
    holder = get(data, path[:-1])
    if value is REMOVED:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return data


def alternatives(value: Any) -> Iterator[Any]:
    """Values of the same type, in the order of how likely they are to be legal."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, value * 2, value - 1)
    elif isinstance(value, float):
        yield from (value * 1.5, value / 2)
    elif isinstance(value, str):
        yield from _texts(value)


def _texts(value: str) -> Iterator[str]:
    for found in _ends(list(NUMBER.finditer(value))):
        number = int(found[0])
        for other in (number + 1, max(1, number - 1), number * 2):
            yield value[: found.start()] + str(other) + value[found.end() :]
    if "@" in value and "/" not in value:
        yield "other-" + value
    yield value + "-x"
    yield value + "x"


def _ends(numbers: list[re.Match[str]]) -> list[re.Match[str]]:
    """The first and the last: a region comes before what is in it."""
    return [*numbers[:1], *numbers[1:][-1:]]


def shape(data: Any, path: Path) -> Path:
    """What a leaf is, whichever of several it stands in: list items and named things are replaced
    by what sort of thing they are, since what sort it is decides who reads the leaf.
    """
    parts: list[str | int] = []
    for depth, part in enumerate(path):
        above = path[depth - 1] if depth else None
        holder = get(data, path[:depth])
        if above == "sites" and isinstance(holder[part], dict):
            parts.append(f"<{holder[part].get('kind', 'overlay')}>")
        elif above == "models" and isinstance(holder, list):
            serve = holder[part].get("serve") or {}
            parts.append(f"<{serve.get('engine', 'default')} {serve.get('mode', 'realtime')}>")
        elif above == "environments":
            parts.append("<environment>")
        elif isinstance(part, int):
            parts.append("<item>")
        else:
            parts.append(part)
    return tuple(parts)
