"""Who may take a role: the pods of one service account."""

from __future__ import annotations

import pulumi

from modelyard.blueprint.site import AwsSite
from modelyard.sites.aws.names import arn
from modelyard.sites.aws.policies import document

CREDENTIALS = ("169.254.170.23/32", 80)
"""Where the Pod Identity agent answers; source: EKS user guide, pod-id-how-it-works."""


def pod_trust(site: AwsSite, cluster: str, namespace: str, account: str) -> pulumi.Output[str]:
    """Lets EKS's agent hand a role to the pods of one service account of one cluster.

    The tags are those that the agent sends; source: EKS user guide, pod-id-role.
    """
    tags = {
        "aws:RequestTag/eks-cluster-arn": arn(site, "eks", f"cluster/{cluster}"),
        "aws:RequestTag/kubernetes-namespace": namespace,
        "aws:RequestTag/kubernetes-service-account": account,
    }
    return document(
        {
            "Effect": "Allow",
            "Principal": {"Service": "pods.eks.amazonaws.com"},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
            "Condition": {"StringEquals": tags},
        }
    )
