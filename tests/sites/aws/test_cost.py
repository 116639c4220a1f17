"""The plan's cost of an AWS site, held against the resources that AWS would bill."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from tests.support import on_aws, sagemaker, shipped
from tests.support.bills import Cloud, Counting, Quantities, one

from modelyard.catalog.defaults import count, endpoints
from modelyard.plan.plan import Plan
from modelyard.program import record_plan
from modelyard.recorder import Graph
from modelyard.review.report import Report
from modelyard.sites.aws.endpoints import INTERFACES

MANAGED = {
    "hosted": """
        features:
          engine: sagemaker
          groups: [{name: clicks, key: user, time: at, fields: {amount: float}}]
        registry: {engine: sagemaker}
        tracking: {engine: sagemaker, size: medium}
        pipelines: {engine: sagemaker}
        models:
          - name: churn
            type: predictive
            source: models:/churn/3
            card: {purpose: Tells who leaves, risk: high}
            serve:
              engine: sagemaker
              image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/churn:1
              replicas: {min: 2, max: 4}
              target: {p95_ms: 80, rps: 10}
              challenger: models:/churn/4
            promote: {approval: required}
          - name: chat
            type: llm
            source: hf://Qwen/Qwen2.5-7B-Instruct
            serve: {engine: sagemaker}
          - name: slow
            type: predictive
            source: s3://weights/slow.tar.gz
            serve:
              engine: sagemaker
              image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/slow:1
              mode: async
              replicas: {min: 0, max: 2}
        access: {approvers: [lead@example.com]}
    """,
    "served": """
        data: {pii: true}
        compliance: [soc2]
        ingestion:
          engine: msk
          topics: [{name: clicks}]
          brokers: {per_zone: 2, size: 50Gi}
          validation: glue
          rules: [{table: clicks, rules: ['IsComplete "user"']}]
        monitoring: {engine: amazon-managed-prometheus, grafana: true}
        llm:
          guardrails: [{name: safe, engine: bedrock}]
          rag: {store: opensearch}
        models: [{name: small, type: llm, source: "hf://Qwen/Qwen2.5-0.5B"}]
    """,
    "looked after, and without a way out": """
        sites:
          cloud:
            kind: aws
            region: eu-west-1
            account: "123456789012"
            network: {nat: none, zones: 2}
            cluster: {mode: auto}
        llm: {rag: {store: s3-vectors, dimension: 8}}
    """,
}
"""What the shipped blueprints leave out."""


@cache
def managed(name: str) -> tuple[Plan, Graph]:
    plan = sagemaker.planned(MANAGED[name])
    return plan, record_plan(plan)


def _ids() -> list[str | shipped.Case]:
    return [*on_aws.cases(), *MANAGED]


def recorded(case: str | shipped.Case) -> tuple[Plan, Graph]:
    """The plan and the graph of a shipped blueprint, or of one of those above."""
    if isinstance(case, str):
        return managed(case)
    return shipped.planned(case).plan, shipped.recorded(case)


EACH = pytest.mark.parametrize("case", _ids(), ids=str)


def test_there_are_blueprints_on_aws() -> None:
    assert on_aws.cases()


@EACH
def test_every_type_of_a_graph_is_classified(case: str | shipped.Case) -> None:
    _, graph = recorded(case)
    assert list(AMAZON.resources(graph))
    assert AMAZON.unclassified(graph) == set()


@EACH
def test_what_a_part_is_billed_for_is_in_the_plan_s_cost_of_it(case: str | shipped.Case) -> None:
    assert AMAZON.missing(*recorded(case)) == []


def test_a_report_has_a_rate_once_however_many_parts_it_is_for() -> None:
    plan, graph = recorded(on_aws.cases()[0])
    [table] = [t for t in Report(plan, graph, ()).tables() if t.title == "Billed by use"]
    lines = [line for _, _, rates in table.rows for line in rates.split("; ")]
    assert len(lines) == len(set(lines)) == len({rate.item for rate in plan.cost.by_use})


# What AWS would count of a resource, by the items of the price list.


def _database(inputs: Mapping[str, Any]) -> Quantities:
    instances = 2 if inputs.get("multiAz") else 1
    return {
        f"database/{inputs['instanceClass']}": instances,
        "database/storage": instances * inputs["allocatedStorage"],
    }


def _cache(inputs: Mapping[str, Any]) -> Quantities:
    return {f"cache/{inputs['engine']}/{inputs['nodeType']}": inputs["numCacheClusters"]}


def _endpoint(inputs: Mapping[str, Any]) -> Quantities:
    if inputs.get("vpcEndpointType", "Gateway") == "Gateway":
        return {}
    return _subnets(inputs)


def _nodes(inputs: Mapping[str, Any]) -> Quantities:
    """Of its first choice; what the template gives as disk is told by another test."""
    return {f"machine/{inputs['instanceTypes'][0]}": inputs["scalingConfig"]["minSize"]}


def _brokers(inputs: Mapping[str, Any]) -> Quantities:
    group, number = inputs["brokerNodeGroupInfo"], inputs["numberOfBrokerNodes"]
    volumes = group.get("storageInfo", {}).get("ebsStorageInfo", {}).get("volumeSize", 0)
    return {f"kafka/{group['instanceType']}": number, "kafka/storage": number * volumes}


def _hosts(inputs: Mapping[str, Any]) -> Quantities:
    """Variants that answer and those that only listen; serverless ones have no machine, and those
    that answer later have none as long as nobody asks.
    """
    variants = [*inputs["productionVariants"], *inputs.get("shadowProductionVariants", [])]
    found: defaultdict[str, float] = defaultdict(float)
    for variant in variants:
        if "instanceType" in variant:
            number = 0 if inputs.get("asyncInferenceConfig") else variant["initialInstanceCount"]
            found[f"inference/{variant['instanceType']}"] += number
    return found


def _vectors(inputs: Mapping[str, Any]) -> Quantities:
    return {"vectors/compute": 2 if inputs["standbyReplicas"] == "ENABLED" else 1}


def _tracking(inputs: Mapping[str, Any]) -> Quantities:
    return {f"tracking/{inputs['trackingServerSize'].lower()}": 1}


def _airflow(inputs: Mapping[str, Any]) -> Quantities:
    """With its first worker; the others come and go."""
    assert inputs["minWorkers"] == 1
    return {f"airflow/{inputs['environmentClass'].removeprefix('mw1.')}": 1}


def _subnets(inputs: Mapping[str, Any]) -> Quantities:
    return {"network/endpoint": len(inputs["subnetIds"])}


def _devices(inputs: Mapping[str, Any]) -> Quantities:
    """By those that register, which no resource tells; the plan goes by `devices.count`."""
    del inputs
    return {}


def _firewall(inputs: Mapping[str, Any]) -> Quantities:
    return {"firewall/acl": 1, "firewall/rule": len(inputs.get("rules", []))}


COUNTED: Mapping[str, Counting] = {
    "aws:ec2/eip:Eip": one("network/address"),
    "aws:ec2/natGateway:NatGateway": one("network/nat"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": _endpoint,
    "aws:ec2/vpnConnection:VpnConnection": lambda _: {"network/vpn": 1, "network/address": 2},
    "aws:eks/cluster:Cluster": one("cluster/control-plane"),
    "aws:eks/nodeGroup:NodeGroup": _nodes,
    "aws:elasticache/replicationGroup:ReplicationGroup": _cache,
    "aws:iot/provisioningTemplate:ProvisioningTemplate": _devices,
    "aws:kms/key:Key": one("keys/key"),
    "aws:lb/loadBalancer:LoadBalancer": one("load-balancer/hour"),
    "aws:msk/cluster:Cluster": _brokers,
    "aws:mwaa/environment:Environment": _airflow,
    "aws:opensearch/serverlessCollection:ServerlessCollection": _vectors,
    "aws:opensearch/serverlessVpcEndpoint:ServerlessVpcEndpoint": _subnets,
    "aws:rds/instance:Instance": _database,
    "aws:route53/zone:Zone": one("network/zone"),
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": _hosts,
    "aws:sagemaker/mlflowTrackingServer:MlflowTrackingServer": _tracking,
    "aws:wafv2/webAcl:WebAcl": _firewall,
}


AMAZON = Cloud("aws", COUNTED)


@EACH
def test_the_bill_counts_what_is_in_the_graph(case: str | shipped.Case) -> None:
    found, billed_for = AMAZON.counts(*recorded(case))
    assert {item: billed_for[item] for item in found} == found


@EACH
def test_the_bill_has_the_disks_of_the_nodes_that_are_always_there(
    case: str | shipped.Case,
) -> None:
    _, graph = recorded(case)
    templates = [
        r for r in AMAZON.resources(graph) if r.type == "aws:ec2/launchTemplate:LaunchTemplate"
    ]
    gigabytes = sum(
        mapping["ebs"]["volumeSize"]
        for template in templates
        for mapping in template.inputs["blockDeviceMappings"]
    )
    assert gigabytes == len(templates) * count("aws", "system_disk")


def test_endpoints_are_those_of_the_site() -> None:
    assert endpoints("aws") == set(INTERFACES)


NOT_MADE = {"aws:msk/serverlessCluster:ServerlessCluster"}
"""Types with a price of which no platform has any yet."""


def test_every_priced_type_is_counted_here() -> None:
    assert AMAZON.priced() == {*COUNTED, *NOT_MADE}
