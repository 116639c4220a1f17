"""GKE: a cluster of our own, one that Google looks after, or one that is there already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.site import GcpSite
from modelyard.catalog.gcp_zones import gcp_zones
from modelyard.catalog.images import image as catalog_image
from modelyard.contracts.cluster import ClusterArgs, ClusterFacts
from modelyard.objects.cloud import CloudResource
from modelyard.objects.objects import Objects
from modelyard.sites.gcp.account import GcpProject
from modelyard.sites.gcp.control_plane import autopilot, make_cluster, standard
from modelyard.sites.gcp.images import cached
from modelyard.sites.gcp.kms import KmsKeys
from modelyard.sites.gcp.kubeconfig import SEEN, kubeconfig
from modelyard.sites.gcp.names import CLUSTER, scoped
from modelyard.sites.gcp.nodes import general_pools, node_account, system_pool
from modelyard.sites.gcp.operator_grants import operator_grants
from modelyard.sites.gcp.people import let_in
from modelyard.sites.gcp.storage_class import NAME as STORAGE_CLASS
from modelyard.sites.gcp.storage_class import storage_class
from modelyard.sites.gcp.vpc import GcpVpc
from modelyard.sites.kubernetes.cluster import provider
from modelyard.sites.kubernetes.operators import Operators

CREDENTIALS = ("169.254.169.254/32", 80)
"""Where pods are told who they are; source: GKE guide, network policies with Workload Identity."""
_DRIVER = "/usr/local/nvidia"
_EXPORTER: Mapping[str, Mapping[str, Any]] = {
    "dcgm-exporter": {
        "affinity": {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {
                    "nodeSelectorTerms": [
                        {
                            "matchExpressions": [
                                {"key": "cloud.google.com/gke-accelerator", "operator": "Exists"}
                            ]
                        }
                    ]
                }
            }
        },
        "extraHostVolumes": [{"name": "driver", "hostPath": "/home/kubernetes/bin/nvidia"}],
        "extraVolumeMounts": [{"name": "driver", "mountPath": _DRIVER, "readOnly": True}],
        "extraEnv": [{"name": "LD_LIBRARY_PATH", "value": f"{_DRIVER}/lib64"}],
    }
}
"""Where there are GPUs, with the driver that GKE puts on them; source: GKE guide, DCGM metrics."""
_AUTOPILOT: Mapping[str, Mapping[str, Any]] = {
    "cert-manager": {"global": {"leaderElection": {"namespace": "cert-manager"}}},
    "kube-prometheus-stack": {
        "nodeExporter": {"enabled": False},
        "coreDns": {"enabled": False},
        "kubelet": {"enabled": False},
        "prometheusOperator": {"kubeletService": {"enabled": False}},
    },
}
"""Nothing is added to `kube-system` there, and no pod sees its node. Source: charts' values, and
what their users met (prometheus-community/helm-charts#4833, cert-manager/cert-manager#3713).
"""


@dataclass(frozen=True, kw_only=True)
class GkeArgs(ClusterArgs):
    site: GcpSite
    account: GcpProject
    vpc: GcpVpc
    kms: KmsKeys

    @property
    def called(self) -> str:
        """The cluster's name."""
        attach = self.site.cluster.attach
        return attach.name if attach else scoped(self.context, most=CLUSTER)

    @property
    def zones(self) -> tuple[str, ...]:
        """Where nodes stand: the zones that the site names, or the first of its region."""
        known = self.site.network.zone_ids or gcp_zones().get(self.site.region, ())
        return known[: self.site.network.zones]


class GkeCluster(pulumi.ComponentResource):
    """A regional cluster whose nodes are in pools of ours."""

    resource: pulumi.Resource | None = None
    """It is ours, and yet takes nothing with it that matters: disks and load balancers would go on,
    and be paid for. So everything in it is taken down first, one by one."""
    automatic = False
    """Whether nodes are Google's to make, as a pod asks for them."""

    def __init__(
        self, name: str, args: GkeArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:cluster:GkeCluster", name, None, opts)
        self.args, self.name, self.zones = args, args.called, args.zones
        self.nodes = node_account(self, name, args)
        inputs = standard(args, self.nodes)
        self.control_plane = make_cluster(self, name, args, inputs, self.nodes.grants)
        system = system_pool(self, name, self.control_plane, args, self.nodes)
        pools = general_pools(self, name, self.control_plane, args, self.nodes)
        let_in(self, name, args)
        self.provider = provider(self, name, kubeconfig(self.name, self.control_plane), self.name)
        self.facts = _facts(args, STORAGE_CLASS)
        ready = [system, *pools, *operator_grants(self, name, args)]
        self._operators = Operators(name, args, self.provider, self, _EXPORTER, ready)
        _inside(self, name, args)
        self.register_outputs({"name": self.name})

    def image(self, image: str) -> str:
        """The reference of an image of the catalog: at the mirror, or through our own registry."""
        return cached(catalog_image(image).reference, self.args.context, self.args.site)

    def operator(self, api_version: str) -> pulumi.Resource | None:
        """The release that brings this API; None when the API is built in or already there."""
        return self._operators.bringing(api_version)


class AutopilotCluster(pulumi.ComponentResource):
    """A cluster whose nodes are Google's to make and to look after."""

    resource, automatic = GkeCluster.resource, True

    def __init__(
        self, name: str, args: GkeArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:cluster:AutopilotCluster", name, None, opts)
        self.args, self.name, self.zones = args, args.called, args.zones
        self.nodes = node_account(self, name, args)
        inputs = autopilot(args, self.nodes)
        self.control_plane = make_cluster(self, name, args, inputs, self.nodes.grants)
        let_in(self, name, args)
        self.provider = provider(self, name, kubeconfig(self.name, self.control_plane), self.name)
        self.facts = _facts(args, STORAGE_CLASS)
        ready = operator_grants(self, name, args)
        self._operators = Operators(name, args, self.provider, self, _AUTOPILOT, ready)
        _inside(self, name, args)
        self.register_outputs({"name": self.name})

    image, operator = GkeCluster.image, GkeCluster.operator


class AttachedGkeCluster(pulumi.ComponentResource):
    """A cluster that is there already; its nodes without accelerators are its owner's."""

    resource: pulumi.Resource | None = None
    """Not ours: destroying the platform leaves the cluster standing."""
    automatic = False

    def __init__(
        self, name: str, args: GkeArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:cluster:AttachedGkeCluster", name, None, opts)
        self.args, self.name, self.zones = args, args.called, args.zones
        place = f"projects/{args.site.project}/locations/{args.site.region}"
        there = pulumi.ResourceOptions(parent=self, id=f"{place}/clusters/{self.name}")
        token = "gcp:container/cluster:Cluster"
        self.control_plane = CloudResource(token, name, {}, there, outputs=SEEN)
        self.nodes = node_account(self, name, args)
        let_in(self, name, args)
        self.provider = provider(self, name, kubeconfig(self.name, self.control_plane), self.name)
        self.facts = _facts(args, args.site.storage_class)
        ready = operator_grants(self, name, args)
        self._operators = Operators(name, args, self.provider, self, _EXPORTER, ready)
        self.register_outputs({"name": self.name})

    image, operator = GkeCluster.image, GkeCluster.operator


def _facts(args: GkeArgs, storage: str | None) -> ClusterFacts:
    return ClusterFacts(
        storage_class=args.site.storage_class or storage,
        needs_load_balancer=False,
        gpu_taint=args.site.gpus.taint,
        credentials=CREDENTIALS,
    )


def _inside(cluster: Any, name: str, args: GkeArgs) -> None:
    """What belongs to the cluster itself: the class of its volumes."""
    objects = Objects(cluster, name, cluster, None, args.context.labels("cluster"))
    inside = pulumi.ResourceOptions(provider=cluster.provider)
    objects.add(storage_class(args), "volumes", opts=inside)
