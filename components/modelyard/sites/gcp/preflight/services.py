"""Whether the APIs that the plan needs are enabled, or can be by `up`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from modelyard.blueprint.errors import shortened
from modelyard.contracts.preflight import Answer, Verdict
from modelyard.sites.gcp.preflight.planned import SERVICE, of_type, texts
from modelyard.sites.gcp.preflight.question import Question

if TYPE_CHECKING:
    from modelyard.sites.gcp.preflight.asking import Asking
    from modelyard.sites.gcp.preflight.planned import GcpPreflightArgs

TOPIC = "service"
ENABLE = "serviceusage.services.enable"
_ASKED = "APIs of the plan"


def questions(asking: Asking, args: GcpPreflightArgs) -> Iterator[Question]:
    """One for all of them."""
    if wanted := sorted(set(texts(of_type(args, SERVICE), "service"))):
        yield Question(TOPIC, _ASKED, asking.project, partial(_answer, asking, wanted))


def _answer(asking: Asking, wanted: Sequence[str]) -> Iterator[Answer]:
    there = enabled(asking)
    missing = [service for service in wanted if service not in there]
    if len(missing) < len(wanted):
        found = f"{len(wanted) - len(missing)} of {len(wanted)} are enabled"
        yield Answer(TOPIC, _ASKED, Verdict.OK, found)
    if not missing:
        return
    asked, found = "APIs not enabled yet", shortened(missing)
    if _may_enable(asking):
        yield Answer(TOPIC, asked, Verdict.OK, f"{found}: `up` enables them")
    else:
        command = f"gcloud services enable {' '.join(missing)} --project={asking.project}"
        yield Answer(TOPIC, asked, Verdict.WARNING, found, f"{ENABLE}, which is lacking", command)


def enabled(asking: Asking) -> frozenset[str]:
    """Every API that the project has enabled."""
    parent = f"projects/{asking.project}"
    given = {"parent": parent, "filter": "state:ENABLED", "pageSize": 200}
    listed = asking.listed("serviceusage.services.list", "services", **given)
    return frozenset(each["name"].rpartition("/")[2] for each in listed)


def _may_enable(asking: Asking) -> bool:
    told = asking.call(
        "cloudresourcemanager.projects.testIamPermissions",
        resource=asking.project,
        body={"permissions": [ENABLE]},
    )
    return ENABLE in told.get("permissions", ())
