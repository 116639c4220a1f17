"""Which models have to be looked at again when another one changes, and in which order."""

from __future__ import annotations

import pytest
from tests.support.parts import planned

from modelyard.blueprint.blueprint import Blueprint
from modelyard.plan.dependencies import guarded_readers, readers, registered_reads

MODEL = "{{name: {0}, type: predictive, source: 'models:/{0}@champion', {1}}}"
NEEDED = "promote: {approval: required}"


def blueprint(**models: str) -> Blueprint:
    """Models by name, each with what it reads; those of capital letters nobody promotes."""
    rows = [
        MODEL.format(name.lower(), f"depends_on: [{reads}]" + (f", {NEEDED}" * name.islower()))
        for name, reads in models.items()
    ]
    text = "sites: {here: {kind: kubernetes}}\nregistry: {}\naccess: {approvers: ['group:risk']}\n"
    return planned(text + "models:\n" + "".join(f"  - {row}\n" for row in rows)).blueprint


@pytest.mark.parametrize(
    ("models", "name", "found"),
    [
        ({"a": "", "b": ""}, "a", ()),
        ({"a": "", "b": "a"}, "a", ("b",)),
        ({"c": "b", "b": "a", "a": ""}, "a", ("b", "c")),
        ({"d": "b, c", "c": "b", "b": "a", "a": ""}, "a", ("b", "c", "d")),
        ({"d": "b, c", "c": "b", "b": "a", "a": ""}, "c", ("d",)),
        ({"b": "a", "a": "", "x": ""}, "a", ("b",)),
    ],
)
def test_readers_come_after_what_they_read(
    models: dict[str, str], name: str, found: tuple[str, ...]
) -> None:
    assert tuple(model.name for model in readers(blueprint(**models), name)) == found


def test_only_models_with_gates_are_marked() -> None:
    made = blueprint(a="", B="a", c="b")
    assert [model.name for model in readers(made, "a")] == ["b", "c"]
    assert [model.name for model in guarded_readers(made, "a")] == ["c"]
    assert [model.name for model in registered_reads(made, made.model("c"))] == ["b"]
