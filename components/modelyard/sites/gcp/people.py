"""Who of the four lists reaches the cluster: people and groups that Google knows by address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pulumi

from modelyard.objects.naming import digest
from modelyard.sites.gcp.service_accounts import project_role

if TYPE_CHECKING:
    from modelyard.sites.gcp.cluster import GkeArgs

ROLE = "roles/container.clusterViewer"
"""Finds the cluster and connects to it; what anybody may do in it, its own roles say."""


def let_in(parent: pulumi.Resource, name: str, args: GkeArgs) -> None:
    """Everybody that a list names by an address."""
    for member in sorted(set(_members(args))):
        project_role(parent, f"{name}-{digest(member)}", args.site, member, ROLE)


def _members(args: GkeArgs) -> Iterator[str]:
    access = args.blueprint.access
    for subject in (*access.admins, *access.developers, *access.viewers, *access.approvers):
        kind, colon, named = subject.partition(":")
        if not colon:
            yield f"user:{subject}"
        elif "@" in named:
            yield f"{kind}:{named}"
