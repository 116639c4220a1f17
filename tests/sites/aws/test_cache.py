"""ElastiCache: encrypted, with a password, and reached from the cluster alone."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from tests.support.aws_ground import CLUSTER, ground
from tests.support.facilities import Facilities

from modelyard.plan.capability import Capability as C
from modelyard.plan.chosen import managed_cache
from modelyard.recorder import Graph, Resource
from modelyard.recorder.values import Secret

GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
SENSITIVE = "data: {classification: restricted}"


def ask(platform: Facilities) -> Any:
    return {"cache": platform.part(C.CACHE), "plan": platform.plan}


@cache
def stands(text: str = "", more: str = "", online: str = "valkey") -> tuple[Graph, Any]:
    sections = f"features: {{engine: feast, online: {online}}}\n{more}"
    return ground(*CLUSTER, C.SECRETS, C.CACHE, text=text, more=sections, use=ask)


def group(text: str = "", more: str = "", online: str = "valkey") -> Resource:
    [found] = stands(text, more, online)[0].of_type(GROUP)
    return found


@pytest.mark.parametrize("engine", ["valkey", "redis"])
def test_it_is_the_engine_asked_for_with_parameters_of_its_family(engine: str) -> None:
    graph, _ = stands(online=engine)
    inputs = group(online=engine).inputs
    [parameters] = graph.of_type("aws:elasticache/parameterGroup:ParameterGroup")
    assert inputs["engine"] == engine
    assert parameters.inputs["family"] == f"{engine}{inputs['engineVersion'].split('.')[0]}"
    assert inputs["parameterGroupName"] == parameters.inputs["name"]


def test_a_feature_is_never_thrown_away_for_want_of_memory() -> None:
    [parameters] = stands()[0].of_type("aws:elasticache/parameterGroup:ParameterGroup")
    wanted = {"name": "maxmemory-policy", "value": "volatile-lru"}
    assert wanted in parameters.inputs["parameters"]


def test_it_is_encrypted_at_rest_and_on_the_way() -> None:
    inputs = group().inputs
    assert inputs["atRestEncryptionEnabled"] is True
    assert inputs["kmsKeyId"] == "${yard-kms-data.arn}"
    assert inputs["transitEncryptionEnabled"] is True
    assert inputs["transitEncryptionMode"] == "required"


def test_clients_have_its_password_and_speak_tls() -> None:
    graph, found = stands()
    part = found["cache"]
    assert isinstance(group().inputs["authToken"], Secret)
    assert (part.tls, part.endpoint.scheme, part.endpoint.port) == (True, "rediss", 6379)
    [kept] = [r for r in graph if r.inputs.get("kind") == "Secret"]
    assert kept.inputs["metadata"]["name"] == part.secret.name
    assert isinstance(kept.inputs["stringData"]["password"], Secret)


def test_only_members_of_the_cluster_s_group_come_in() -> None:
    graph, _ = stands()
    rules = [r for r in graph if "securityGroup" in r.type and "Rule" in r.type]
    [mine] = [r for r in rules if r.name == "yard-cache"]
    assert (mine.inputs["fromPort"], mine.inputs["toPort"]) == (6379, 6379)
    [source] = mine.property_dependencies["referencedSecurityGroupId"]
    assert source.rpartition("::")[2] == "yard-cluster"


def test_it_is_what_the_plan_has_priced() -> None:
    for text, more in (("", ""), ("", SENSITIVE), ("cache: {replicas: 2}", "")):
        _, found = stands(text, more)
        plan, inputs = found["plan"], group(text, more).inputs
        chosen = managed_cache(plan.blueprint, plan.blueprint.sites["here"])
        assert inputs["nodeType"] == chosen.machine
        assert inputs["numCacheClusters"] == chosen.nodes


@pytest.mark.parametrize(("more", "several"), [("", False), (SENSITIVE, True)])
def test_a_copy_takes_over_where_there_is_one(more: str, several: bool) -> None:
    inputs = group(more=more).inputs
    assert inputs["automaticFailoverEnabled"] is several
    assert inputs["multiAzEnabled"] is several


@pytest.mark.parametrize("replicas", [0, 2])
def test_somebody_hears_when_any_of_the_nodes_is_full(replicas: int) -> None:
    text = f"cache: {{replicas: {replicas}}}"
    alarms = stands(text)[0].of_type(ALARM)
    identifier = group(text).inputs["replicationGroupId"]
    full = [a.inputs for a in alarms if a.inputs["metricName"] == "DatabaseMemoryUsagePercentage"]
    watched = {a["dimensions"]["CacheClusterId"] for a in full}
    assert watched == {f"{identifier}-{number:03}" for number in range(1, replicas + 2)}
    assert all(alarm.inputs["alarmActions"] == ["${yard-cache-notices.arn}"] for alarm in alarms)


def test_its_logs_are_encrypted() -> None:
    graph, _ = stands()
    groups = {g.inputs["name"]: g.inputs for g in graph.of_type("aws:cloudwatch/logGroup:LogGroup")}
    written = {each["destination"] for each in group().inputs["logDeliveryConfigurations"]}
    assert len(written) == 2
    assert {groups[name]["kmsKeyId"] for name in written} == {"${yard-kms-logs.arn}"}


@pytest.mark.parametrize("protect", ["true", "false"])
def test_it_is_protected_as_the_platform_is(protect: str) -> None:
    assert group(more=f"protect: {protect}").protect is (protect == "true")
