"""Cloud Scheduler calling one of Google's APIs at set times, as an account that may do no more."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from modelyard.objects.cloud import CloudResource
from modelyard.sites.gcp.names import scoped
from modelyard.sites.gcp.service_accounts import ServiceAccount, service_account
from modelyard.sites.gcp.vertex.args import GoogleArgs

NAME = 63
"""Characters that are used of the 500 of a job's name: it is a name among others in a project."""
_DEADLINE = "180s"


def clock(
    parent: pulumi.Resource, name: str, args: GoogleArgs, *called: str, why: str
) -> ServiceAccount:
    """The account that a schedule calls as; what it may do is for its maker to say."""
    return service_account(
        parent,
        f"{name}-clock",
        args.context,
        args.site,
        called=("clock", *called),
        why=f"{args.context.scope}: {why}",
    )


def scheduled(
    parent: pulumi.Resource,
    name: str,
    args: GoogleArgs,
    *called: str,
    when: str,
    uri: pulumi.Input[str],
    account: ServiceAccount,
    after: Sequence[pulumi.Resource],
    body: str | None = None,
) -> CloudResource:
    """Post to an address of Google's own at these times, in UTC; a call that fails is repeated.

    `body` is JSON, in base64.
    """
    said = {"body": body, "headers": {"Content-Type": "application/json"}} if body else {}
    inputs = {
        "name": scoped(args.context, *called, most=NAME),
        "region": args.site.region,
        "schedule": when,
        "timeZone": "Etc/UTC",
        "attemptDeadline": _DEADLINE,
        "retryConfig": {"retryCount": 2},
        "httpTarget": {
            "uri": uri,
            "httpMethod": "POST",
            **said,
            "oauthToken": {"serviceAccountEmail": account.email},
        },
    }
    options = pulumi.ResourceOptions(parent=parent, depends_on=[*args.account.services, *after])
    return CloudResource("gcp:cloudscheduler/job:Job", name, inputs, options, outputs={})
