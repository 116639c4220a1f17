"""The control plane of a GKE cluster: how it is reached, what it enforces, and what it records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pulumi

from modelyard.catalog.gke import gke
from modelyard.objects.cloud import CloudResource
from modelyard.sites.gcp.kubeconfig import SEEN
from modelyard.sites.gcp.names import labels
from modelyard.sites.gcp.nodes import node_config
from modelyard.sites.gcp.people import groups
from modelyard.sites.gcp.uses import Use

if TYPE_CHECKING:
    from modelyard.sites.gcp.cluster import GkeArgs
    from modelyard.sites.gcp.service_accounts import ServiceAccount

LOGS = ("SYSTEM_COMPONENTS", "WORKLOADS", "APISERVER", "CONTROLLER_MANAGER", "SCHEDULER")
METRICS = ("SYSTEM_COMPONENTS", "APISERVER", "CONTROLLER_MANAGER", "SCHEDULER", "STORAGE", "DCGM")
_WINDOW = {
    "startTime": "2026-01-03T01:00:00Z",
    "endTime": "2026-01-03T07:00:00Z",
    "recurrence": "FREQ=WEEKLY;BYDAY=SA,SU",
}
"""The nights of the weekend; the days are those of the first such window."""


def standard(args: GkeArgs, account: ServiceAccount) -> Mapping[str, Any]:
    """A cluster whose nodes are in pools of ours; the pool that it begins with goes at once."""
    return {
        **_common(args),
        "removeDefaultNodePool": True,
        "initialNodeCount": 1,
        "nodeConfig": node_config(args, account, machine="e2-medium", gib=20),
        "datapathProvider": "ADVANCED_DATAPATH",
        "enableFqdnNetworkPolicy": True,
        "enableIntranodeVisibility": True,
        "enableShieldedNodes": True,
        "workloadIdentityConfig": {"workloadPool": f"{args.site.project}.svc.id.goog"},
        "defaultMaxPodsPerNode": 64,
        "addonsConfig": _addons(),
        "clusterAutoscaling": {"enabled": False, "autoscalingProfile": "OPTIMIZE_UTILIZATION"},
        "loggingConfig": {"enableComponents": list(LOGS)},
        "monitoringConfig": {
            "enableComponents": list(METRICS),
            "managedPrometheus": {"enabled": True},
        },
    }


def autopilot(args: GkeArgs, account: ServiceAccount) -> Mapping[str, Any]:
    """A cluster whose nodes are Google's to look after: much of the rest follows from that."""
    defaults = {
        "serviceAccount": account.email,
        "bootDiskKmsKey": args.kms.key_for(Use.DISKS),
        "oauthScopes": ["https://www.googleapis.com/auth/cloud-platform"],
    }
    return {
        **_common(args),
        "enableAutopilot": True,
        "enableFqdnNetworkPolicy": True,
        "clusterAutoscaling": {"autoProvisioningDefaults": defaults},
    }


def make_cluster(
    parent: pulumi.Resource,
    name: str,
    args: GkeArgs,
    inputs: Mapping[str, Any],
    after: Sequence[pulumi.Resource] = (),
) -> CloudResource:
    """The cluster; what it waits for are the rights of its nodes."""
    options = pulumi.ResourceOptions(
        parent=parent, depends_on=list(after), protect=args.context.protect or None
    )
    return CloudResource("gcp:container/cluster:Cluster", name, inputs, options, outputs=SEEN)


def _common(args: GkeArgs) -> Mapping[str, Any]:
    context, site = args.context, args.site
    return {
        "name": args.called,
        "location": site.region,
        "nodeLocations": list(args.zones) or None,
        "minMasterVersion": site.cluster.version or gke().default,
        "releaseChannel": {"channel": gke().channel},
        "deletionProtection": context.protect,
        "network": args.vpc.id,
        "subnetwork": args.vpc.subnet,
        "networkingMode": "VPC_NATIVE",
        "ipAllocationPolicy": _ranges(args),
        "privateClusterConfig": {"enablePrivateNodes": True},
        **_reached(args),
        "databaseEncryption": {"state": "ENCRYPTED", "keyName": args.kms.key_for(Use.CLUSTER)},
        "binaryAuthorization": {"evaluationMode": "PROJECT_SINGLETON_POLICY_ENFORCE"},
        "authenticatorGroupsConfig": groups(args.blueprint.access),
        "masterAuth": {"clientCertificateConfig": {"issueClientCertificate": False}},
        "maintenancePolicy": {"recurringWindow": _WINDOW},
        "securityPostureConfig": {"mode": "BASIC"},
        "costManagementConfig": {"enabled": True},
        "gatewayApiConfig": {"channel": "CHANNEL_STANDARD"} if site.ingress else None,
        "resourceLabels": dict(labels(context)),
    }


def _ranges(args: GkeArgs) -> Mapping[str, Any]:
    """Those of our network; in somebody else's the cluster finds its own."""
    if args.vpc.ranges is None:
        return {}
    pods, services = args.vpc.ranges
    return {"clusterSecondaryRangeName": pods, "servicesSecondaryRangeName": services}


def _reached(args: GkeArgs) -> Mapping[str, Any]:
    """By name, as IAM allows; by address only where the blueprint says from where."""
    settings = args.site.cluster
    restricted = settings.endpoint == "restricted"
    reached = {
        "dnsEndpointConfig": {"allowExternalTraffic": True},
        "ipEndpointsConfig": {"enabled": restricted},
    }
    if not restricted:
        return {"controlPlaneEndpointsConfig": reached}
    blocks = [{"cidrBlock": cidr, "displayName": f"allowed-{n}"} for n, cidr in _numbered(settings)]
    allowed = {"cidrBlocks": blocks, "gcpPublicCidrsAccessEnabled": False}
    return {
        "controlPlaneEndpointsConfig": reached,
        "masterAuthorizedNetworksConfig": allowed,
    }


def _numbered(settings: Any) -> list[tuple[int, str]]:
    return list(enumerate(settings.allow))


def _addons() -> Mapping[str, Any]:
    return {
        "gcePersistentDiskCsiDriverConfig": {"enabled": True},
        "gcsFuseCsiDriverConfig": {"enabled": True},
        "gkeBackupAgentConfig": {"enabled": True},
        "dnsCacheConfig": {"enabled": True},
        "horizontalPodAutoscaling": {"disabled": False},
        "httpLoadBalancing": {"disabled": False},
    }
