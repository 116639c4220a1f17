"""IAM policies: statements, documents, and who may take a role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

Statement = Mapping[str, Any]
"""One statement of a policy; values may be Outputs."""


def allow(
    actions: Sequence[str],
    resources: Sequence[pulumi.Input[str]],
    conditions: Mapping[str, Any] | None = None,
) -> Statement:
    """A statement of an identity's policy."""
    statement = {"Effect": "Allow", "Action": sorted(actions), "Resource": list(resources)}
    return {**statement, **({"Condition": conditions} if conditions else {})}


def document(*statements: Statement) -> pulumi.Output[str]:
    """A policy of these statements, as JSON."""
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)})


def only_by_tls(action: str, resource: object) -> Statement:
    """Of a resource's own policy: nobody comes in the clear."""
    return {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": action,
        "Resource": resource,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def trusted(
    service: str, account: str | None, actions: Sequence[str] = ("sts:AssumeRole",)
) -> pulumi.Output[str]:
    """Lets a service of AWS take a role, on behalf of this account alone.

    `account` is None for the few that do not say on whose behalf they come, such as EC2.
    """
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": list(actions)}
    condition = {"Condition": {"StringEquals": {"aws:SourceAccount": account}}}
    return document({**statement, **(condition if account else {})})
