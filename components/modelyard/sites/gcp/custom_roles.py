"""Roles of our own, where Google's grant more than somebody needs."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from modelyard.blueprint.site import GcpSite
from modelyard.contracts.context import Context
from modelyard.objects.cloud import CloudResource
from modelyard.sites.gcp.names import scoped, underscored

_ID = 64


def custom_role(
    parent: pulumi.Resource,
    name: str,
    context: Context,
    site: GcpSite,
    *,
    called: str,
    why: str,
    permissions: Sequence[str],
) -> pulumi.Output[str]:
    """The name of a role of the project with these permissions, `projects/…/roles/…`."""
    inputs = {
        "project": site.project,
        "roleId": underscored(scoped(context, called, most=_ID)),
        "title": f"{context.scope}: {why}",
        "permissions": list(permissions),
    }
    options = pulumi.ResourceOptions(parent=parent)
    token = "gcp:projects/iAMCustomRole:IAMCustomRole"
    return CloudResource(token, name, inputs, options, outputs={"name": str})["name"]
