"""Whether quotas are large enough for the plan, beside what is in use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from modelyard.contracts.preflight import Answer, Verdict
from modelyard.sites.gcp.preflight import demand
from modelyard.sites.gcp.preflight.asking import DeniedError
from modelyard.sites.gcp.preflight.offerings import vcpus
from modelyard.sites.gcp.preflight.question import Question
from modelyard.sites.gcp.preflight.usage import others
from modelyard.sites.gcp.preflight.zones import region

if TYPE_CHECKING:
    from modelyard.catalog.gcp_quotas import GcpQuota
    from modelyard.sites.gcp.preflight.asking import Asking
    from modelyard.sites.gcp.preflight.demand import Demand
    from modelyard.sites.gcp.preflight.planned import GcpPreflightArgs

TOPIC = "quota"
COMPUTE = "compute.googleapis.com"
UNLIMITED = -1


def questions(asking: Asking, args: GcpPreflightArgs) -> Iterator[Question]:
    """One for each quota that the plan uses."""
    for wanted in (*demand.of_accelerators(args), *demand.by_the_piece(args)):
        ask = partial(_answer, asking, args, wanted)
        yield Question(TOPIC, _asked(asking, wanted.quota), asking.project, ask)
    ask = partial(_nodes, asking, args)
    yield Question(TOPIC, "nodes without accelerators", asking.project, ask)


def _nodes(asking: Asking, args: GcpPreflightArgs) -> Iterator[Answer]:
    for wanted in demand.of_nodes(args, partial(vcpus, asking)):
        yield from _answer(asking, args, wanted)


def _answer(asking: Asking, args: GcpPreflightArgs, wanted: Demand) -> Iterator[Answer]:
    quota, asked = wanted.quota, _asked(asking, wanted.quota)
    limit, used = _applied(asking, quota)
    if limit is None:
        found = "the project lists no such quota"
        yield Answer(TOPIC, asked, Verdict.UNKNOWN, found, _needed(wanted), _console(asking, quota))
        return
    taken, doubt = _taken(asking, args, quota, used)
    total = wanted.most + taken
    enough = limit == UNLIMITED or total <= limit
    yield Answer(
        TOPIC,
        asked,
        _verdict(wanted, None if limit == UNLIMITED else limit - taken, doubt),
        "; ".join(filter(None, (_found(limit, taken, quota), doubt, quota.note))),
        _needed(wanted),
        "" if enough else increase(asking, COMPUTE, quota.quota_id, total, _where(asking, quota)),
    )


def _applied(asking: Asking, quota: GcpQuota) -> tuple[int | None, int | None]:
    """What the project may have of it and what is in use; None for either where it is not told."""
    place = (
        asking.call("compute.projects.get", project=asking.project)
        if quota.scope == "global"
        else region(asking)
    )
    listed: Mapping[str, Any] = {each["metric"]: each for each in place.get("quotas", ())}
    if quota.metric in listed and not quota.dimension:
        told = listed[quota.metric]
        return int(told["limit"]), int(told.get("usage", 0))
    return limit_of(asking, COMPUTE, quota.usage_metric, _where(asking, quota)), None


def limit_of(asking: Asking, service: str, metric: str, where: Mapping[str, str]) -> int | None:
    """A limit as Service Usage tells it, the one that is closest to a place; None if it has none.

    Source: Service Usage API, QuotaBucket: a bucket counts where all of its dimensions fit.
    """
    parent = f"projects/{asking.project}/services/{service}"
    method = "serviceusage.services.consumerQuotaMetrics.list"
    listed = asking.listed(method, "metrics", parent=parent)
    buckets = [
        bucket
        for each in listed
        if each.get("metric") == metric
        for limit in each.get("consumerQuotaLimits", ())
        for bucket in limit.get("quotaBuckets", ())
        if bucket.get("dimensions", {}).items() <= where.items()
    ]
    if not buckets:
        return None
    closest = max(buckets, key=lambda bucket: len(bucket.get("dimensions", {})))
    return int(closest.get("effectiveLimit", 0))


def _taken(
    asking: Asking, args: GcpPreflightArgs, quota: GcpQuota, used: int | None
) -> tuple[int, str]:
    """What others use, and why that is not known where it should be."""
    try:
        return others(asking, args, quota, used), ""
    except DeniedError as error:
        whose = "how much of it is the platform's own" if used else "what is in use"
        return used or 0, f"{whose} is not known: {error.permission} is not allowed"


def _verdict(wanted: Demand, free: int | None, doubt: str) -> Verdict:
    """A plan that cannot begin fails; one that cannot grow as it says is warned of."""
    if free is None or wanted.most <= free:
        return Verdict.UNKNOWN if doubt else Verdict.OK
    mild = wanted.fewest <= free or wanted.fallback or not wanted.quota.confirmed
    return Verdict.WARNING if mild else Verdict.FAILED


def _asked(asking: Asking, quota: GcpQuota) -> str:
    return f"{quota.name} ({'all regions' if quota.scope == 'global' else asking.region})"


def _found(limit: int, taken: int, quota: GcpQuota) -> str:
    unit = f" {quota.unit}" if quota.unit else ""
    allowed = "no limit" if limit == UNLIMITED else f"{limit}{unit} allowed"
    return f"{allowed}, {taken} in use by others"


def _needed(wanted: Demand) -> str:
    unit = f" {wanted.quota.unit}" if wanted.quota.unit else ""
    count = f"{wanted.fewest} to {wanted.most}" if wanted.fewest != wanted.most else wanted.most
    fallback = ", as a fallback" if wanted.fallback else ""
    return f"{count}{unit}: {wanted.why}{fallback}"


def _where(asking: Asking, quota: GcpQuota) -> Mapping[str, str]:
    place = {} if quota.scope == "global" else {"region": asking.region}
    return {**place, **quota.dimension}


def increase(asking: Asking, service: str, id: str, total: int, where: Mapping[str, str]) -> str:
    """The command that asks for more."""
    dimensions = ",".join(f"{key}={value}" for key, value in where.items())
    return (
        f"gcloud quotas preferences create --service={service} --project={asking.project}"
        f" --quota-id={id} --preferred-value={total}"
        + (f" --dimensions={dimensions}" if dimensions else "")
    )


def _console(asking: Asking, quota: GcpQuota) -> str:
    return console(asking, quota.usage_metric)


def console(asking: Asking, metric: str) -> str:
    """Where a person sees a quota."""
    place = "https://console.cloud.google.com/iam-admin/quotas"
    return f"{place}?metric={metric.replace('/', '%2F')}&project={asking.project}"
