"""Nodes: what all of them have, their account, and the pools of those without accelerators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pulumi

from modelyard.catalog.defaults import count, machine
from modelyard.objects.cloud import CloudResource
from modelyard.plan.chosen import ordinary_machine
from modelyard.plan.tags import DOMAIN
from modelyard.sites.gcp.names import POOL, labels
from modelyard.sites.gcp.service_accounts import ServiceAccount, service_account
from modelyard.sites.gcp.uses import Use

if TYPE_CHECKING:
    from modelyard.sites.gcp.cluster import GkeArgs

NODES = f"{DOMAIN}/nodes"
"""Label that says what nodes are there for."""
ROLES = ("roles/container.defaultNodeServiceAccount",)
"""Logs and metrics, and no more; source: GKE guide, least privilege of nodes."""
_SYSTEM, _GENERAL = "system", "general"
_GIB = 100
_HYPERDISK = ("a3-ultragpu", "a4", "c4", "c4a", "g4", "n4")
"""Families of machines that take no other disks; source: Compute Engine guide, disk types."""


def node_account(parent: pulumi.Resource, name: str, args: GkeArgs) -> ServiceAccount:
    """Who the nodes are; pods are somebody else."""
    return service_account(
        parent,
        f"{name}-nodes",
        args.context,
        args.site,
        called=("nodes",),
        why="Nodes of the cluster",
        roles=ROLES,
    )


def disk_type(machine: str) -> str:
    """The disks that a machine starts from."""
    family = machine.rpartition("-")[0].removesuffix("-standard")
    return "hyperdisk-balanced" if family.startswith(_HYPERDISK) else "pd-balanced"


def node_config(
    args: GkeArgs, account: ServiceAccount, *, machine: str, gib: int
) -> Mapping[str, Any]:
    """What every node has. Images are streamed: a pod starts before all of its image is there."""
    return {
        "machineType": machine,
        "diskType": disk_type(machine),
        "diskSizeGb": gib,
        "bootDiskKmsKey": args.kms.key_for(Use.DISKS),
        "imageType": "COS_CONTAINERD",
        "serviceAccount": account.email,
        "oauthScopes": ["https://www.googleapis.com/auth/cloud-platform"],
        "metadata": {"disable-legacy-endpoints": "true"},
        "workloadMetadataConfig": {"mode": "GKE_METADATA"},
        "shieldedInstanceConfig": {"enableSecureBoot": True, "enableIntegrityMonitoring": True},
        "gcfsConfig": {"enabled": True},
        "resourceLabels": dict(labels(args.context)),
    }


def node_pool(
    parent: pulumi.Resource,
    name: str,
    cluster: CloudResource,
    args: GkeArgs,
    *,
    called: str,
    config: Mapping[str, Any],
    fewest: int,
    most: int,
    zones: Sequence[str] | None = None,
    further: Mapping[str, Any] | None = None,
) -> CloudResource:
    """A pool between so few nodes and so many, over all of its zones together.

    It begins with one in each zone, or with none: what comes then is the autoscaler's to say.
    """
    spread = "BALANCED" if fewest else "ANY"
    inputs = {
        "name": called[:POOL].rstrip("-"),
        "cluster": cluster["name"],
        "location": args.site.region,
        "nodeLocations": list(zones) if zones else None,
        "initialNodeCount": min(fewest, 1),
        "autoscaling": {
            "totalMinNodeCount": fewest,
            "totalMaxNodeCount": most,
            "locationPolicy": spread,
        },
        "management": {"autoRepair": True, "autoUpgrade": True},
        "upgradeSettings": {"strategy": "SURGE", "maxSurge": 1, "maxUnavailable": 0},
        "networkConfig": {"enablePrivateNodes": True},
        "nodeConfig": config,
        **(further or {}),
    }
    options = pulumi.ResourceOptions(
        parent=parent, deleted_with=cluster, ignore_changes=["initialNodeCount"]
    )
    token = "gcp:container/nodePool:NodePool"
    return CloudResource(token, f"{name}-{called}", inputs, options, outputs={})


def system_pool(
    parent: pulumi.Resource,
    name: str,
    cluster: CloudResource,
    args: GkeArgs,
    account: ServiceAccount,
) -> CloudResource:
    """What is always there: operators and what else nobody waits for."""
    provider, architecture = str(args.site.kind), args.site.cluster.nodes.architecture
    config = {
        **node_config(
            args,
            account,
            machine=machine(provider, "system", architecture),
            gib=count(provider, "system_disk"),
        ),
        "labels": {NODES: _SYSTEM},
    }
    fewest = count(provider, "system_nodes")
    return node_pool(
        parent, name, cluster, args, called=_SYSTEM, config=config, fewest=fewest, most=2 * fewest
    )


def general_pools(
    parent: pulumi.Resource,
    name: str,
    cluster: CloudResource,
    args: GkeArgs,
    account: ServiceAccount,
) -> list[CloudResource]:
    """Nodes for all that needs no accelerator, made when a pod waits and removed when none is left.

    With spot there is a pool of each kind: where there is no spot to be had, the other grows.
    """
    nodes, kind = args.site.cluster.nodes, ordinary_machine(args.site)
    config = {
        **node_config(args, account, machine=kind, gib=_GIB),
        "labels": {NODES: _GENERAL},
    }
    most = max(1, nodes.max_cpu // (1000 * cores(kind)))
    pools = {_GENERAL: config}
    if nodes.capacity == "spot":
        pools[f"{_GENERAL}-spot"] = {**config, "spot": True}
    return [
        node_pool(parent, name, cluster, args, called=called, config=each, fewest=0, most=most)
        for called, each in pools.items()
    ]


def cores(machine: str) -> int:
    """Of a machine whose name says so: `e2-standard-4` has 4."""
    return int(machine.rpartition("-")[2])
