"""Who of the four lists reaches the cluster: people and groups that Google knows by address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import pulumi

from modelyard.plan.naming import digest
from modelyard.sites.gcp.service_accounts import project_role

if TYPE_CHECKING:
    from modelyard.blueprint.access import Access
    from modelyard.sites.gcp.cluster import GkeArgs

ROLE = "roles/container.clusterViewer"
"""Finds the cluster and connects to it; what anybody may do in it, its own roles say."""
_ALL = "gke-security-groups"


def let_in(parent: pulumi.Resource, name: str, args: GkeArgs) -> None:
    """Everybody that a list names by an address."""
    for member in sorted(set(known(_named(args.blueprint.access)))):
        project_role(parent, f"{name}-{digest(member)}", args.site, member, ROLE)


def groups(access: Access) -> Mapping[str, str] | None:
    """Which of Google's groups the cluster knows: those inside this one, which has to be there.

    Its name is Google's choice. A cluster knows the groups of one domain; source: GKE guide, Google
    Groups for RBAC.
    """
    named = sorted(it for it in _named(access) if it.startswith("group:") and "@" in it)
    return {"securityGroup": f"{_ALL}@{named[0].rpartition('@')[2]}"} if named else None


def _named(access: Access) -> tuple[str, ...]:
    return (*access.admins, *access.developers, *access.viewers, *access.approvers)


def known(subjects: Iterable[str]) -> Iterator[str]:
    """Members of Google's policies; names without an address are the cluster's own."""
    for subject in subjects:
        kind, colon, named = subject.partition(":")
        if not colon:
            yield f"user:{subject}"
        elif "@" in named:
            yield f"{kind}:{named}"
