"""Whether names that the plan gives are free, or the platform's own already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from modelyard.blueprint.errors import shortened
from modelyard.contracts.preflight import Answer, Verdict
from modelyard.sites.aws.preflight.looks import KINDS, Kind, Standing
from modelyard.sites.aws.preflight.ownership import owned
from modelyard.sites.aws.preflight.planned import of_type, texts
from modelyard.sites.aws.preflight.question import Question

if TYPE_CHECKING:
    from modelyard.sites.aws.preflight.asking import Asking
    from modelyard.sites.aws.preflight.planned import AwsPreflightArgs

TOPIC = "name"


def questions(asking: Asking, args: AwsPreflightArgs) -> Iterator[Question]:
    """One for each name that is known beforehand, and for what there may be one of."""
    for kind in KINDS:
        for name in _names(args, kind):
            yield Question(TOPIC, kind.noun, partial(_answer, asking, args, kind, name))


def _names(args: AwsPreflightArgs, kind: Kind) -> Iterator[str]:
    items = of_type(args, kind.type)
    if kind.input is None:
        return (item.urn.rpartition("::")[2] for item in items)
    return texts(items, kind.input)


def _answer(asking: Asking, args: AwsPreflightArgs, kind: Kind, name: str) -> Iterator[Answer]:
    found, called = kind.look(asking, name), f"'{name}' " if kind.input else ""
    if found is None:
        free = f"{called}is free" if called else "there is none yet"
        yield Answer(TOPIC, kind.noun, Verdict.OK, free)
    elif found.tags is not None and owned(found.tags, args.context):
        yield Answer(TOPIC, kind.noun, Verdict.OK, f"{called}is the platform's own")
    else:
        verdict = Verdict.WARNING if found.doubt else Verdict.FAILED
        yield Answer(TOPIC, kind.noun, verdict, f"{called}{found.how}", next=_next(found))


def _next(found: Standing) -> str:
    return found.next or (
        "rename the platform or its environment, or remove what has the name; if it is this "
        "platform's, deployed before, take it over with `pulumi import`"
    )


def gathered(answers: Iterable[Answer]) -> Iterator[Answer]:
    """Free names of one kind in one answer; nobody reads forty lines of them."""
    for (asked, verdict), group in groupby(answers, lambda each: (each.asked, each.verdict)):
        alike = list(group)
        if alike[0].topic != TOPIC or verdict is not Verdict.OK or len(alike) == 1:
            yield from alike
        else:
            names = [each.found.split("'")[1] for each in alike]
            found = f"{len(alike)} names are free or the platform's own: {shortened(names)}"
            yield Answer(TOPIC, asked, verdict, found)
