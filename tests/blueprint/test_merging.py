"""What merging keeps, replaces and removes, and where it says that things came from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from modelyard.blueprint.errors import Location
from modelyard.blueprint.loading.document import parse
from modelyard.blueprint.loading.merging import merge, without_nulls
from modelyard.blueprint.loading.node import Node

HERE = Location("a.yaml", 1, 1)


def node(data: Any) -> Node:
    if isinstance(data, dict):
        children = {key: node(value) for key, value in data.items()}
        return Node(children, HERE, keys=dict.fromkeys(data, HERE))
    if isinstance(data, list):
        return Node([node(item) for item in data], HERE)
    return Node(data, HERE)


def merged(base: str, over: str) -> Any:
    return merge(parse(base).root, parse(over).root).plain()


SCALARS = st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["x", "y"])
NAMED = st.lists(
    st.fixed_dictionaries({"name": st.sampled_from("abcd")}, optional={"v": SCALARS}),
    max_size=4,
    unique_by=lambda item: item["name"],
)
TREES = st.recursive(
    SCALARS | NAMED,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("pqr"), inner),
    max_leaves=12,
)
MAPS = st.dictionaries(st.sampled_from("klmn"), TREES, max_size=4).map(node)


@given(MAPS)
def test_merging_nothing_changes_nothing(base: Node) -> None:
    assert merge(base, node({})).plain() == base.plain()


@given(MAPS)
def test_merging_over_nothing_drops_only_empty_values(over: Node) -> None:
    assert merge(node({}), over).plain() == without_nulls(over).plain()


@given(MAPS, MAPS)
def test_merging_twice_is_merging_once(base: Node, over: Node) -> None:
    once = merge(base, over)
    assert merge(once, over) == once


@given(MAPS, MAPS, MAPS)
def test_merging_does_not_change_its_inputs(base: Node, over: Node, other: Node) -> None:
    before = base.plain(), over.plain()
    merge(merge(base, over), other)
    assert (base.plain(), over.plain()) == before


@given(NAMED, NAMED)
def test_names_stay_unique(base: list[Any], over: list[Any]) -> None:
    result = merge(node({"l": base}), node({"l": over})).plain()["l"]
    names = [item["name"] for item in result]
    assert len(names) == len(set(names))
    if base and over:
        first = [item["name"] for item in base]
        assert names[: len(first)] == first
        assert set(names) == set(first) | {item["name"] for item in over}


def test_maps_merge_deeply() -> None:
    assert merged("a: {b: 1, c: 2}", "a: {c: 3, d: 4}") == {"a": {"b": 1, "c": 3, "d": 4}}


def test_lists_of_named_maps_merge_by_name_in_the_order_of_the_base() -> None:
    base = "l: [{name: x, v: 1}, {name: y, v: 1}]"
    result = merged(base, "l: [{name: z}, {name: y, w: 2}]")
    assert result == {"l": [{"name": "x", "v": 1}, {"name": "y", "v": 1, "w": 2}, {"name": "z"}]}


def test_other_lists_replace() -> None:
    assert merged("l: [1, 2]", "l: [3]") == {"l": [3]}
    assert merged("l: [{name: x}]", "l: []") == {"l": []}
    assert merged("l: [{name: x}]", "l: [{v: 1}]") == {"l": [{"v": 1}]}


def test_null_removes() -> None:
    assert merged("a: {b: 1, c: 2}\nd: 1", "a: {b: ~}\nd:\ne:") == {"a": {"c": 2}}


def test_kinds_replace_each_other() -> None:
    assert merged("a: {b: 1}", "a: 2") == {"a": 2}
    assert merged("a: 2", "a: {b: 1}") == {"a": {"b": 1}}
    assert merged("a: [1]", "a: {b: 1}") == {"a": {"b": 1}}


def test_a_name_that_is_there_twice_stays_twice() -> None:
    result = merged("l: [{name: x, v: 1}, {name: x, v: 2}]", "l: [{name: x, v: 3}]")
    assert result == {"l": [{"name": "x", "v": 3}, {"name": "x", "v": 2}]}


def test_every_piece_keeps_its_place() -> None:
    base = parse("a: {b: 1}\nc: 2\n", "preset.yaml").root
    over = parse("x: 1\na:\n  d: 3\n  b: ~\n", "own.yaml").root
    result = merge(base, over)
    assert result.locate(("c",)) == Location("preset.yaml", 2, 4)
    assert result.locate(("a", "d")) == Location("own.yaml", 3, 6)
    assert result.locate(("a", "b")) == Location("own.yaml", 4, 3), "where it was removed"
    assert result.locate(("a",)).file == "own.yaml", "what lacks in it, the team adds there"


def test_an_overlay_in_the_same_file_leaves_maps_where_they_began() -> None:
    root = parse("a: {b: 1}\nover:\n  a: {c: 2}\n", "own.yaml").root
    overlay = root.child("over")
    assert overlay
    result = merge(root, replace(overlay))
    assert result.locate(("a",)).line == 1
    assert result.locate(("a", "c")).line == 3
