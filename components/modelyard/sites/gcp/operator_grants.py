"""What the operators in a cluster may do in its project, each through its own service account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi

from modelyard.catalog.operators import operator
from modelyard.objects.cloud import CloudResource
from modelyard.sites.gcp.bucket_grants import READ, quoted
from modelyard.sites.gcp.identity import principal
from modelyard.sites.gcp.names import bucket_name
from modelyard.sites.gcp.secret_names import prefix
from modelyard.sites.gcp.service_accounts import project_role

if TYPE_CHECKING:
    from modelyard.sites.gcp.cluster import GkeArgs

Granting = Callable[[pulumi.Resource, str, "GkeArgs", pulumi.Output[str]], list[CloudResource]]


@dataclass(frozen=True)
class Asking:
    """An operator's service account, and what it is granted."""

    account: str
    granting: Granting


def _secrets(
    parent: pulumi.Resource, name: str, args: GkeArgs, member: pulumi.Output[str]
) -> list[CloudResource]:
    """Reads the secrets of this platform."""
    start = pulumi.Output.concat(
        "resource.name.startsWith('projects/",
        args.account.number,
        f"/secrets/{prefix(args.context)}')",
    )
    condition = {"title": f"secrets of {args.context.scope}", "expression": start}
    role = "roles/secretmanager.secretAccessor"
    return [project_role(parent, name, args.site, member, role, condition)]


def _runs(
    parent: pulumi.Resource, name: str, args: GkeArgs, member: pulumi.Output[str]
) -> list[CloudResource]:
    """Shows the logs of finished runs. Without a list: it knows what it looks for."""
    attach = args.site.object_store.attach
    bucket = attach.bucket if attach else bucket_name(args.context, args.site, "artifacts")
    inside = quoted(f"projects/_/buckets/{bucket}/objects/workflows/")
    condition = {
        "title": f"runs of {args.context.scope}",
        "expression": f"resource.name.startsWith({inside})",
    }
    return [project_role(parent, name, args.site, member, READ, condition)]


ASKING: Mapping[str, Asking] = {
    "external-secrets": Asking("external-secrets", _secrets),
    "argo-workflows": Asking("argo-workflows-server", _runs),
}
"""By operator. The names of service accounts are those of their charts."""


def operator_grants(parent: pulumi.Resource, name: str, args: GkeArgs) -> list[CloudResource]:
    """The grants of every operator that asks Google for anything."""
    wanted = [id for id in args.site_plan.operators if id in ASKING]
    return [grant for id in wanted for grant in _of(parent, name, args, id)]


def _of(parent: pulumi.Resource, name: str, args: GkeArgs, id: str) -> list[CloudResource]:
    asking = ASKING[id]
    member = principal(args.account, operator(id).namespace, asking.account)
    return asking.granting(parent, f"{name}-{id}", args, member)
