"""EKS: a cluster of our own, one that AWS looks after further, or one that is there already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.site import AwsSite
from modelyard.catalog.images import image as catalog_image
from modelyard.contracts.account import Account
from modelyard.contracts.cluster import ClusterArgs, ClusterFacts
from modelyard.contracts.kms import Kms
from modelyard.contracts.vpc import Vpc
from modelyard.objects.cloud import CloudResource
from modelyard.objects.objects import Objects
from modelyard.sites.aws import auto_mode
from modelyard.sites.aws.addons import AFTER, BEFORE, addons
from modelyard.sites.aws.control_plane import AUTO, SEEN, ControlPlane
from modelyard.sites.aws.cpu_pool import general
from modelyard.sites.aws.images import cached
from modelyard.sites.aws.interruptions import interruptions
from modelyard.sites.aws.kubeconfig import kubeconfig
from modelyard.sites.aws.names import CLUSTER, scoped
from modelyard.sites.aws.node_classes import ACCELERATOR, node_classes
from modelyard.sites.aws.nodes import LABEL, node_role, system_nodes
from modelyard.sites.aws.operator_roles import operator_roles
from modelyard.sites.aws.storage_class import NAME as STORAGE_CLASS
from modelyard.sites.aws.storage_class import storage_class
from modelyard.sites.aws.trust import CREDENTIALS
from modelyard.sites.kubernetes.cluster import provider
from modelyard.sites.kubernetes.operators import Operators


@dataclass(frozen=True, kw_only=True)
class EksArgs(ClusterArgs):
    site: AwsSite
    account: Account
    vpc: Vpc
    kms: Kms


class EksCluster(pulumi.ComponentResource):
    """A cluster whose nodes Karpenter makes."""

    target_group_api = "elbv2.k8s.aws/v1beta1"
    """API of what puts pods behind a load balancer."""
    resource: pulumi.Resource | None = None
    """It is ours, and yet takes nothing with it that matters: nodes and volumes would go on, and
    be paid for. So everything in it is taken down first, one by one."""

    def __init__(
        self, name: str, args: EksArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:cluster:EksCluster", name, None, opts)
        self._args, self.name = args, scoped(args.context, most=CLUSTER)
        plane = ControlPlane(self, name, self.name, args, {})
        self.control_plane, self.security_group = plane.cluster, plane.security_group.id
        before = addons(self, name, plane.cluster, args, BEFORE)
        role = node_role(self, name, args)
        nodes = system_nodes(self, name, plane, role, args, before)
        self.operator_roles = operator_roles(self, name, self.name, plane.cluster, args)
        driver = self.operator_roles["aws-ebs-csi-driver"].policies
        after = addons(self, name, plane.cluster, args, AFTER, [nodes, *driver])
        queue = interruptions(self, name, self.name, args)
        config = kubeconfig(self.name, args.site.region, plane.cluster)
        self.provider = provider(self, name, config, self.name)
        self.node_classes = node_classes(self.name, args)
        self.facts = _facts(args, STORAGE_CLASS)
        own = {"karpenter": _karpenter(self.name, queue, args), **_balancers(self.name, args)}
        settings = {**_on_system_nodes(own), **_EXPORTER}
        ready = [*before, *after, *_policies(self.operator_roles)]
        self._operators = Operators(name, args, self.provider, self, settings, ready)
        _inside(self, name, args, [storage_class(args), *general(args, self.node_classes)])
        self.register_outputs({"name": self.name})

    def image(self, image: str) -> str:
        """The reference of an image of the catalog: at the mirror, or through ECR's cache."""
        args = self._args
        return cached(catalog_image(image).reference, args.context.scope, args.site)

    def operator(self, api_version: str) -> pulumi.Resource | None:
        """The release that brings this API; None when the API is built in or already there."""
        return self._operators.bringing(api_version)


