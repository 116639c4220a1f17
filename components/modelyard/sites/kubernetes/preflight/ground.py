"""The cluster itself: its version, what one may do in it, and whether it keeps NetworkPolicies."""

from __future__ import annotations

import re
from collections.abc import Iterator

from modelyard.catalog.clusters import networks
from modelyard.contracts.preflight import Answer, Verdict
from modelyard.sites.kubernetes.preflight.look import Look, Planned, listed

OLDEST = (1, 30)
"""ValidatingAdmissionPolicy is stable from here on."""
_OF_CHARTS = (
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    ("rbac.authorization.k8s.io/v1", "ClusterRole"),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
)
"""What most charts bring besides objects of a namespace."""


def version(planned: Planned, look: Look) -> Iterator[Answer]:
    """New enough, and the one that the blueprint speaks of."""
    asked, found = "Kubernetes", look.version
    numbers = re.match(r"v?(\d+)\.(\d+)", found)
    minor = (int(numbers[1]), int(numbers[2])) if numbers else None
    said = planned.site.cluster.version
    if minor is None:
        yield Answer("cluster", asked, Verdict.UNKNOWN, f"its version reads {found}")
    elif minor < OLDEST:
        needed = "1.30, from which admission policies are stable"
        yield Answer("cluster", asked, Verdict.FAILED, found, needed, "upgrade the cluster")
    elif said and said != f"{minor[0]}.{minor[1]}":
        next = f'set `cluster: {{version: "{minor[0]}.{minor[1]}"}}`'
        yield Answer("cluster", asked, Verdict.WARNING, found, f"{said}, as it says", next)
    else:
        yield Answer("cluster", asked, Verdict.OK, found)


def permissions(planned: Planned, look: Look) -> Iterator[Answer]:
    """Whether who is logged in may make what is planned, kind by kind."""
    wanted = {(each["apiVersion"], each["kind"]) for each in planned.objects}
    if planned.releases:
        wanted |= set(_OF_CHARTS)
    asked = f"create {len(wanted)} kinds of object"
    refused = [
        kind for version, kind in sorted(wanted) if not look.api.may("create", version, kind)
    ]
    if refused:
        next = "log in as somebody who may, or have these rights granted"
        found = f"may not create {listed(refused)}"
        yield Answer("permission", asked, Verdict.FAILED, found, next=next)
    else:
        yield Answer("permission", asked, Verdict.OK, "may create all of them")


def network(planned: Planned, look: Look) -> Iterator[Answer]:
    """Whether NetworkPolicies are kept: nothing tells of one that is not."""
    if not planned.of("NetworkPolicy"):
        return
    asked, needed = "NetworkPolicies", "a network that keeps them"
    there = [part for part in networks().values() if look.names() & set(part.workloads)]
    keeping = [part.name for part in there if part.enforces == "yes"]
    if look.is_k3s() and not look.k3s_was_told("--disable-network-policy"):
        keeping.append("the controller of k3s")
    told = [part for part in there if part.enforces == "told"]
    next = "install Calico or Cilium: without one every namespace stays open"
    if keeping:
        yield Answer("network", asked, Verdict.OK, f"{listed(keeping)} keeps them")
    elif told:
        found = "; ".join(f"{part.name} may keep them. {part.note}".strip() for part in told)
        next = "see with `kubectl` that a policy is kept, or install Calico or Cilium"
        yield Answer("network", asked, Verdict.UNKNOWN, found, needed, next)
    elif there:
        names = listed([part.name for part in there])
        yield Answer("network", asked, Verdict.FAILED, f"{names} does not keep them", needed, next)
    else:
        found = "which network this is cannot be told by what runs"
        yield Answer("network", asked, Verdict.UNKNOWN, found, needed, next)
