"""Secrets on AWS: looked up in the platform's part of Secrets Manager, by a role and no key."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from tests.support.aws_ground import ACCOUNT, CLUSTER, REGION, ground
from tests.support.facilities import Facilities
from tests.support.iam import Of, Statement, policies

from modelyard.contracts.context import Purpose
from modelyard.contracts.endpoint import SecretKey
from modelyard.contracts.secrets import Gathered
from modelyard.plan.capability import Capability as C
from modelyard.recorder import Graph

ATTACHED = "secrets: {attach: {store: vault, kind: SecretStore}}"
ARN = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:"
DATABASE = Gathered(name="pg", keys=("username", "password"))


def ask(platform: Facilities) -> Any:
    """Everything that the contract offers, and what AWS alone does."""
    place = platform.part(C.IDENTITY).namespaces[Purpose.PRODUCTION]
    secrets = platform.part(C.SECRETS)
    return {
        "one": secrets.refer("secret://hub/TOKEN", place, platform),
        "again": secrets.refer("secret://hub/TOKEN", place, platform),
        "whole": secrets.refer("secret://webhook", place, platform),
        "several": secrets.gather(DATABASE, place),
        "brought": secrets.bring("superuser", f"{ARN}rds!db-1", ["password"], place),
        "made": secrets.store("kept", place, {"key": secrets.password("kept", secrets)}, secrets),
    }


@cache
def looked_up(text: str = "", more: str = "") -> tuple[Graph, Any]:
    return ground(*CLUSTER, C.SECRETS, text=text, more=more, use=ask, deployed=True)


def external(graph: Graph, name: str) -> Any:
    return next(
        r.inputs["spec"]
        for r in graph
        if r.inputs.get("kind") == "ExternalSecret" and r.inputs["metadata"]["name"] == name
    )


def test_references_are_found_under_the_platform_s_own_prefix() -> None:
    graph, found = looked_up()
    assert found["one"] == found["again"] == SecretKey("hub-token", "TOKEN")
    one, whole, several = (external(graph, n)["data"] for n in ("hub-token", "webhook-value", "pg"))
    assert one == [{"secretKey": "TOKEN", "remoteRef": {"key": "yard/hub", "property": "TOKEN"}}]
    assert whole == [{"secretKey": "value", "remoteRef": {"key": "yard/webhook"}}]
    assert {entry["remoteRef"]["key"] for entry in several} == {"yard/pg"}


def test_platforms_and_environments_beside_each_other_share_no_secret() -> None:
    """The prefix is what the role of the operator may read."""
    graph, _ = ground(*CLUSTER, C.SECRETS)
    statements = operator_statements(graph)
    [reading] = [s for s in statements if s.can("secretsmanager:GetSecretValue")]
    assert reading.resources == (f"{ARN}yard/*",)
    [decrypting] = [s for s in statements if s.can("kms:Decrypt")]
    assert decrypting.resources == ("${yard-kms-secrets.arn}",)
    assert not any(s.can("secretsmanager:PutSecretValue") for s in statements)


def operator_statements(graph: Graph) -> list[Statement]:
    return [
        statement
        for policy in policies(graph, Of.IDENTITY)
        if "external-secrets" in policy.holder.name
        for statement in policy.allowed
    ]


def test_the_store_has_no_key_of_its_own_and_serves_the_platform_alone() -> None:
    graph, _ = looked_up()
    [store] = [r.inputs for r in graph if r.inputs.get("kind") == "ClusterSecretStore"]
    assert store["metadata"]["name"] == "yard"
    assert store["spec"]["provider"] == {"aws": {"service": "SecretsManager", "region": REGION}}
    [condition] = store["spec"]["conditions"]
    assert set(condition["namespaces"]) == {f"yard-{purpose}" for purpose in Purpose}


def test_what_is_brought_waits_for_the_store() -> None:
    graph, _ = looked_up()
    [store] = [r.urn for r in graph if r.inputs.get("kind") == "ClusterSecretStore"]
    brought = [r for r in graph if r.inputs.get("kind") == "ExternalSecret"]
    assert len(brought) == 4
    assert all(store in r.dependencies for r in brought)


def test_a_secret_that_aws_has_named_is_read_by_that_name() -> None:
    graph, found = looked_up()
    [data] = external(graph, found["brought"].name)["data"]
    assert data["remoteRef"] == {"key": f"{ARN}rds!db-1", "property": "password"}


def test_what_the_platform_makes_stays_in_the_cluster() -> None:
    graph, found = looked_up()
    assert found["made"].name == "kept"
    assert not [r for r in graph if r.type.startswith("aws:secretsmanager/")]


@pytest.mark.parametrize("name", ["hub-token", "webhook-value", "pg"])
def test_with_an_attached_store_references_go_there(name: str) -> None:
    graph, _ = looked_up(ATTACHED)
    spec = external(graph, name)
    assert spec["secretStoreRef"] == {"name": "vault", "kind": "SecretStore"}
    assert not any(entry["remoteRef"]["key"].startswith("yard/") for entry in spec["data"])


def test_with_an_attached_store_aws_s_own_secrets_are_still_aws_s() -> None:
    graph, found = looked_up(ATTACHED)
    spec = external(graph, found["brought"].name)
    assert spec["secretStoreRef"] == {"name": "yard", "kind": "ClusterSecretStore"}
