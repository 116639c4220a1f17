"""What differs between two values."""

from __future__ import annotations

import json
from typing import Any

import pytest

from modelyard.recorder.values import Secret
from modelyard.review.edits import MISSING, edits


def _told(before: Any, after: Any, *, known: bool = True) -> list[str]:
    return [str(edit) for edit in edits(before, after, known=known)]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": True}, {"a": 1}, ["a: true -> 1"]),
        ({"a": 1}, {"a": 2, "b": 3}, ["a: 1 -> 2", "b: + 3"]),
        ({"a": {"b": 1}}, {"a": {}}, ["a.b: - 1"]),
        ([{"name": "x", "v": 1}], [{"name": "y"}, {"name": "x", "v": 2}], ["[x].v: 1 -> 2"]),
        ({"l": ["a", "b"]}, {"l": ["b", "c"]}, ["l.[]: - a", "l.[]: + c"]),
        ({"l": ["a", "b"]}, {"l": ["b", "a"]}, ['l: ["a", "b"] -> ["b", "a"]']),
        ({"l": [{"p": 1}, {"p": 2}]}, {"l": [{"p": 0}, {"p": 1}, {"p": 2}]}, ['l[0]: + {"p": 0}']),
    ],
)
def test_the_deepest_difference_is_told(before: Any, after: Any, told: list[str]) -> None:
    found = _told(before, after)
    assert len(found) >= len(told)
    assert [each.replace(".[]", "[]") for each in found][: len(told)] == [
        each.replace(".[]", "[]") for each in told
    ]


def test_policies_are_looked_into() -> None:
    old = json.dumps({"Statement": [{"Sid": "a", "Action": ["s3:GetObject"]}]})
    new = json.dumps({"Statement": [{"Sid": "a", "Action": ["s3:*"]}]})
    found = list(edits({"policy": old}, {"policy": new}))
    assert [edit.known_as for edit in found] == ["policy.Statement.Action"] * 2
    assert [edit.after for edit in found] == [MISSING, "s3:*"]


def test_a_secret_is_masked_wherever_it_is() -> None:
    old, new = {"a": "plain", "b": {"c": Secret()}}, {"a": Secret(), "b": {"c": Secret("number")}}
    found = list(edits(old, new))
    assert [(edit.at, edit.after) for edit in found] == [("a", "[secret]"), ("b.c", "[secret]")]
    assert list(edits({"a": Secret()}, {"a": Secret()})) == []


@pytest.mark.parametrize(
    ("before", "after", "differs"),
    [
        ("arn:aws:s3:::x", "${bucket.arn}", False),
        ("arn:aws:s3:::x/*", "${bucket.arn}/*", False),
        ("arn:aws:s3:::x/*", "${bucket.arn}/logs", True),
        ({"a": Secret()}, {"a": "${x.y}"}, False),
        (["a", "b"], ["a", "${x.id}"], False),
        (["a", "b"], ["a", "${x.id}", "c"], True),
    ],
)
def test_what_is_known_later_may_be_what_is_there(before: Any, after: Any, differs: bool) -> None:
    assert bool(list(edits(before, after, known=False))) == differs
    assert list(edits(before, after)) != []


def test_what_comes_as_a_whole_has_what_is_in_it() -> None:
    (edit,) = edits({}, {"spec": {"selector": {"app": "x"}}})
    assert "spec.selector" in edit.properties


def test_control_characters_stay_on_their_line() -> None:
    (edit,) = edits({"a\x1b[31m": "x"}, {"a\x1b[31m": "y\n\x1b]0;evil\x07"})
    assert "\x1b" not in str(edit)
    assert "\n" not in str(edit)


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("a-1-b-2-c", "a-${x}-b-${y}-c", True),
        ("a-1-b", "a-${x}-b-${y}-c", False),
        ("ab", "ab${x}ab", False),
        ("abab", "ab${x}ab", True),
        ("ab1cd", "${x}1cd", True),
        ("1", "${x}${y}", True),
    ],
)
def test_a_text_with_symbols_fits_what_may_stand_there(before: str, after: str, same: bool) -> None:
    assert (list(edits({"k": before}, {"k": after}, known=False)) == []) is same


def test_many_symbols_and_long_lists_are_compared_all_the_same() -> None:
    """Going back over each, they would take longer than anybody waits."""
    assert list(edits({"k": "a" * 5_000}, {"k": "a${x}" * 2_000 + "b"}, known=False))
    old, new = [f"a{i}" for i in range(60_000)], [f"b{i}" for i in range(60_000)]
    assert len(list(edits({"k": old}, {"k": new}))) == 120_000
