"""The plan's cost of a site on Google Cloud, held against the resources that Google would bill."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pytest
from tests.support import gcp_ground, on_gcp, shipped
from tests.support.bills import Cloud, Counting, Quantities, one

from modelyard.catalog.defaults import count
from modelyard.plan.bill import OWN
from modelyard.plan.charges import RULES
from modelyard.plan.plan import Plan
from modelyard.recorder import Graph
from modelyard.sites.gcp.offers import OFFERS

Inputs = Mapping[str, Any]


def _ids() -> list[str | shipped.Case]:
    return [*gcp_ground.SITES, *on_gcp.cases()]


def recorded(case: str | shipped.Case) -> tuple[Plan, Graph]:
    """The plan and the graph of a shipped blueprint, or of one with other settings."""
    if isinstance(case, str):
        return gcp_ground.platform_plan(case), gcp_ground.platform(case, deployed=True)
    return shipped.planned(case).plan, shipped.recorded(case)


EACH = pytest.mark.parametrize("case", _ids(), ids=str)


def _address(inputs: Inputs) -> Quantities:
    """One outside; that of the load balancer is within its price."""
    outside = inputs["addressType"] == "EXTERNAL" and "networkTier" not in inputs
    return {"network/address": 1} if outside else {}


def _database(inputs: Inputs) -> Quantities:
    settings = inputs["settings"]
    servers = 2 if settings["availabilityType"] == "REGIONAL" else 1
    return {
        f"database/{settings['tier']}": servers,
        "database/storage": servers * settings["diskSize"],
    }


def _alloydb(inputs: Inputs) -> Quantities:
    servers = 2 if inputs["availabilityType"] == "REGIONAL" else 1
    return {f"database/{inputs['machineConfig']['machineType']}": servers}


def _redis(inputs: Inputs) -> Quantities:
    servers = 1 + inputs.get("replicaCount", 0)
    return {f"cache/redis/{inputs['memorySizeGb']}": servers}


def _valkey(inputs: Inputs) -> Quantities:
    servers = inputs["shardCount"] * (1 + inputs["replicaCount"])
    return {f"cache/valkey/{inputs['nodeType']}": servers}


def _nodes(inputs: Inputs) -> Quantities:
    """Those that are always there; a pool that begins with none is billed by use."""
    fewest, config = inputs["autoscaling"]["totalMinNodeCount"], inputs["nodeConfig"]
    if not fewest:
        return {}
    machine = {f"machine/{config['machineType']}": fewest}
    return {**machine, "disk/ssd": fewest * config["diskSizeGb"]}


def _key(inputs: Inputs) -> Quantities:
    hardware = inputs["versionTemplate"]["protectionLevel"] == "HSM"
    return {"keys/hardware-key" if hardware else "keys/key": 1}


def _firewall(inputs: Inputs) -> Quantities:
    """Each rule but the last, which every policy has."""
    return {"firewall/acl": 1, "firewall/rule": len(inputs["rules"]) - 1}


def _kafka(inputs: Inputs) -> Quantities:
    """What is kept follows from what is asked for; the service takes as much as it needs."""
    return {"kafka/compute": int(inputs["capacityConfig"]["vcpuCount"])}


def _hosted(inputs: Inputs) -> Quantities:
    dedicated = inputs["deployConfig"]["dedicatedResources"]
    machine = dedicated["machineSpec"]["machineType"]
    return {f"inference/{machine}": dedicated["minReplicaCount"], "network/endpoint": 1}


def _features(inputs: Inputs) -> Quantities:
    return {"features/bigtable-node": inputs["bigtable"]["autoScaling"]["minNodeCount"]}


def _index(inputs: Inputs) -> Quantities:
    dedicated = inputs["dedicatedResources"]
    machine = dedicated["machineSpec"]["machineType"]
    return {f"vectors/{machine}": dedicated["minReplicaCount"]}


COUNTED: Mapping[str, Counting] = {
    "gcp:alloydb/instance:Instance": _alloydb,
    "gcp:compute/address:Address": _address,
    "gcp:compute/forwardingRule:ForwardingRule": one("network/endpoint"),
    "gcp:compute/globalForwardingRule:GlobalForwardingRule": one("network/endpoint"),
    "gcp:compute/interconnectAttachment:InterconnectAttachment": one("network/attachment"),
    "gcp:compute/regionSecurityPolicy:RegionSecurityPolicy": _firewall,
    "gcp:compute/vPNTunnel:VPNTunnel": one("network/vpn"),
    "gcp:container/cluster:Cluster": one("cluster/control-plane"),
    "gcp:container/nodePool:NodePool": _nodes,
    "gcp:dns/managedZone:ManagedZone": one("network/zone"),
    "gcp:kms/cryptoKey:CryptoKey": _key,
    "gcp:managedkafka/cluster:Cluster": _kafka,
    "gcp:memorystore/instance:Instance": _valkey,
    "gcp:redis/instance:Instance": _redis,
    "gcp:sql/databaseInstance:DatabaseInstance": _database,
    "gcp:vertex/aiEndpointWithModelGardenDeployment:AiEndpointWithModelGardenDeployment": _hosted,
    "gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore": _features,
    "gcp:vertex/aiIndexEndpointDeployedIndex:AiIndexEndpointDeployedIndex": _index,
}
BY_NODES = {"gcp:compute/routerNat:RouterNat"}
"""Billed by the machines behind it; a test of its own counts those."""
GOOGLE = Cloud("gcp", COUNTED)


@EACH
def test_every_type_of_a_graph_is_classified(case: str | shipped.Case) -> None:
    _, graph = recorded(case)
    assert list(GOOGLE.resources(graph))
    assert GOOGLE.unclassified(graph) == set()


@EACH
def test_what_a_part_is_billed_for_is_in_the_plan_s_cost_of_it(case: str | shipped.Case) -> None:
    plan, graph = recorded(case)
    ours = graph.of_type("gcp:container/nodePool:NodePool")
    missing = GOOGLE.missing(plan, graph)
    # Machines that are not the platform's go out by use.
    assert [it for it in missing if ours or it[1] != "network/nat"] == []


@EACH
def test_the_bill_counts_what_is_in_the_graph(case: str | shipped.Case) -> None:
    found, billed_for = GOOGLE.counts(*recorded(case))
    assert {item: billed_for[item] for item in found} == found


@EACH
def test_the_way_out_is_billed_by_the_machines_behind_it(case: str | shipped.Case) -> None:
    plan, graph = recorded(case)
    _, billed_for = GOOGLE.counts(plan, graph)
    ways = graph.of_type("gcp:compute/routerNat:RouterNat")
    nodes: defaultdict[bool, int] = defaultdict(int)
    for pool in graph.of_type("gcp:container/nodePool:NodePool"):
        nodes[bool(ways)] += pool.inputs["autoscaling"]["totalMinNodeCount"]
    assert billed_for.get("network/nat", 0) == nodes[True]


def test_system_nodes_are_as_many_as_the_catalog_says() -> None:
    _, graph = recorded("as it comes")
    [system] = [
        it
        for it in gcp_ground.of(graph, "container/nodePool:NodePool").items()
        if it[0].endswith("-system")
    ]
    assert system[1]["autoscaling"]["totalMinNodeCount"] == count("gcp", "system_nodes")


def test_every_priced_type_is_counted_here() -> None:
    assert GOOGLE.priced() == {*COUNTED, *BY_NODES}


def test_what_has_a_rule_is_offered() -> None:
    offered = {(capability, engine) for capability, offers in OFFERS.items() for engine in offers}
    assert [key for key in OWN["gcp"] if key not in offered] == []
    assert [key for key in RULES if key not in offered] == []
