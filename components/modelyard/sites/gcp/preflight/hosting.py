"""Whether Vertex AI may host models on as many accelerators as they need."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from modelyard.catalog.gcp_quotas import gcp_quota, quota_of
from modelyard.catalog.machines import machines as catalog
from modelyard.contracts.preflight import Answer, MachineNeed, Verdict
from modelyard.sites.gcp.preflight.planned import hosted
from modelyard.sites.gcp.preflight.question import Question
from modelyard.sites.gcp.preflight.quotas import UNLIMITED, console, increase, limit_of

if TYPE_CHECKING:
    from modelyard.catalog.gcp_quotas import GcpQuota
    from modelyard.sites.gcp.preflight.asking import Asking
    from modelyard.sites.gcp.preflight.planned import GcpPreflightArgs

TOPIC = "quota"
VERTEX = "aiplatform.googleapis.com"


def questions(asking: Asking, args: GcpPreflightArgs) -> Iterator[Question]:
    """One for each kind of accelerator. Endpoints have quotas apart from those of machines."""
    by_quota: dict[str, list[MachineNeed]] = defaultdict(list)
    known = {each.machine for each in catalog("gcp")}
    for need in hosted(args):
        if need.machine in known:
            counted = quota_of(need.machine, "on-demand")
            by_quota[counted.id if counted else ""].append(need)
    for id, needs in by_quota.items():
        asked = f"accelerators of Vertex AI's endpoints ({', '.join(n.machine for n in needs)})"
        ask = partial(_answer, asking, asked, gcp_quota(id) if id else None, needs)
        yield Question(TOPIC, asked, asking.project, ask)


def _answer(
    asking: Asking, asked: str, quota: GcpQuota | None, needs: Sequence[MachineNeed]
) -> Iterator[Answer]:
    fewest, most = _counted(needs, least=True), _counted(needs, least=False)
    needed = f"{most} for {', '.join(model for need in needs for model in need.models)}"
    answer = partial(Answer, TOPIC, asked, needed=needed)
    metric = f"{VERTEX}/{quota.serving}" if quota and quota.serving else VERTEX
    where = {"region": asking.region}
    limit = limit_of(asking, VERTEX, metric, where) if metric != VERTEX else None
    if quota is None or limit is None:
        found = "the project lists no quota for it"
        yield answer(Verdict.UNKNOWN, found, next=console(asking, metric))
        return
    found = f"{limit} allowed; what other endpoints use is not told"
    if limit == UNLIMITED or most <= limit:
        yield answer(Verdict.OK, found)
        return
    verdict = Verdict.WARNING if fewest <= limit else Verdict.FAILED
    yield answer(verdict, found, next=increase(asking, VERTEX, quota.serving_id, most, where))


def _counted(needs: Sequence[MachineNeed], *, least: bool) -> int:
    count = {each.machine: each.count for each in catalog("gcp")}
    return sum((need.fewest if least else need.most) * count[need.machine] for need in needs)
