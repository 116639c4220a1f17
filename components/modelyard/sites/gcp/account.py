"""The project: its provider, its services, and what nobody in it may do."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import pulumi
import pulumi_random

from modelyard.blueprint.site import GcpSite
from modelyard.contracts.account import AccountArgs
from modelyard.objects.cloud import CloudResource
from modelyard.plan.plan import SitePlan
from modelyard.sites.gcp.apis import enable
from modelyard.sites.gcp.constraints import constraints
from modelyard.sites.gcp.names import labels
from modelyard.sites.gcp.perimeter import perimeter


@dataclass(frozen=True, kw_only=True)
class GcpAccountArgs(AccountArgs):
    site: GcpSite
    site_plan: SitePlan
    """Which services its parts ask."""


class GcpProject(pulumi.ComponentResource):
    """One project in one region. The project itself is there already; it is read, never made."""

    def __init__(
        self, name: str, args: GcpAccountArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:account:GcpProject", name, None, opts)
        self.project = args.site.project
        self.provider = _provider(name, args, self)
        options = pulumi.ResourceOptions(parent=self, provider=self.provider)
        there = _there(name, args, options)
        self.number, self.billing_account = there["number"], there["billingAccount"]
        self.suffix = _suffix(name, self)
        self.services = enable(options, name, args.site, args.site_plan.endpoints)
        after = pulumi.ResourceOptions(depends_on=self.services)
        later = pulumi.ResourceOptions.merge(options, after)
        constraints(later, name, args.context, args.site)
        around = args.site.perimeter
        self.perimeter = around and perimeter(later, name, args.context, around, self.number)
        self.owner = _owner(name, args, later)
        self.register_outputs({"project": self.project, "region": args.site.region})

    def agent(self, domain: str, before: str = "service") -> pulumi.Output[str]:
        """One of Google's services as a member of a policy; source: service agents reference.

        `domain` is what comes before `.iam.gserviceaccount.com`: `gs-project-accounts`; `before`
        what comes before the project's number.
        """
        account = f"@{domain}.iam.gserviceaccount.com"
        return pulumi.Output.concat(f"serviceAccount:{before}-", self.number, account)


def _provider(name: str, args: GcpAccountArgs, parent: pulumi.Resource) -> pulumi.ProviderResource:
    """Everything is in this project and region, and labelled.

    Quotas and bills are the project's own, whoever is logged in. Objects and truths travel as text
    to a provider, as the typed class sends them.
    """
    inputs = {
        "project": args.site.project,
        "region": args.site.region,
        "billingProject": args.site.project,
        "userProjectOverride": "true",
        "addPulumiAttributionLabel": "false",
        "defaultLabels": json.dumps(labels(args.context)),
    }
    options = pulumi.ResourceOptions(parent=parent, version=_version())
    return pulumi.ProviderResource("gcp", name, inputs, options)


def _version() -> str | None:
    """The plugin's version is that of the SDK, where it is installed; the newest elsewhere."""
    try:
        return version("pulumi-gcp")
    except PackageNotFoundError:
        return None


def _there(name: str, args: GcpAccountArgs, options: pulumi.ResourceOptions) -> CloudResource:
    """What Google says of the project: its number stands in the names of many identities."""
    here = pulumi.ResourceOptions(id=f"projects/{args.site.project}")
    return CloudResource(
        "gcp:organizations/project:Project",
        name,
        {},
        pulumi.ResourceOptions.merge(options, here),
        outputs={"number": str, "billingAccount": str},
    )


def _owner(name: str, args: GcpAccountArgs, options: pulumi.ResourceOptions) -> CloudResource:
    """Who is told when something is wrong."""
    inputs = {
        "type": "email",
        "displayName": f"{args.context.scope}: owner",
        "labels": {"email_address": args.context.tags.owner},
    }
    token = "gcp:monitoring/notificationChannel:NotificationChannel"
    return CloudResource(token, f"{name}-owner", inputs, options, outputs={})


def _suffix(name: str, parent: pulumi.Resource) -> pulumi.Output[str]:
    """Four digits that stay from run to run, and are others after the platform was destroyed.

    For names that Google never gives out again, above all those of key rings.
    """
    of_random = pulumi.ResourceOptions(parent=parent)
    provider = pulumi_random.Provider(f"{name}-random", opts=of_random)
    options = pulumi.ResourceOptions(parent=parent, provider=provider)
    return pulumi_random.RandomId(f"{name}-suffix", byte_length=2, opts=options).hex
