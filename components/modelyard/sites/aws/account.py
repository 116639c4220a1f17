"""The account: its provider, which refuses every other account, and its account-wide settings."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import pulumi

from modelyard.blueprint.site import AwsSite
from modelyard.contracts.account import AccountArgs
from modelyard.contracts.context import Context
from modelyard.objects.cloud import CloudResource

CLOSED = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
"""Every way in which a bucket could become public."""


@dataclass(frozen=True, kw_only=True)
class AwsAccountArgs(AccountArgs):
    site: AwsSite


class AwsAccount(pulumi.ComponentResource):
    """One account in one region."""

    def __init__(
        self, name: str, args: AwsAccountArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:account:AwsAccount", name, None, opts)
        self.provider = _provider(name, args, self)
        self._options = pulumi.ResourceOptions(parent=self, provider=self.provider)
        self._safe_defaults(name)
        self.register_outputs({"account": args.site.account, "region": args.site.region})

    def _safe_defaults(self, name: str) -> None:
        """For whatever else the account makes in this region: nothing public, all encrypted."""
        CloudResource(
            "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock",
            f"{name}-no-public-buckets",
            dict.fromkeys(CLOSED, True),
            self._options,
            outputs={},
        )
        CloudResource(
            "aws:ebs/encryptionByDefault:EncryptionByDefault",
            f"{name}-volumes",
            {"enabled": True},
            self._options,
            outputs={},
        )


def _provider(name: str, args: AwsAccountArgs, parent: pulumi.Resource) -> pulumi.ProviderResource:
    """No other account is touched, whatever credentials are at hand; everything is tagged.

    Lists and objects travel as text to a provider, as the typed class sends them.
    """
    inputs = {
        "region": args.site.region,
        "allowedAccountIds": json.dumps([args.site.account]),
        "defaultTags": json.dumps({"tags": tags(args.context)}),
    }
    options = pulumi.ResourceOptions(parent=parent, version=_version())
    return pulumi.ProviderResource("aws", name, inputs, options)


def _version() -> str | None:
    """The plugin's version is that of the SDK, where it is installed; the newest elsewhere."""
    try:
        return version("pulumi-aws")
    except PackageNotFoundError:
        return None


def tags(context: Context) -> Mapping[str, str]:
    """The four model tags, cost centre, environment and site, on everything that has tags."""
    return {key: tag_value(value) for key, value in context.account_labels().items()}


def tag_value(text: str) -> str:
    """Text as a tag: at most 256 of the characters that every service takes."""
    return re.sub(r"[^\w\s.:/=+@-]", "-", text)[:256]
