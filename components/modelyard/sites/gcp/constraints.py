"""What nobody in the project may do, whatever his roles: organisation policies.

Only an organisation has such policies, and whoever sets them needs a role in it
(`roles/orgpolicy.policyAdmin`): they are there where the blueprint names the organisation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.site import GcpSite
from modelyard.contracts.context import Context
from modelyard.objects.cloud import CloudResource
from modelyard.sites.gcp.names import scoped, solid

ENFORCED = (
    "iam.automaticIamGrantsForDefaultServiceAccounts",
    "iam.disableServiceAccountKeyCreation",
    "iam.disableServiceAccountKeyUpload",
    "sql.restrictPublicIp",
    "storage.publicAccessPrevention",
    "storage.uniformBucketLevelAccess",
)
"""Google's own: no keys of service accounts, nothing public, no rights by default."""
NOBODY = ("compute.vmExternalIpAccess",)
"""Lists on which nobody stands: no machine has an address of its own outside."""


@dataclass(frozen=True)
class Custom:
    """A constraint of ours; what matches `condition` is refused."""

    id: str
    resource: str
    condition: str
    why: str


CUSTOM = (
    Custom(
        "SecureBoot",
        "container.googleapis.com/NodePool",
        "resource.config.shieldedInstanceConfig.enableSecureBoot == false",
        "Nodes start what is signed, and nothing else.",
    ),
    Custom(
        "KeptUpToDate",
        "container.googleapis.com/NodePool",
        "resource.management.autoUpgrade == false",
        "Nodes get their security fixes by themselves.",
    ),
)
"""Source of fields and form: GKE guide, custom organization policies."""
_ID = 62
"""Most characters of a constraint's name behind `custom.`."""


def constraints(
    options: pulumi.ResourceOptions, name: str, context: Context, site: GcpSite
) -> None:
    """Google's constraints and ours, enforced on the project alone."""
    if site.organization is None:
        return
    for constraint in ENFORCED:
        _policy(options, name, site, constraint, {"enforce": "TRUE"})
    for constraint in NOBODY:
        _policy(options, name, site, constraint, {"denyAll": "TRUE"})
    for custom in CUSTOM:
        made = _custom(options, name, context, site, custom)
        after = pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(depends_on=[made]))
        _policy(after, name, site, f"custom.{_id(context, custom)}", {"enforce": "TRUE"})


def _policy(
    options: pulumi.ResourceOptions,
    name: str,
    site: GcpSite,
    constraint: str,
    rule: Mapping[str, Any],
) -> None:
    parent = f"projects/{site.project}"
    inputs = {
        "parent": parent,
        "name": f"{parent}/policies/{constraint}",
        "spec": {"rules": [rule]},
    }
    part = constraint.rpartition(".")[2].lower()
    token = "gcp:orgpolicy/policy:Policy"
    CloudResource(token, f"{name}-{part}", inputs, options, outputs={})


def _custom(
    options: pulumi.ResourceOptions, name: str, context: Context, site: GcpSite, custom: Custom
) -> CloudResource:
    inputs = {
        "parent": f"organizations/{site.organization}",
        "name": f"custom.{_id(context, custom)}",
        "displayName": f"{context.scope}: {custom.id}",
        "description": custom.why,
        "actionType": "DENY",
        "condition": custom.condition,
        "methodTypes": ["CREATE", "UPDATE"],
        "resourceTypes": [custom.resource],
    }
    token = "gcp:orgpolicy/customConstraint:CustomConstraint"
    return CloudResource(token, f"{name}-{custom.id.lower()}", inputs, options, outputs={})


def _id(context: Context, custom: Custom) -> str:
    """Letters and digits; the organisation's other platforms have theirs."""
    return f"{solid(scoped(context), _ID - len(custom.id))}{custom.id}"
