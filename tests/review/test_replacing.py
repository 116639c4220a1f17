"""What becomes of resources between two graphs."""

from __future__ import annotations

from typing import Any

import pytest

from modelyard.engine.deployed import comparable, deployed_graph
from modelyard.engine.parts import Parts
from modelyard.recorder import Graph, Resource
from modelyard.recorder.urn import make_urn
from modelyard.review.blast import Dependents
from modelyard.review.replacing import Changed, Comparison, Replacement, changed

VPC, SUBNET, DATABASE = (
    "aws:ec2/vpc:Vpc",
    "aws:ec2/subnet:Subnet",
    "aws:rds/instance:Instance",
)


def _urn(token: str, name: str) -> str:
    return make_urn("prod", "modelyard", None, token, name)


def _resource(token: str, name: str, inputs: dict[str, Any] | None = None, **more: Any) -> Resource:
    return Resource(
        urn=_urn(token, name), type=token, name=name, custom=True, inputs=inputs or {}, **more
    )


def _graph(*resources: Resource) -> Graph:
    return Graph.of("modelyard", "prod", resources, {})


def _changed(before: Graph, after: Graph, *, known: bool = True) -> tuple[Changed, ...]:
    return changed(Comparison(before, after, known), Parts({}, ()))


def _platform(cidr: str = "10.0.0.0/16", **database: Any) -> Graph:
    vpc, subnet = _urn(VPC, "net"), _urn(SUBNET, "a")
    return _graph(
        _resource(VPC, "net", {"cidrBlock": cidr}),
        _resource(SUBNET, "a", {"vpcId": "${net.id}"}, property_dependencies={"vpcId": (vpc,)}),
        _resource(DATABASE, "db", {"engine": "postgres", **database}, dependencies=(subnet,)),
    )


def test_nothing_changes_where_nothing_differs() -> None:
    assert _changed(_platform(), _platform()) == ()


def test_what_is_made_of_what_is_replaced_is_replaced() -> None:
    vpc, subnet = _changed(_platform(), _platform("10.1.0.0/16"))
    assert (vpc.change.name, vpc.verb, vpc.because) == ("net", "replace", ("cidrBlock",))
    assert vpc.blast is not None
    assert (vpc.blast.directly, vpc.blast.in_all) == (("a",), ("a", "db"))
    assert (subnet.verb, subnet.because, subnet.edits) == ("replace", (), ())
    assert [(each.property, each.of) for each in subnet.carried] == [("vpcId", "net")]
    assert vpc.json()["because"][0]["source"]


def test_what_keeps_data_comes_first() -> None:
    after = _platform("10.1.0.0/16", storageEncrypted=True)
    first, *_ = _changed(_platform(), after)
    assert (first.change.name, first.lost) == ("db", True)


@pytest.mark.parametrize(
    ("token", "key", "replacement"),
    [
        (DATABASE, "instanceClass", Replacement.NO),
        (DATABASE, "engine", Replacement.YES),
        (DATABASE, "dbSubnetGroupName", Replacement.DEPENDS),
        ("aws:nowhere/thing:Thing", "name", Replacement.UNKNOWN),
        ("kubernetes:example.com/v1:Thing", "spec", Replacement.NO),
    ],
)
def test_replacement_is_told_or_said_to_be_unknown(
    token: str, key: str, replacement: Replacement
) -> None:
    (each,) = _changed(_graph(_resource(token, "x", {key: "a"})), _graph(_resource(token, "x")))
    assert each.replacement is replacement
    assert each.verb == ("replace" if replacement is Replacement.YES else "update")


def test_an_alias_is_the_same_resource() -> None:
    new = _resource(VPC, "new", aliases=(_urn(VPC, "old"),))
    assert _changed(_graph(_resource(VPC, "old")), _graph(new)) == ()


def test_the_programs_own_options_count() -> None:
    before = _graph(_resource(DATABASE, "x", {"port": 1, "engine": "a"}))
    ignored = _resource(DATABASE, "x", {"port": 1, "engine": "b"}, ignore_changes=("engine",))
    assert _changed(before, _graph(ignored)) == ()
    asked = _resource(DATABASE, "x", {"port": 2, "engine": "a"}, replace_on_changes=("port",))
    assert _changed(before, _graph(asked))[0].verb == "replace"


def test_losing_protection_is_a_change() -> None:
    (each,) = _changed(_graph(_resource(VPC, "x", protect=True)), _graph(_resource(VPC, "x")))
    assert [str(edit) for edit in each.edits] == ["protect: true -> false"]
    assert each.stateful


def test_what_is_only_read_is_not_changed() -> None:
    gone = _graph(_resource(VPC, "x", external=True))
    assert _changed(gone, _graph()) == ()


def test_who_waits_for_a_component_waits_for_what_is_in_it() -> None:
    home = Resource(urn=_urn("m:Home", "home"), type="m:Home", name="home", custom=False)
    inside = _resource(VPC, "inside", parent=home.urn)
    after = _resource(SUBNET, "after", dependencies=(home.urn,))
    blast = Dependents(_graph(home, inside, after)).of(inside.urn)
    assert blast.in_all == ("after",)


SECRET = {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    "ciphertext": "v1:hunter2",
}


def test_a_state_is_compared_without_secrets_and_what_providers_add() -> None:
    token = "kubernetes:core/v1:Secret"
    state = {
        "resources": [
            {
                "urn": _urn(DATABASE, "db"),
                "type": DATABASE,
                "custom": True,
                "inputs": {
                    "__defaults": ["applyImmediately"],
                    "applyImmediately": False,
                    "engine": "postgres",
                    "password": SECRET,
                    "kmsKeyId": "arn:aws:kms:::key/1",
                },
            },
            {
                "urn": _urn(token, "s"),
                "type": token,
                "custom": True,
                "inputs": {"data": SECRET, "type": "Opaque"},
            },
        ]
    }
    wanted = {"engine": "postgres", "password": "${p.result}", "kmsKeyId": "${key.arn}"}
    planned = _graph(
        _resource(DATABASE, "db", wanted),
        _resource(token, "s", {"stringData": {"a": "b"}, "type": "Opaque"}),
    )
    before = deployed_graph(state, "modelyard", "prod")
    assert "hunter2" not in str(before.to_json())
    assert _changed(before, comparable(planned), known=False) == ()
    other = _graph(_resource(DATABASE, "db", {**wanted, "engine": "mysql"}))
    names = [(each.change.name, each.verb) for each in _changed(before, other, known=False)]
    assert names == [("db", "replace"), ("s", "delete")]
