"""Memorystore: encrypted, inside the network, and with a password where it knows one."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from tests.support.facilities import Facilities
from tests.support.gcp_ground import CLUSTER, SENSITIVE, ground, of, only

from modelyard.plan.capability import Capability as C
from modelyard.recorder import Graph


def ask(platform: Facilities) -> Any:
    return platform.part(C.CACHE)


@cache
def stands(text: str = "", more: str = "") -> tuple[Graph, Any]:
    engine = "valkey" if "valkey" in text else "redis"
    online = f"features: {{engine: feast, online: {engine}}}"
    given = f"cache: {{{text}}}" if text else ""
    wanted = {*CLUSTER, C.SECRETS, C.CACHE, C.FEATURES}
    return ground(*wanted, text=given, more=f"{online}\n{more}", use=ask)


def redis(text: str = "", more: str = "") -> dict[str, Any]:
    return only(stands(text, more)[0], "redis/instance:Instance")


def test_redis_asks_for_a_password_and_speaks_tls() -> None:
    made = redis()
    assert made["authEnabled"]
    assert made["transitEncryptionMode"] == "SERVER_AUTHENTICATION"
    assert made["customerManagedKey"] == "${yard-kms-data.id}"
    assert made["authorizedNetwork"] == "${yard-vpc.id}"
    part = stands()[1]
    assert (part.tls, part.authority, part.endpoint.scheme) == (True, "ca.crt", "rediss")


@pytest.mark.parametrize(
    ("text", "more", "tier", "copies"),
    [
        ("", "", "BASIC", None),
        ("replicas: 2", "", "STANDARD_HA", 2),
        ("", SENSITIVE, "STANDARD_HA", 1),
    ],
)
def test_copies_are_there_where_they_are_asked_for(
    text: str, more: str, tier: str, copies: int | None
) -> None:
    made = redis(text, more)
    assert made["tier"] == tier
    assert made.get("replicaCount") == copies
    assert (made.get("readReplicasMode") == "READ_REPLICAS_ENABLED") is bool(copies)


def test_what_has_no_end_is_never_thrown_away() -> None:
    assert redis()["redisConfigs"] == {"maxmemory-policy": "volatile-lru"}


def test_valkey_comes_into_the_network_by_a_connection_of_its_own() -> None:
    graph, part = stands("engine: valkey")
    assert of(graph, "redis/instance:Instance") == {}
    made = only(graph, "memorystore/instance:Instance")
    assert made["kmsKey"] == "${yard-kms-data.id}"
    assert made["transitEncryptionMode"] == "SERVER_AUTHENTICATION"
    assert made["desiredAutoCreatedEndpoints"] == [
        {"network": "${yard-vpc.id}", "projectId": "acme-ml-prod"}
    ]
    [server] = graph.of_type("gcp:memorystore/instance:Instance")
    assert any(urn.endswith("::yard-vpc-cache") for urn in server.dependencies)
    assert part.tls


def test_the_owner_hears_before_it_is_full() -> None:
    [alert] = of(stands()[0], "monitoring/alertPolicy:AlertPolicy").values()
    [condition] = alert["conditions"]
    assert condition["conditionThreshold"]["thresholdValue"] == 0.85
    assert alert["notificationChannels"] == ["${yard-account-owner.id}"]
