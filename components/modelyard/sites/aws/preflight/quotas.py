"""Whether quotas are large enough for the plan at its largest, beside what is in use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from modelyard.contracts.preflight import Answer, Verdict
from modelyard.sites.aws.preflight import demand
from modelyard.sites.aws.preflight.asking import DeniedError, code_of
from modelyard.sites.aws.preflight.cores import vcpus
from modelyard.sites.aws.preflight.demand import Demand
from modelyard.sites.aws.preflight.question import Question
from modelyard.sites.aws.preflight.usage import in_use

if TYPE_CHECKING:
    from modelyard.catalog.quotas import Quota
    from modelyard.sites.aws.preflight.asking import Asking
    from modelyard.sites.aws.preflight.planned import AwsPreflightArgs

TOPIC = "quota"


def questions(asking: Asking, args: AwsPreflightArgs) -> Iterator[Question]:
    """One for each quota that the plan uses."""
    for wanted in (*demand.of_accelerators(args), *demand.by_the_piece(args)):
        yield Question(TOPIC, _asked(wanted.quota), partial(_answer, asking, args, wanted))
    yield Question(TOPIC, "vCPUs of nodes without accelerators", partial(_nodes, asking, args))


def _nodes(asking: Asking, args: AwsPreflightArgs) -> Iterator[Answer]:
    for wanted in demand.of_nodes(args, partial(vcpus, asking)):
        yield from _answer(asking, args, wanted)


def _answer(asking: Asking, args: AwsPreflightArgs, wanted: Demand) -> Iterator[Answer]:
    quota = wanted.quota
    applied = _applied(asking, quota)
    if applied["QuotaName"] != quota.name:
        found = f"{quota.code} is the code of '{applied['QuotaName']}' now"
        yield Answer(TOPIC, _asked(quota), Verdict.UNKNOWN, found, next=_console(asking, quota))
        return
    limit, (used, doubt) = int(applied["Value"]), _used(asking, args, quota)
    total = wanted.most + (used or 0)
    yield Answer(
        TOPIC,
        _asked(quota),
        _verdict(wanted, limit - (used or 0), doubt),
        "; ".join(filter(None, (_found(limit, used, quota), doubt, quota.note))),
        _needed(wanted),
        "" if total <= limit else _increase(asking, quota, total, applied),
    )


def _asked(quota: Quota) -> str:
    return f"{quota.name} ({quota.service})"


def _used(asking: Asking, args: AwsPreflightArgs, quota: Quota) -> tuple[int | None, str]:
    """What others use, and why that is not known where it should be."""
    try:
        return in_use(asking, args, quota), ""
    except DeniedError as error:
        return None, f"what is in use is not known: {error.permission} is not allowed"


def _applied(asking: Asking, quota: Quota) -> Mapping[str, Any]:
    """What the account has of it; the default where nobody ever changed it."""
    region = asking.home if quota.home else None
    given = {"ServiceCode": quota.service, "QuotaCode": quota.code}
    try:
        return asking.call("service-quotas", "get_service_quota", region=region, **given)["Quota"]
    except ClientError as error:
        if code_of(error) != "NoSuchResourceException":
            raise
    default = "get_aws_default_service_quota"
    return asking.call("service-quotas", default, region=region, **given)["Quota"]


def _verdict(wanted: Demand, free: int, doubt: str) -> Verdict:
    """A plan that cannot grow as it says fails where accelerators are short: they are not had
    elsewhere. Ordinary nodes may never grow to where they have to stop.
    """
    if wanted.most <= free:
        return Verdict.UNKNOWN if doubt else Verdict.OK
    begins = wanted.fewest <= free and wanted.quota.id in ("standard", "spot-standard")
    mild = begins or wanted.fallback or not wanted.quota.confirmed
    return Verdict.WARNING if mild else Verdict.FAILED


def _found(limit: int, used: int | None, quota: Quota) -> str:
    unit = f" {quota.unit}" if quota.unit else ""
    others = "" if used is None else f", {used} in use by others"
    return f"{limit}{unit} allowed{others}"


def _needed(wanted: Demand) -> str:
    unit = f" {wanted.quota.unit}" if wanted.quota.unit else ""
    fallback = ", as a fallback" if wanted.fallback else ""
    return f"{wanted.most}{unit}: {wanted.why}{fallback}"


def _increase(asking: Asking, quota: Quota, total: int, applied: Mapping[str, Any]) -> str:
    if not applied.get("Adjustable", True):
        return f"it cannot be raised: {_console(asking, quota)}"
    return (
        "aws service-quotas request-service-quota-increase"
        f" --service-code {quota.service} --quota-code {quota.code}"
        f" --desired-value {total} --region {_region(asking, quota)}"
    )


def _console(asking: Asking, quota: Quota) -> str:
    region = _region(asking, quota)
    return (
        f"https://{region}.console.aws.amazon.com/servicequotas/home/services/"
        f"{quota.service}/quotas/{quota.code}"
    )


def _region(asking: Asking, quota: Quota) -> str:
    return asking.home if quota.home else asking.region
