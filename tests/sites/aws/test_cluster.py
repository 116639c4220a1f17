"""EKS as the blueprint asks for it: closed, recorded, encrypted; nodes that follow the models."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from tests.support.facilities import site, stood

from modelyard.plan.capability import Capability as C
from modelyard.recorder import Graph
from modelyard.recorder.values import plain
from modelyard.sites.aws.gpu_pool import cheapest
from modelyard.sites.aws.karpenter_policy import queue_name

PLACE = "region: eu-west-1, account: '123456789012'"
CLUSTER = "aws:eks/cluster:Cluster"
POLICY = "aws:iam/rolePolicy:RolePolicy"
NAME = "yard-cluster"


@cache
def graph(settings: str = "keys: {engine: cert-manager}") -> Graph:
    text = f"{PLACE}, {settings}"
    found, _ = stood(site(text, "aws"), lambda platform: platform.part(C.GPU_POOL).training(2))
    return found


@cache
def preview(settings: str = "keys: {engine: cert-manager}") -> Graph:
    """There an ARN is `${name.arn}`, so that policies can be read."""
    return stood(site(f"{PLACE}, {settings}", "aws"), deployed=False)[0]


def inputs(found: Graph, token: str) -> dict[str, Any]:
    [made] = found.of_type(token)
    return dict(plain(dict(made.inputs)))


def kinds(found: Graph, kind: str) -> dict[str, Any]:
    objects = (dict(plain(dict(r.inputs))) for r in found if r.inputs.get("kind") == kind)
    return {each["metadata"]["name"]: each["spec"] for each in objects}


def test_the_endpoint_is_private_and_everything_is_logged_and_encrypted() -> None:
    made = inputs(graph(), CLUSTER)
    assert made["vpcConfig"]["endpointPrivateAccess"] is True
    assert made["vpcConfig"]["endpointPublicAccess"] is False
    assert set(made["enabledClusterLogTypes"]) == {
        *("api", "audit", "authenticator", "controllerManager", "scheduler"),
    }
    assert made["encryptionConfig"]["resources"] == ["secrets"]
    assert made["accessConfig"]["authenticationMode"] == "API"
    assert made["deletionProtection"] is True


def test_a_restricted_endpoint_is_open_to_the_named_addresses_alone() -> None:
    found = graph("cluster: {endpoint: restricted, allow: [198.51.100.0/24]}")
    assert inputs(found, CLUSTER)["vpcConfig"]["publicAccessCidrs"] == ["198.51.100.0/24"]


def test_the_three_settings_of_auto_mode_go_together() -> None:
    made = inputs(graph("cluster: {mode: auto}"), CLUSTER)
    assert made["computeConfig"]["enabled"] is True
    assert made["storageConfig"] == {"blockStorage": {"enabled": True}}
    assert made["kubernetesNetworkConfig"] == {"elasticLoadBalancing": {"enabled": True}}
    assert made["bootstrapSelfManagedAddons"] is False
    assert "general" in kinds(graph("cluster: {mode: auto}"), "NodeClass")


def test_auto_mode_keeps_network_policies_which_it_does_not_by_itself() -> None:
    found = graph("cluster: {mode: auto}")
    switches = [r.inputs for r in found.of_type("kubernetes:core/v1:ConfigMap")]
    [switch] = [it for it in switches if it["metadata"]["name"] == "amazon-vpc-cni"]
    assert switch["metadata"]["namespace"] == "kube-system"
    assert switch["data"] == {"enable-network-policy-controller": "true"}
    classes = kinds(found, "NodeClass").values()
    assert all(spec["networkPolicy"] == "DefaultAllow" for spec in classes)


def test_auto_mode_may_tag_what_it_makes_for_this_cluster() -> None:
    [role] = [r for r in preview("cluster: {mode: auto}").of_type(POLICY) if r.name == NAME]
    statements = json.loads(plain(dict(role.inputs))["policy"])["Statement"]
    assert statements
    for statement in statements:
        tests = statement["Condition"]["StringEquals"]
        assert tests == {"aws:RequestTag/eks:eks-cluster-name": "yard"}


def test_auto_mode_brings_what_makes_nodes_and_load_balancers() -> None:
    text = f"{PLACE}, cluster: {{mode: auto}}, ingress: {{domain: a.example}}"
    [planned] = site(text, "aws").sites
    brought = {"karpenter", "aws-load-balancer-controller"}
    assert not brought & set(planned.operators)
    assert "envoy-gateway" in planned.operators
    assert addons("cluster: {mode: auto}") == {"metrics-server"}


def test_what_makes_nodes_stands_on_nodes_that_it_does_not_make() -> None:
    releases = preview().of_type("kubernetes:helm.sh/v3:Release")
    values = {r.inputs["name"]: plain(dict(r.inputs))["values"] for r in releases}
    for chart in ("karpenter", "aws-load-balancer-controller"):
        assert values[chart]["nodeSelector"] == {"modelyard.dev/nodes": "system"}
    [group] = [plain(dict(r.inputs)) for r in preview().of_type("aws:eks/nodeGroup:NodeGroup")]
    assert group["labels"] == {"modelyard.dev/nodes": "system"}


def addons(settings: str) -> set[str]:
    return {r.inputs["addonName"] for r in preview(settings).of_type("aws:eks/addon:Addon")}


def test_nothing_in_the_cluster_is_left_to_go_with_it() -> None:
    """Machines and volumes that Kubernetes has made would go on without it."""
    objects = [r for r in graph() if r.type.startswith("kubernetes:")]
    assert objects
    assert not [r.urn for r in objects if r.deleted_with]


@pytest.mark.parametrize("mode", ["standard", "auto"])
def test_nodes_bear_the_platform_s_tags(mode: str) -> None:
    found = graph(f"cluster: {{mode: {mode}}}")
    classes = {**kinds(found, "EC2NodeClass"), **kinds(found, "NodeClass")}
    assert classes
    for spec in classes.values():
        assert spec["tags"]["app.kubernetes.io/part-of"] == "yard"


def test_a_pool_for_each_way_of_paying_tried_in_order() -> None:
    pools = kinds(graph("gpus: {capacity: spot, fallback: [on-demand]}"), "NodePool")
    spot, on_demand = (
        next(spec for name, spec in pools.items() if name.endswith(f"-{kind}"))
        for kind in ("spot", "on-demand")
    )
    assert spot["weight"] > on_demand["weight"]
    for spec, kind in ((spot, "spot"), (on_demand, "on-demand")):
        wanted = {r["key"]: r["values"] for r in spec["template"]["spec"]["requirements"]}
        assert wanted["karpenter.sh/capacity-type"] == [kind]
        assert spec["template"]["spec"]["taints"][0]["key"] == "nvidia.com/gpu"


def test_reservations_are_named_to_karpenter() -> None:
    found = graph("gpus: {capacity: reserved, reservations: [cr-0123]}")
    chosen = [
        spec["capacityReservationSelectorTerms"]
        for name, spec in kinds(found, "EC2NodeClass").items()
        if name != "general"
    ]
    assert chosen
    assert all(terms == [{"id": "cr-0123"}] for terms in chosen)


@pytest.mark.parametrize("gpus", [1, 2, 4, 8])
def test_training_gets_a_machine_that_runs_the_images(gpus: int) -> None:
    machine = cheapest(gpus)
    assert machine.count >= gpus
    assert machine.architecture == "amd64"
    assert machine.accelerator_facts.vendor == "nvidia"


def test_more_gpus_than_any_machine_has_are_refused() -> None:
    with pytest.raises(LookupError, match="train with fewer"):
        cheapest(64)


def conditions(action: str, settings: str = "keys: {engine: cert-manager}") -> list[dict[str, Any]]:
    """The conditions under which Karpenter may do something."""
    [policy] = [r for r in preview(settings).of_type(POLICY) if r.name == "yard-cluster-karpenter"]
    statements = json.loads(plain(dict(policy.inputs))["policy"])["Statement"]
    return [it.get("Condition", {}) for it in statements if action in it["Action"]]


@pytest.mark.parametrize(
    "action", ["ec2:TerminateInstances", "ec2:DeleteLaunchTemplate", "iam:DeleteInstanceProfile"]
)
def test_karpenter_ends_what_is_this_cluster_s_own_alone(action: str) -> None:
    [tests] = conditions(action)
    assert tests["StringEquals"]["aws:ResourceTag/kubernetes.io/cluster/yard"] == "owned"


def test_karpenter_makes_no_profile_its_own_that_it_did_not_make() -> None:
    [tests] = conditions("iam:TagInstanceProfile")
    assert tests["StringEquals"]["aws:ResourceTag/kubernetes.io/cluster/yard"] == "owned"
    assert tests["StringEquals"]["aws:RequestTag/kubernetes.io/cluster/yard"] == "owned"


def test_karpenter_writes_no_tags_on_nodes_but_its_own() -> None:
    written = [it["ForAllValues:StringEquals"] for it in conditions("ec2:CreateTags")[1:]]
    assert written == [{"aws:TagKeys": ["eks:eks-cluster-name", "karpenter.sh/nodeclaim", "Name"]}]


def test_notices_reach_karpenter_by_names_that_aws_takes_for_any_platform() -> None:
    rules = preview().of_type("aws:cloudwatch/eventRule:EventRule")
    assert len(rules) == 5
    assert all(len(rule.inputs["name"]) <= 64 for rule in rules)
    long = ["a" * 90 + end for end in ("-one", "-two")]
    names = {queue_name(cluster) for cluster in long}
    assert len(names) == 2
    assert all(len(name) <= 80 for name in names)


@pytest.mark.parametrize(("nat", "closed"), [("none", True), ("single", False)])
def test_karpenter_asks_for_prices_only_where_there_is_a_way_out(nat: str, closed: bool) -> None:
    releases = preview(f"network: {{nat: {nat}}}").of_type("kubernetes:helm.sh/v3:Release")
    [karpenter] = [plain(dict(r.inputs)) for r in releases if r.inputs["name"] == "karpenter"]
    assert karpenter["values"]["settings"]["isolatedVPC"] is closed


def test_the_system_s_nodes_are_ready_before_they_are_there_and_tagged_as_all_else() -> None:
    [group] = preview().of_type("aws:eks/nodeGroup:NodeGroup")
    before = {urn.rpartition("::")[2] for urn in group.dependencies}
    for addon in ("vpc-cni", "kube-proxy", "eks-pod-identity-agent"):
        assert f"{NAME}-{addon}" in before
    [template] = preview().of_type("aws:ec2/launchTemplate:LaunchTemplate")
    tagged = plain(dict(template.inputs))["tagSpecifications"]
    assert {it["resourceType"] for it in tagged} == {"instance", "network-interface", "volume"}
    assert all(it["tags"]["app.kubernetes.io/part-of"] == "yard" for it in tagged)


def test_machines_elsewhere_reach_the_cluster_from_the_networks_that_are_named() -> None:
    text = "cluster: {remote_networks: {nodes: [10.80.0.0/16], pods: [10.81.0.0/16]}}"
    rules = preview(text).of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    mine = [r.inputs["cidrIpv4"] for r in rules if r.name.startswith(f"{NAME}-remote")]
    assert mine == ["10.80.0.0/16", "10.81.0.0/16"]
    remote = inputs(preview(text), CLUSTER)["remoteNetworkConfig"]
    assert remote["remotePodNetworks"] == {"cidrs": ["10.81.0.0/16"]}