class AutoEksCluster(pulumi.ComponentResource):
    """A cluster whose nodes, volumes and load balancers are AWS's to look after (Auto Mode)."""

    target_group_api = "eks.amazonaws.com/v1"
    resource = EksCluster.resource

    def __init__(
        self, name: str, args: EksArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:cluster:AutoEksCluster", name, None, opts)
        self._args, self.name = args, scoped(args.context, most=CLUSTER)
        role = node_role(self, name, args, auto_mode.POLICIES)
        mode = auto_mode.settings(role)
        tagging = auto_mode.tagging(args, self.name)
        plane = ControlPlane(self, name, self.name, args, mode, AUTO, tagging)
        self.control_plane, self.security_group = plane.cluster, plane.security_group.id
        auto_mode.node_access(self, name, plane.cluster, role, args)
        addons(self, name, plane.cluster, args, auto_mode.ADDONS)
        self.operator_roles = operator_roles(self, name, self.name, plane.cluster, args)
        config = kubeconfig(self.name, args.site.region, plane.cluster)
        self.provider = provider(self, name, config, self.name)
        self.node_classes = node_classes(self.name, args, auto=True)
        self.facts = _facts(args, STORAGE_CLASS)
        ready = _policies(self.operator_roles)
        self._operators = Operators(name, args, self.provider, self, _EXPORTER, ready)
        made = [storage_class(args, auto_mode.VOLUMES), *general(args, self.node_classes)]
        _inside(self, name, args, [auto_mode.network_policies(), *made])
        self.register_outputs({"name": self.name})

    image, operator = EksCluster.image, EksCluster.operator


class AttachedEksCluster(pulumi.ComponentResource):
    """A cluster that is there already; its nodes and add-ons are its owner's."""

    target_group_api = "elbv2.k8s.aws/v1beta1"
    resource: pulumi.Resource | None = None
    """Not ours: destroying the platform leaves the cluster standing."""

    def __init__(
        self, name: str, args: EksArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:cluster:AttachedEksCluster", name, None, opts)
        attach = args.site.cluster.attach
        assert attach is not None  # placed only where the blueprint names a cluster
        self._args, self.name = args, attach.name
        there = CloudResource(
            "aws:eks/cluster:Cluster",
            name,
            {},
            pulumi.ResourceOptions(parent=self, id=attach.name),
            outputs={**SEEN, "name": str, "vpcConfig": {"clusterSecurityGroupId": str}},
        )
        self.control_plane: CloudResource | None = None
        self.security_group = there["vpcConfig"].apply(lambda it: it["clusterSecurityGroupId"])
        self.operator_roles = operator_roles(self, name, self.name, there, args)
        config = kubeconfig(self.name, args.site.region, there)
        self.provider = provider(self, name, config, self.name)
        self.node_classes = node_classes(self.name, args)
        self.facts = _facts(args, args.site.storage_class)
        ready = _policies(self.operator_roles)
        settings = {**_balancers(self.name, args), **_EXPORTER}
        self._operators = Operators(name, args, self.provider, self, settings, ready)
        self.register_outputs({"name": self.name})

    image, operator = EksCluster.image, EksCluster.operator


def _facts(args: EksArgs, storage: str | None) -> ClusterFacts:
    return ClusterFacts(
        storage_class=args.site.storage_class or storage,
        needs_load_balancer=False,
        gpu_taint=args.site.gpus.taint,
        credentials=CREDENTIALS,
    )


def _karpenter(cluster: str, queue: CloudResource, args: EksArgs) -> Mapping[str, Any]:
    """Without a way out it goes by the prices that it was built with: AWS's list is elsewhere."""
    closed = args.site.network.attach is None and args.site.network.nat == "none"
    known = {"clusterName": cluster, "interruptionQueue": queue["name"], "isolatedVPC": closed}
    return {"settings": known}


def _balancers(cluster: str, args: EksArgs) -> Mapping[str, Mapping[str, Any]]:
    """What the controller would ask the instance metadata for, which pods cannot reach."""
    known = {"clusterName": cluster, "region": args.site.region, "vpcId": args.vpc.id}
    return {"aws-load-balancer-controller": known}


_WITH_ACCELERATORS = {"matchExpressions": [{"key": ACCELERATOR, "operator": "Exists"}]}
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_EXPORTER = {
    "dcgm-exporter": {
        "affinity": {"nodeAffinity": {_REQUIRED: {"nodeSelectorTerms": [_WITH_ACCELERATORS]}}}
    }
}
"""Where there are GPUs: the device plugin of these nodes writes no label that says so."""


def _on_system_nodes(settings: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """What makes nodes and load balancers stands on nodes that nothing in the cluster makes."""
    return {chart: {**values, "nodeSelector": LABEL} for chart, values in settings.items()}


def _policies(roles: Mapping[str, Any]) -> list[pulumi.Resource]:
    """What an operator has to wait for, or its first calls are refused."""
    return [policy for role in roles.values() for policy in role.policies]


def _inside(cluster: Any, name: str, args: EksArgs, manifests: Sequence[Mapping[str, Any]]) -> None:
    """Objects of the cluster itself: volumes and nodes."""
    objects = Objects(cluster, name, cluster, None, args.context.labels("cluster"))
    inside = pulumi.ResourceOptions(provider=cluster.provider)
    for manifest in manifests:
        part = f"{manifest['kind'].lower()}-{manifest['metadata']['name']}"
        objects.add(manifest, part, opts=inside)
