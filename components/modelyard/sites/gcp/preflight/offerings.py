"""Whether the machines of a plan are offered in the zones that it uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from modelyard.blueprint.errors import shortened
from modelyard.contracts.preflight import Answer, Verdict
from modelyard.sites.gcp.preflight.planned import machines as planned_machines
from modelyard.sites.gcp.preflight.planned import node_pools
from modelyard.sites.gcp.preflight.question import Question
from modelyard.sites.gcp.preflight.zones import zones_of

if TYPE_CHECKING:
    from modelyard.sites.gcp.preflight.asking import Asking
    from modelyard.sites.gcp.preflight.planned import GcpPreflightArgs

TOPIC = "machine"
_OTHERWISE = "choose another machine with `serve.gpu`, or another region"


def questions(asking: Asking, args: GcpPreflightArgs) -> Iterator[Question]:
    """One for each kind of machine."""
    for machine in machines(args):
        yield Question(TOPIC, machine, asking.project, partial(_answer, asking, args, machine))


def machines(args: GcpPreflightArgs) -> tuple[str, ...]:
    """Every kind of machine that the plan names: those of models, and those of pools."""
    pools = (pool.machine for pool in node_pools(args))
    return tuple(dict.fromkeys((*(need.machine for need in planned_machines(args)), *pools)))


def offered(asking: Asking, machine: str) -> Mapping[str, Mapping[str, Any]]:
    """The machine type as each zone of Google's describes it; zones without it are left out."""
    listed = asking.scoped(
        "compute.machineTypes.aggregatedList",
        "machineTypes",
        project=asking.project,
        filter=f"name = {machine}",
    )
    return {zone: items[0] for zone, items in listed.items() if items}


def vcpus(asking: Asking, machine: str) -> int:
    """The vCPUs of a machine, as Compute Engine tells; none of one that is nowhere."""
    return next((int(each["guestCpus"]) for each in offered(asking, machine).values()), 0)


def _answer(asking: Asking, args: GcpPreflightArgs, machine: str) -> Iterator[Answer]:
    zones, everywhere = zones_of(asking, args), sorted(offered(asking, machine))
    here = [zone for zone in zones if zone in everywhere]
    missing = [zone for zone in zones if zone not in here]
    of_region = [zone for zone in everywhere if _region(zone) == asking.region]
    needed = f"in {', '.join(zones)}"
    answer = partial(Answer, TOPIC, machine, needed=needed)
    if here and not missing:
        yield answer(Verdict.OK, f"offered in {', '.join(here)}")
    elif here:
        found = f"offered in {', '.join(here)}, and not in {', '.join(missing)}"
        next = "fewer zones have room for it: let `network.zone_ids` name those that offer it"
        yield answer(Verdict.WARNING, found, next=next)
    elif of_region:
        found = f"offered only in {', '.join(of_region)}, where the platform has no zone"
        next = f"let `network.zone_ids` name {of_region[0]}, or {_OTHERWISE}"
        yield answer(Verdict.FAILED, found, next=next)
    else:
        yield answer(Verdict.FAILED, f"not offered in {asking.region}", next=_elsewhere(everywhere))


def _elsewhere(zones: list[str]) -> str:
    regions = sorted({_region(zone) for zone in zones})
    return f"{_OTHERWISE}: {shortened(regions)}" if regions else _OTHERWISE


def _region(zone: str) -> str:
    return zone.rpartition("-")[0]
