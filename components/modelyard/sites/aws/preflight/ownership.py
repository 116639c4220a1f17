"""Whether something in the account is this platform's own already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from modelyard.plan.tags import DOMAIN
from modelyard.sites.aws.account import tags as given_tags

if TYPE_CHECKING:
    from modelyard.contracts.context import Context

TELLING = (
    "app.kubernetes.io/managed-by",
    "app.kubernetes.io/part-of",
    f"{DOMAIN}/environment",
    f"{DOMAIN}/site",
)
"""Tags that say whose something is; environment and site are absent where there is none."""
OF_CLUSTER = ("aws:eks:cluster-name", "eks:cluster-name", "eks:eks-cluster-name")
"""Tags with which EKS and Karpenter say which cluster a machine belongs to."""


def tags_of(listed: Iterable[Mapping[str, str]]) -> Mapping[str, str]:
    """Tags as a mapping, from the pairs in which services list them; KMS has words of its own."""
    pairs = ((pair.get("Key"), pair.get("Value")) for pair in listed if "Key" in pair)
    of_kms = ((pair.get("TagKey"), pair.get("TagValue")) for pair in listed if "TagKey" in pair)
    return {str(key): str(value) for key, value in (*pairs, *of_kms)}


def owned(tags: Mapping[str, str], context: Context) -> bool:
    """Whether these tags are those of this platform in this environment, on this site."""
    own = given_tags(context)
    return all(tags.get(key) == own.get(key) for key in TELLING)


def in_cluster(tags: Mapping[str, str], cluster: str | None) -> bool:
    """Whether a machine is a node of that cluster."""
    if cluster is None:
        return False
    named = {tags.get(key) for key in OF_CLUSTER}
    return cluster in named or f"kubernetes.io/cluster/{cluster}" in tags
