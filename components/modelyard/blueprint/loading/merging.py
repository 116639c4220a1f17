"""One document laid over another; every piece keeps the place it was written at."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from modelyard.blueprint.errors import Location
from modelyard.blueprint.loading.node import Node


def merge(base: Node, over: Node) -> Node:
    """`over` laid on `base`: maps merge key by key, lists of named maps merge by name, all else is
    replaced, and an empty value (null) removes its key.

    The result has no nulls from `over`; it keeps the places of the removed keys.
    """
    if isinstance(over.value, dict):
        return _maps(base if isinstance(base.value, dict) else replace(over, value={}), over)
    if isinstance(over.value, list):
        return _lists(base, over)
    return over


def _maps(base: Node, over: Node) -> Node:
    assert isinstance(base.value, dict)
    assert isinstance(over.value, dict)
    values = dict(base.value)
    for key, node in over.value.items():
        if node.value is None:
            values.pop(key, None)
        else:
            values[key] = merge(values[key], node) if key in values else without_nulls(node)
    return Node(values, _place(base, over), keys={**base.keys, **over.keys})


def _lists(base: Node, over: Node) -> Node:
    assert isinstance(over.value, list)
    ours, theirs = _by_name(base), _by_name(over)
    if not ours or not theirs:
        return without_nulls(over)
    for name, node in theirs.items():
        ours[name] = merge(ours[name], node) if name in ours else without_nulls(node)
    return replace(over, value=list(ours.values()), at=_place(base, over))


def _place(base: Node, over: Node) -> Location:
    """Where the author's own file has it first: an overlay follows its base in the same file, a
    preset lies in another.
    """
    return base.at if base.at.file == over.at.file else over.at


def _by_name(node: Node) -> dict[tuple[str, int], Node]:
    """The items of a list in which each has a name; else nothing.

    A name that stands there twice is a mistake, and has to stay two items to be found: so the
    second goes with the second.
    """
    named: dict[tuple[str, int], Node] = {}
    times: Counter[str] = Counter()
    for item in node.value if isinstance(node.value, list) else ():
        if item.name is None:
            return {}
        named[item.name, times[item.name]] = item
        times[item.name] += 1
    return named


def without_nulls(node: Node) -> Node:
    """What merging `node` over nothing gives."""
    if isinstance(node.value, dict):
        return merge(replace(node, value={}), node)
    if isinstance(node.value, list):
        return replace(node, value=[without_nulls(item) for item in node.value])
    return node
