"""Who asks, of which account, and whether its region is open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from modelyard.blueprint.errors import NotReadyError
from modelyard.contracts.preflight import Answer, Verdict
from modelyard.sites.aws.preflight.asking import UNREACHABLE, Asking, code_of
from modelyard.sites.aws.preflight.question import Question

if TYPE_CHECKING:
    from modelyard.blueprint.site import AwsSite

TOPIC = "account"
_LOG_IN = "log in with `aws login` or `aws sso login`, or set AWS_PROFILE"
_CLOSED = {"InvalidClientTokenId", "UnrecognizedClientException"}
"""What a region that is not open says of good credentials."""


def open_account(region: str) -> Asking:
    """An account as the environment is logged in to it. Raises NotReadyError."""
    try:
        return Asking(boto3.Session(), region)
    except BotoCoreError as error:
        raise NotReadyError(f"{_sentence(error)}. Next: {_LOG_IN}") from None


def caller(asking: Asking) -> Mapping[str, Any]:
    """Who is logged in: `Account` and `Arn`. Raises NotReadyError, with how to log in."""
    try:
        return _caller(asking)
    except UNREACHABLE as error:
        next = f"check the network and the proxy, and that there is a region '{asking.region}'"
        raise NotReadyError(f"AWS cannot be reached: {_sentence(error)}. Next: {next}") from None
    except BotoCoreError as error:
        raise NotReadyError(f"nobody is logged in: {_sentence(error)}. Next: {_LOG_IN}") from None
    except ClientError as error:
        said = f"{code_of(error)}: {error.response['Error'].get('Message', '')}".rstrip(". ")
        raise NotReadyError(f"AWS does not know who asks: {said}. Next: {_LOG_IN}") from None


def identity(who: Mapping[str, Any], site: AwsSite) -> Answer:
    """Whether it is the account of the blueprint; nothing else may be asked of another one."""
    asked, needed = f"account {site.account}", site.account
    if who["Account"] == site.account:
        return Answer(TOPIC, asked, Verdict.OK, f"logged in as {who['Arn']}", needed)
    found = f"logged in to account {who['Account']}, as {who['Arn']}"
    next = f"set AWS_PROFILE to a profile of account {site.account}, or correct `account`"
    return Answer(TOPIC, asked, Verdict.FAILED, found, needed, next)


def questions(asking: Asking) -> Iterator[Question]:
    """Whether the region is open for this account."""
    yield Question(TOPIC, f"region {asking.region}", lambda: [_region(asking)])


def _caller(asking: Asking) -> Mapping[str, Any]:
    try:
        return asking.call("sts", "get_caller_identity")
    except ClientError as error:
        if code_of(error) not in _CLOSED or asking.home == asking.region:
            raise
    return asking.call("sts", "get_caller_identity", region=asking.home)


def _region(asking: Asking) -> Answer:
    asked, region = f"region {asking.region}", asking.region
    listed = asking.call("ec2", "describe_regions", region=asking.home, AllRegions=True)["Regions"]
    found = next((each for each in listed if each["RegionName"] == region), None)
    if found is None:
        names = ", ".join(sorted(each["RegionName"] for each in listed))
        return Answer(TOPIC, asked, Verdict.FAILED, "there is none", next=f"choose one of {names}")
    status = found.get("OptInStatus", "opt-in-not-required")
    if status == "not-opted-in":
        command = f"aws account enable-region --region-name {region}"
        return Answer(TOPIC, asked, Verdict.FAILED, "not enabled for the account", next=command)
    return Answer(TOPIC, asked, Verdict.OK, status.replace("-", " "))


def _sentence(error: Exception) -> str:
    """A message of boto3's without the full stop at its end."""
    return str(error).rstrip(". ")
