"""Service accounts: who acts in the project for the platform, with nothing but what it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from modelyard.blueprint.site import GcpSite
from modelyard.contracts.context import Context
from modelyard.objects.cloud import CloudResource
from modelyard.sites.gcp.names import account_id

SEEN = {"email": str, "member": str, "name": str}

Condition = Mapping[str, str]
"""`{title, expression}`, the latter in CEL."""


class ServiceAccount(CloudResource):
    """An identity of the platform's. What acts as it has to wait for its grants."""

    grants: list[CloudResource]

    @property
    def email(self) -> pulumi.Output[str]:
        return self["email"]

    @property
    def member(self) -> pulumi.Output[str]:
        """`serviceAccount:EMAIL`, as policies name it."""
        return self["member"]


def service_account(
    parent: pulumi.Resource,
    name: str,
    context: Context,
    site: GcpSite,
    *,
    called: Sequence[str],
    why: str,
    roles: Sequence[str] = (),
) -> ServiceAccount:
    """An account without keys; `called` are the parts of Google's name for it, `roles` those that
    it has in the whole project.
    """
    inputs = {
        "project": site.project,
        "accountId": account_id(context, *called),
        "displayName": why,
    }
    options = pulumi.ResourceOptions(parent=parent)
    made = ServiceAccount("gcp:serviceaccount/account:Account", name, inputs, options, SEEN)
    made.grants = [project_role(parent, name, site, made.member, role) for role in roles]
    return made


def project_role(
    parent: pulumi.Resource,
    name: str,
    site: GcpSite,
    member: pulumi.Input[str],
    role: str,
    condition: Condition | None = None,
) -> CloudResource:
    """One role of one member in the project, beside whatever others there are."""
    inputs: dict[str, Any] = {
        "project": site.project,
        "role": role,
        "member": member,
        "condition": condition,
    }
    logical = f"{name}-{role.rpartition('/')[2].replace('.', '-').lower()}"
    options = pulumi.ResourceOptions(parent=parent)
    return CloudResource("gcp:projects/iAMMember:IAMMember", logical, inputs, options, outputs={})


def acting_as(
    parent: pulumi.Resource,
    name: str,
    account: ServiceAccount,
    member: pulumi.Input[str],
    role: str = "roles/iam.serviceAccountUser",
) -> CloudResource:
    """Lets a member run things as an account, and as no other."""
    inputs = {"serviceAccountId": account["name"], "role": role, "member": member}
    options = pulumi.ResourceOptions(parent=parent)
    token = "gcp:serviceaccount/iAMMember:IAMMember"
    return CloudResource(token, name, inputs, options, outputs={})
