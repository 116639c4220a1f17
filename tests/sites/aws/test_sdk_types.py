"""Resources of AWS against the classes of pulumi-aws: names, nested names, types, what is required.

The SDK itself looks at nothing of this. Values of enumerations, regions, lengths and patterns stay
unchecked: the SDK's types do not have them.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from tests.support import on_aws, shipped
from tests.support.programs import run
from tests.support.sdk_types import outputs_problems

from modelyard.objects.cloud import CloudResource, Shape
from modelyard.program import record_plan
from modelyard.recorder import Graph, check_inputs

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:pulumi_aws.*")

DATABASE = "aws:rds/instance:Instance"
BUCKET = "aws:s3/bucket:Bucket"
FLEET: dict[str, dict[str, Any]] = {
    BUCKET: {"bucket": "yard", "forceDestroy": False, "tags": {"team": "ml"}},
    "aws:iam/role:Role": {
        "name": "yard",
        "assumeRolePolicy": "{}",
        "inlinePolicies": [{"name": "a", "policy": "{}"}],
    },
    DATABASE: {
        "engine": "postgres",
        "instanceClass": "db.t4g.small",
        "allocatedStorage": 20,
        "multiAz": True,
        "enabledCloudwatchLogsExports": ["postgresql"],
        "restoreToPointInTime": {
            "sourceDbInstanceIdentifier": "old",
            "useLatestRestorableTime": True,
        },
    },
    "random:index/randomPassword:RandomPassword": {"length": 24, "special": False},
}


def _made(token: str, inputs: dict[str, Any]) -> Graph:
    return run(lambda: CloudResource(token, "it", inputs, outputs={}) and None)


def _found(token: str, inputs: dict[str, Any]) -> list[str]:
    return [f"{item.path}: {item.message}" for item in check_inputs(_made(token, inputs))]


@pytest.mark.parametrize(("token", "inputs"), FLEET.items(), ids=FLEET)
def test_correct_resources_pass(token: str, inputs: dict[str, Any]) -> None:
    assert _found(token, inputs) == []


@pytest.mark.parametrize(("token", "inputs"), FLEET.items(), ids=FLEET)
def test_an_unknown_name_is_found_in_every_type(token: str, inputs: dict[str, Any]) -> None:
    assert _found(token, {**inputs, "bukcet": 1})[0].startswith("bukcet: unknown property")


def _put(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    *above, last = path.split(".")

    def change(inputs: dict[str, Any]) -> None:
        for part in above:
            inputs = inputs[part]
        inputs[last] = value

    return change


MISTAKES: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "python's name": (
        _put("storage_encrypted", True),
        "storage_encrypted: unknown property; did you mean 'storageEncrypted'?",
    ),
    "nested typo": (
        _put("restoreToPointInTime.useLatestRestorabelTime", True),
        "restoreToPointInTime.useLatestRestorabelTime: unknown property; "
        "did you mean 'useLatestRestorableTime'?",
    ),
    "text for a number": (
        _put("allocatedStorage", "many"),
        "allocatedStorage: expected integer, got string 'many'",
    ),
    "number for a text": (_put("port", "5432"), "port: expected integer, got string '5432'"),
    "text for a truth": (_put("multiAz", "yes"), "multiAz: expected boolean, got string 'yes'"),
    "one for several": (
        _put("enabledCloudwatchLogsExports", "postgresql"),
        "enabledCloudwatchLogsExports: expected array, got string 'postgresql'",
    ),
    "several for one": (
        _put("restoreToPointInTime", [{}]),
        "restoreToPointInTime: expected object, got array",
    ),
    "value of a map": (_put("tags", {"team": 3}), "tags.team: expected string, got number 3"),
    "missing": (
        lambda inputs: inputs.pop("instanceClass"),
        ": missing required property 'instanceClass'",
    ),
}


@pytest.mark.parametrize(("plant", "expected"), MISTAKES.values(), ids=MISTAKES)
def test_planted_mistakes_are_found(plant: Callable[[Any], Any], expected: str) -> None:
    inputs = copy.deepcopy(FLEET[DATABASE])
    plant(inputs)
    assert _found(DATABASE, inputs) == [expected]


def test_a_mistyped_type_is_found() -> None:
    [found] = _found("aws:s3/bucket:Buckte", {})
    assert "unknown type" in found
    assert "'aws:s3/bucket:Bucket'" in found


def test_a_type_of_no_module_is_found() -> None:
    [found] = _found("aws:s4/bucket:Bucket", {})
    assert "unknown type aws:s4/bucket:Bucket" in found


def test_a_providers_settings_are_checked_by_name() -> None:
    graph = run(lambda: pulumi.ProviderResource("aws", "it", {"regoin": "eu-west-1"}) and None)
    assert [item.path for item in check_inputs(graph)] == ["regoin"]


READ: dict[str, tuple[Shape, list[str]]] = {
    "right": (
        {"arn": str, "masterUserSecrets": [{"secretArn": str}], "port": int},
        [],
    ),
    "no such output": ({"aarn": str}, ["aarn: there is no such output"]),
    "no such output inside": (
        {"masterUserSecrets": [{"arn": str}]},
        ["masterUserSecrets[].arn: there is no such output"],
    ),
    "no list": ({"arn": [str]}, ["arn: is no list"]),
    "no object": ({"arn": {"id": str}}, ["arn: is no object"]),
    "another type": ({"port": str}, ["port: is int, not str"]),
}


@pytest.mark.parametrize(("read", "problems"), READ.values(), ids=READ)
def test_outputs_that_are_read_exist(
    read: Shape, problems: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modelyard.objects.cloud._read", {})
    graph = run(lambda: CloudResource(DATABASE, "it", FLEET[DATABASE], outputs=read) and None)
    assert outputs_problems(graph) == [f"{DATABASE} {problem}" for problem in problems]


def test_every_shipped_platform_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """One test for all of them: the SDK's modules take longer to import than all the rest.

    Recorded anew, so that what other tests read of a type does not count.
    """
    monkeypatch.setattr("modelyard.objects.cloud._read", {})
    graphs = [record_plan(shipped.planned(case).plan, deployed=True) for case in on_aws.cases()]
    found = {str(item) for graph in graphs for item in check_inputs(graph)}
    read = {problem for graph in graphs for problem in outputs_problems(graph)}
    assert found | read == set()


def test_settings_of_providers_travel_as_text() -> None:
    """Lists and objects, too: the SDK's provider classes write them as JSON."""
    wrong = {
        f"{resource.name} {key}"
        for case in on_aws.cases()
        for resource in shipped.recorded(case).of_type("pulumi:providers:aws")
        for key, value in resource.inputs.items()
        if not isinstance(value, str)
    }
    assert wrong == set()
