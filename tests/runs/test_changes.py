"""What a preview says would change."""

from __future__ import annotations

from tests.runs.events import STACK, began, ended, urn

from modelyard.engine.changes import Change, changes_of
from modelyard.engine.parts import Parts
from modelyard.review.changes import summary, tables

A, B = urn("a"), urn("b", "kubernetes:core/v1:Namespace")
PARTS = Parts({A: "registry", B: "identity"}, ("identity", "registry"))
OLD = {"type": "", "urn": B, "id": "", "parent": "", "provider": "", "protect": True}


def changes() -> tuple[Change, ...]:
    detail = {"spec.replicas": {"diffKind": "update", "inputDiff": True}}
    return changes_of(
        [
            began("create", STACK),
            began("update", A, detailedDiff=detail),
            ended("update", A),
            began("create-replacement", B, old=OLD),
            began("replace", B, old=OLD, diffs=["metadata"]),
            began("same", urn("c")),
        ],
        PARTS,
    )


def test_each_change_once_with_its_part_and_its_properties() -> None:
    update, replace = changes()
    assert (update.part, update.verb, update.kind) == ("registry", "update", "apps/v1:Deployment")
    assert update.properties == ("spec.replicas",)
    assert (replace.part, replace.verb, replace.protected) == ("identity", "replace", True)


def test_what_loses_data_comes_first() -> None:
    counts, listed = tables(changes(), unchanged=7)
    assert counts.note == "1 to update, 1 to replace, 7 stay as they are"
    assert listed.rows[0] == ("replace, protected", "core/v1:Namespace b: metadata")
    assert listed.note == "1 of them are protected: the engine will refuse"


def test_nothing_to_change_is_said() -> None:
    [counts] = tables((), unchanged=91)
    assert counts.note == "nothing to change, 91 stay as they are"
    assert summary(()) == ""
