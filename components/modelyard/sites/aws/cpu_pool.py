"""Nodes for all that needs no accelerator, made when a pod waits and removed when none is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelyard.blueprint.units import show_cpu
from modelyard.sites.aws.node_classes import Manifest, NodeClasses, pool, requirement

if TYPE_CHECKING:
    from modelyard.sites.aws.cluster import EksArgs

NAME = "general"
_GIB = 100
_FAMILIES = ("c", "m", "r")
"""Computing, balanced, and memory: the cheapest that fits is taken."""
_GENERATION = "5"
"""Machines of later generations only: all of them encrypt what leaves them."""
DISRUPTION = {
    "consolidationPolicy": "WhenEmptyOrUnderutilized",
    "consolidateAfter": "5m",
    "budgets": [{"nodes": "10%"}],
}


def general(args: EksArgs, classes: NodeClasses) -> list[Manifest]:
    """The class and the pool. A node lasts a month: then it is replaced, with newer software."""
    nodes = args.site.cluster.nodes
    template = {
        "nodeClassRef": classes.reference(NAME),
        "expireAfter": "720h",
        "requirements": [
            requirement("kubernetes.io/arch", nodes.architecture),
            requirement("kubernetes.io/os", "linux"),
            requirement("karpenter.sh/capacity-type", *_capacity(nodes.capacity)),
            requirement(f"{classes.group}/instance-category", *_FAMILIES),
            {
                "key": f"{classes.group}/instance-generation",
                "operator": "Gt",
                "values": [_GENERATION],
            },
        ],
    }
    made = pool(
        NAME,
        template,
        labels={"modelyard.dev/nodes": NAME},
        limits={"cpu": show_cpu(nodes.max_cpu)},
        disruption=DISRUPTION,
    )
    return [classes.made(NAME, gib=_GIB), made]


def _capacity(chosen: str) -> tuple[str, ...]:
    """Spot, and on-demand where there is no spot to be had."""
    return ("spot", "on-demand") if chosen == "spot" else ("on-demand",)
