"""IAM roles, each limited by the site's permissions boundary where it has one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi

from modelyard.blueprint.site import AwsSite
from modelyard.contracts.context import Context
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.names import partition, role_name
from modelyard.sites.aws.policies import Statement, document, trusted


class Role(CloudResource):
    """An IAM role. What takes it has to wait for its policies."""

    policies: list[CloudResource]


def role(
    parent: pulumi.Resource,
    name: str,
    context: Context,
    site: AwsSite,
    *,
    called: Sequence[str],
    trust: pulumi.Input[str],
    managed: Sequence[str] = (),
    tags: Mapping[str, str] | None = None,
) -> Role:
    """A role; `name` is Pulumi's, `called` are the parts of AWS's name for it.

    `managed` are policies that AWS keeps, such as `service-role/AmazonEKSVPCResourceController`.
    """
    inputs = {
        "name": role_name(context, *called),
        "assumeRolePolicy": trust,
        "permissionsBoundary": site.identity.boundary,
        "tags": tags,
    }
    options = pulumi.ResourceOptions(parent=parent)
    made = Role("aws:iam/role:Role", name, inputs, options)
    made.policies = [_attach(made, name, site, policy, options) for policy in managed]
    return made


def _attach(
    to: Role, name: str, site: AwsSite, policy: str, options: pulumi.ResourceOptions
) -> CloudResource:
    arn = f"arn:{partition(site.region)}:iam::aws:policy/{policy}"
    return CloudResource(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        f"{name}-{policy.rpartition('/')[2]}",
        {"role": to["name"], "policyArn": arn},
        options,
        outputs={},
    )


def service_role(
    parent: pulumi.Resource,
    name: str,
    context: Context,
    site: AwsSite,
    *,
    service: str,
    called: Sequence[str],
    statements: Sequence[Statement] = (),
    managed: Sequence[str] = (),
    actions: Sequence[str] = ("sts:AssumeRole",),
    scoped: bool = True,
) -> Role:
    """A role for a service of AWS (`vpc-flow-logs.amazonaws.com`), with what it may do.

    `scoped`: only on behalf of this account, which not every service says.
    """
    trust = trusted(service, site.account if scoped else None, actions)
    made = role(parent, name, context, site, called=called, trust=trust, managed=managed)
    if statements:
        made.policies.append(grant(parent, name, made, statements))
    return made


def grant(
    parent: pulumi.Resource,
    name: str,
    to: CloudResource,
    statements: Sequence[Statement],
    called: str = "grant",
) -> CloudResource:
    """An inline policy of a role: it goes where the role goes."""
    inputs = {"name": called, "role": to["name"], "policy": document(*statements)}
    return CloudResource(
        "aws:iam/rolePolicy:RolePolicy",
        name,
        inputs,
        pulumi.ResourceOptions(parent=parent),
        outputs={},
    )
