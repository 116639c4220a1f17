"""Whether something in the project is this platform's own already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from modelyard.plan.tags import DOMAIN
from modelyard.sites.gcp.names import label_key
from modelyard.sites.gcp.names import labels as given_labels

if TYPE_CHECKING:
    from modelyard.contracts.context import Context

TELLING = tuple(
    label_key(key)
    for key in (
        "app.kubernetes.io/managed-by",
        "app.kubernetes.io/part-of",
        f"{DOMAIN}/environment",
        f"{DOMAIN}/site",
    )
)
"""Labels that say whose something is; environment and site are absent where there is none."""
OF_CLUSTER = "goog-k8s-cluster-name"
"""Label with which GKE says which cluster a machine belongs to. Source: GKE guide, labels."""


def owned(labels: Mapping[str, str], context: Context) -> bool:
    """Whether these labels are those of this platform in this environment, on this site."""
    own = given_labels(context)
    return all(labels.get(key) == own.get(key) for key in TELLING)
