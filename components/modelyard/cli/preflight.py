"""`modelyard preflight`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelyard.blueprint.errors import nearest, one_line
from modelyard.cli import options
from modelyard.cli.messages import show_json

if TYPE_CHECKING:
    from modelyard.contracts.preflight import Answer
    from modelyard.plan.plan import Plan

EXAMPLE = "Example: modelyard preflight blueprints/finance.yaml -e prod --site cloud"
_COLOURS = {"ok": "green", "warning": "yellow", "failed": "red", "unknown": "magenta"}

_COMMANDS = ("aws ", "gcloud ", "kubectl ", "pulumi ")

Answers = Mapping[str, Sequence["Answer"] | None]
"""By site; None for a site of a kind that has nothing to ask."""


@click.command(epilog=EXAMPLE)
@options.blueprint
@options.environment
@click.option("--site", metavar="NAME", help="Ask this site alone.")
@options.format("text", "json")
def command(blueprint: Path, environment: str | None, site: str | None, form: str) -> int:
    """Ask each site whether BLUEPRINT can be built on it.

    Of a cloud's account: quotas, machines, capacity, roles, names, permissions. Of a cluster that
    is there: storage, load balancers, operators, network, GPUs. Changes nothing. Exits with 1
    for whatever would keep the plan from being carried out.
    """
    from modelyard.program import plan_file

    planned = plan_file(blueprint, environment)
    answers = dict(_asked(planned.plan, _chosen(planned.plan, site)))
    if form == "json":
        show_json({"sites": _json(answers)})
    else:
        kinds = {name: str(place.kind) for name, place in planned.plan.blueprint.sites.items()}
        _show(answers, kinds)
    told = [answer for answers in answers.values() for answer in answers or ()]
    return 1 if any(answer.verdict == "failed" for answer in told) else 0


def _chosen(plan: Plan, site: str | None) -> tuple[str, ...]:
    """The sites to ask. Raises UsageError for one that is not there."""
    names = tuple(each.name for each in plan.sites)
    if site is None:
        return names
    if site not in names:
        near = nearest(site, names)
        meant = f" Did you mean {near!r}?" if near else f" There are: {', '.join(names)}."
        raise click.UsageError(f"there is no site {one_line(site)!r}.{meant}")
    return (site,)


def _asked(plan: Plan, sites: Sequence[str]) -> Iterator[tuple[str, Sequence[Answer] | None]]:
    from modelyard.engine.preflight import preflights

    for site, preflight in preflights(plan, sites):
        yield site, None if preflight is None else tuple(preflight.answers())


def _json(answers: Answers) -> Mapping[str, object]:
    return {
        site: None if told is None else [answer.json() for answer in told]
        for site, told in answers.items()
    }


def _show(answers: Answers, kinds: Mapping[str, str]) -> None:
    for site, told in answers.items():
        click.echo(click.style(site, bold=True))
        if told is None:
            click.echo(f"  nothing to ask on {kinds[site]} sites")
        for answer in told or ():
            click.echo("\n".join(_lines(answer)))
    counts = Counter(str(answer.verdict) for told in answers.values() for answer in told or ())
    if counts:
        click.echo(", ".join(f"{counts[each]} {each}" for each in _COLOURS if counts[each]))


def _lines(answer: Answer) -> list[str]:
    """An answer: what was found, what is needed, and what to do, each as wide as the terminal."""
    from modelyard.cli.messages import wrapped

    verdict = click.style(f"{answer.verdict:8}", fg=_COLOURS[str(answer.verdict)])
    first, *more = wrapped(f"{answer.verdict:6}{answer.topic}: {answer.asked}")
    first = first.strip()[len(answer.verdict) :].strip()
    lines = [f"  {verdict}{first}", *more, *wrapped(answer.found)]
    if answer.needed:
        lines += wrapped(f"needed: {answer.needed}")
    if answer.next:
        lines += _next(wrapped(f"next: {answer.next}"), answer.next)
    return lines


def _next(lines: list[str], next: str) -> list[str]:
    """A command stays one, though it takes several lines."""
    if not next.startswith(_COMMANDS):
        return lines
    return [*(f"{line} \\" for line in lines[:-1]), lines[-1]]
