"""Whether the reservations that a site names are there, and have room."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from modelyard.contracts.preflight import Answer, Verdict
from modelyard.sites.gcp.preflight.planned import machines as planned_machines
from modelyard.sites.gcp.preflight.question import Question

if TYPE_CHECKING:
    from modelyard.sites.gcp.preflight.asking import Asking
    from modelyard.sites.gcp.preflight.planned import GcpPreflightArgs

TOPIC = "capacity"


def questions(asking: Asking, args: GcpPreflightArgs) -> Iterator[Question]:
    """One for each reservation."""
    for reservation in args.site.gpus.reservations:
        ask = partial(_answer, asking, args, reservation)
        yield Question(TOPIC, f"reservation {reservation}", asking.project, ask)


def _answer(asking: Asking, args: GcpPreflightArgs, called: str) -> Iterator[Answer]:
    asked = f"reservation {called}"
    found = _look(asking, called)
    if not found:
        project, _ = _project_and_name(asking, called)
        command = f"gcloud compute reservations list --project={project}"
        next = f"name one of `{command}`, or take it out of `gpus.reservations`"
        yield Answer(TOPIC, asked, Verdict.FAILED, f"there is none in {asking.region}", next=next)
    for zone, reservation in found.items():
        yield _told(asking, args, called, zone, reservation)


def _told(
    asking: Asking,
    args: GcpPreflightArgs,
    called: str,
    zone: str,
    reservation: Mapping[str, Any],
) -> Answer:
    specific: Mapping[str, Any] = reservation.get("specificReservation") or {}
    machine = str(specific.get("instanceProperties", {}).get("machineType", ""))
    total = int(specific.get("count", 0))
    free = total - int(specific.get("inUseCount", 0))
    wanted = sum(need.most for need in planned_machines(args) if need.machine == machine)
    verdict, next = _room(str(reservation.get("status")), free, wanted)
    told = f"{reservation.get('status')}, {free} of {total} x {machine} free in {zone}"
    if verdict is Verdict.WARNING and wanted:
        next = _more(asking, called, zone, total - free + wanted)
    return Answer(TOPIC, f"reservation {called}", verdict, told, f"{wanted} x {machine}", next)


def _more(asking: Asking, called: str, zone: str, count: int) -> str:
    """The command that makes a reservation larger, beside what others use of it."""
    project, name = _project_and_name(asking, called)
    command = f"gcloud compute reservations update {name} --project={project}"
    return f"{command} --zone={zone} --vm-count={count}"


def _look(asking: Asking, called: str) -> Mapping[str, Mapping[str, Any]]:
    """By zone of the region: several zones may each have one of the name."""
    project, name = _project_and_name(asking, called)
    listed: Mapping[str, Sequence[Mapping[str, Any]]] = asking.scoped(
        "compute.reservations.aggregatedList",
        "reservations",
        project=project,
        filter=f"name = {name}",
    )
    here = f"{asking.region}-"
    return {zone: items[0] for zone, items in listed.items() if items and zone.startswith(here)}


def _project_and_name(asking: Asking, called: str) -> tuple[str, str]:
    """One that another project shares is `projects/PROJECT/reservations/NAME`."""
    parts = called.split("/")
    return (parts[1], parts[-1]) if len(parts) > 3 else (asking.project, parts[-1])


def _room(status: str, free: int, wanted: int) -> tuple[Verdict, str]:
    if status != "READY":
        return Verdict.FAILED, "name one that is ready in `gpus.reservations`"
    if not wanted:
        return Verdict.WARNING, "no model uses this machine: take it out, or choose it for a model"
    return (Verdict.WARNING, "") if free < wanted else (Verdict.OK, "")
