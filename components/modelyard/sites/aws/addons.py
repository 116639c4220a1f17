"""EKS's own add-ons: what every cluster needs before anything else runs in it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pulumi

from modelyard.catalog.eks import eks
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.nodes import LABEL

if TYPE_CHECKING:
    from modelyard.sites.aws.cluster import EksArgs

BEFORE = ("vpc-cni", "kube-proxy", "eks-pod-identity-agent")
"""Without these no node becomes ready, or no pod gets credentials."""
AFTER = ("coredns", "aws-ebs-csi-driver", "snapshot-controller", "metrics-server")
"""These are pods that wait for nodes."""
SETTINGS: Mapping[str, Mapping[str, Any]] = {
    # NetworkPolicies are enforced; a node takes addresses by the block, and so holds more pods.
    "vpc-cni": {
        "enableNetworkPolicy": "true",
        "env": {"ENABLE_PREFIX_DELEGATION": "true", "WARM_PREFIX_TARGET": "1"},
    },
    "coredns": {"autoScaling": {"enabled": True, "minReplicas": 2, "maxReplicas": 10}},
    "aws-ebs-csi-driver": {"controller": {"nodeSelector": LABEL}},
}
"""Source: `aws eks describe-addon-configuration` of each, as its user guide shows it."""


def addons(
    parent: pulumi.Resource,
    name: str,
    cluster: CloudResource,
    args: EksArgs,
    which: Sequence[str],
    after: Sequence[pulumi.Resource] = (),
) -> list[CloudResource]:
    """Each with its settings, once what it waits for is there."""
    version = args.site.cluster.version or eks().default
    options = pulumi.ResourceOptions(parent=parent, depends_on=list(after), deleted_with=cluster)
    return [
        CloudResource(
            "aws:eks/addon:Addon",
            f"{name}-{addon}",
            {
                "clusterName": cluster["name"],
                "addonName": addon,
                "addonVersion": eks().addon(addon, version),
                "configurationValues": _settings(addon),
                "resolveConflictsOnCreate": "OVERWRITE",
                "resolveConflictsOnUpdate": "OVERWRITE",
            },
            options,
            outputs={},
        )
        for addon in which
    ]


def _settings(addon: str) -> str | None:
    settings = SETTINGS.get(addon)
    return json.dumps(settings) if settings else None
