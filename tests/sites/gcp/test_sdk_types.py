"""Resources of Google Cloud against the classes of pulumi-gcp: every input, every output read.

That the comparison finds what is wrong is shown with resources of AWS. Values of enumerations,
lengths and patterns stay unchecked: the SDK's types do not have them.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest
from tests.support import gcp_ground, on_gcp, shipped
from tests.support.programs import run
from tests.support.sdk_types import outputs_problems

from modelyard.objects.cloud import CloudResource, Shape
from modelyard.platform import Platform
from modelyard.program import record_plan
from modelyard.recorder import Graph, check_inputs, record

BUCKET = "gcp:storage/bucket:Bucket"
INPUTS: dict[str, Any] = {
    "location": "EUROPE-WEST1",
    "versioning": {"enabled": True},
    "lifecycleRules": [{"action": {"type": "Delete"}, "condition": {"age": 7}}],
}
MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "python's name": (
        {"force_destroy": True},
        "force_destroy: unknown property; did you mean 'forceDestroy'?",
    ),
    "nested typo": (
        {"versioning": {"enabeld": True}},
        "versioning.enabeld: unknown property; did you mean 'enabled'?",
    ),
    "text for a number": (
        {"lifecycleRules": [{"action": {"type": "Delete"}, "condition": {"age": "old"}}]},
        "lifecycleRules[0].condition.age: expected integer, got string 'old'",
    ),
    "one for several": (
        {"lifecycleRules": {"action": {"type": "Delete"}}},
        "lifecycleRules: expected array, got object",
    ),
}


@pytest.mark.parametrize(("planted", "expected"), MISTAKES.values(), ids=MISTAKES)
def test_planted_mistakes_are_found(planted: dict[str, Any], expected: str) -> None:
    given = {**copy.deepcopy(INPUTS), **planted}
    graph = run(lambda: CloudResource(BUCKET, "it", given, outputs={}) and None)
    found = [f"{item.path}: {item.message}" for item in check_inputs(graph)]
    assert [it for it in found if "missing" not in it] == [expected]


READ: dict[str, tuple[Shape, list[str]]] = {
    "right": ({"name": str, "versioning": {"enabled": bool}}, []),
    "no such output": ({"arn": str}, ["arn: there is no such output"]),
    "no list": ({"name": [str]}, ["name: is no list"]),
    "another type": ({"forceDestroy": str}, ["forceDestroy: is bool, not str"]),
}


@pytest.mark.parametrize(("read", "problems"), READ.values(), ids=READ)
def test_outputs_that_are_read_exist(
    read: Shape, problems: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modelyard.objects.cloud._read", {})
    graph = run(lambda: CloudResource(BUCKET, "it", INPUTS, outputs=read) and None)
    assert outputs_problems(graph) == [f"{BUCKET} {problem}" for problem in problems]


def _recorded(name: str) -> Graph:
    plan = gcp_ground.platform_plan(name)
    program = lambda: Platform(plan) and None  # noqa: E731
    return record(program, project="modelyard", stack="test", config=gcp_ground.DENIED)


@pytest.mark.parametrize("name", gcp_ground.SITES)
def test_every_setting_of_a_site_is_right(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Recorded anew, so that what other tests read of a type does not count."""
    monkeypatch.setattr("modelyard.objects.cloud._read", {})
    graph = _recorded(name)
    assert [str(item) for item in check_inputs(graph)] + outputs_problems(graph) == []


def test_every_shipped_platform_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modelyard.objects.cloud._read", {})
    graphs = [record_plan(shipped.planned(case).plan, deployed=True) for case in on_gcp.cases()]
    found = {str(item) for graph in graphs for item in check_inputs(graph)}
    read = {problem for graph in graphs for problem in outputs_problems(graph)}
    assert found | read == set()


@pytest.mark.parametrize("name", gcp_ground.SITES)
def test_settings_of_providers_travel_as_text(name: str) -> None:
    """Lists and objects, too: the SDK's provider classes write them as JSON."""
    providers = gcp_ground.platform(name).of_type("pulumi:providers:gcp")
    assert providers
    assert {type(value) for it in providers for value in it.inputs.values()} == {str}
