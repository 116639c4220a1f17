"""The zones that a platform uses."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from modelyard.contracts.preflight import Answer, Verdict
from modelyard.sites.gcp.preflight.planned import zones as planned_zones
from modelyard.sites.gcp.preflight.question import Question

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelyard.sites.gcp.preflight.asking import Asking
    from modelyard.sites.gcp.preflight.planned import GcpPreflightArgs

TOPIC = "zone"


def questions(asking: Asking, args: GcpPreflightArgs) -> Iterator[Question]:
    """Whether the region has the zones that the plan names."""
    if wanted := planned_zones(args):
        yield Question(TOPIC, ", ".join(wanted), asking.project, partial(_answer, asking, wanted))


def _answer(asking: Asking, wanted: tuple[str, ...]) -> Iterator[Answer]:
    asked, there = ", ".join(wanted), zones_of_region(asking)
    if missing := [zone for zone in wanted if zone not in there]:
        found = f"{asking.region} has no {' and no '.join(missing)}"
        next = f"choose from {', '.join(there)} in `network.zone_ids`"
        yield Answer(TOPIC, asked, Verdict.FAILED, found, next=next)
    else:
        yield Answer(TOPIC, asked, Verdict.OK, f"of {', '.join(there)}")


def zones_of(asking: Asking, args: GcpPreflightArgs) -> tuple[str, ...]:
    """Those planned; all of the region where nothing names any."""
    return planned_zones(args) or zones_of_region(asking)


def zones_of_region(asking: Asking) -> tuple[str, ...]:
    return tuple(sorted(str(url).rpartition("/")[2] for url in region(asking).get("zones", ())))


def region(asking: Asking) -> Mapping[str, Any]:
    """The region as Compute Engine tells of it, with its zones and quotas."""
    return asking.call("compute.regions.get", project=asking.project, region=asking.region)
