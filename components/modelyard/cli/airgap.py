"""`modelyard airgap`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelyard.cli import options
from modelyard.program import plan_file, record_plan

if TYPE_CHECKING:
    from modelyard.plan.copies import Copies
    from modelyard.plan.plan import Plan
    from modelyard.review.airgap.bill import Bill
    from modelyard.review.airgap.bundle import Bundle

EXAMPLE = "Example: modelyard airgap bundle blueprints/airgap.yaml --out out/airgap"
_PLACES = {
    "registry": ("HOST/PATH", "Registry that takes the place of the public ones."),
    "charts": ("ADDRESS", "Where charts are copied to: oci://… or https://…"),
    "models": ("s3://…", "Where models are copied to."),
}


@click.group(epilog=EXAMPLE)
def command() -> None:
    """What a platform takes from outside, for sites that reach nothing there."""


def _place(name: str) -> click.decorators.FC:  # pyright: ignore[reportInvalidTypeVarUse]
    metavar, help = _PLACES[name]
    return click.option(f"--{name}", metavar=metavar, help=help)  # pyright: ignore[reportReturnType]


@command.command(epilog=EXAMPLE)
@options.blueprint
@options.environment
@click.option(
    "--site", metavar="NAME", help="Site that it is for; all with a cluster when left out."
)
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Folder to write; new or ours."
)
@_place("registry")
@_place("charts")
@_place("models")
@options.format("text", "json")
def bundle(
    blueprint: Path, environment: str | None, site: str | None, out: Path, form: str, **places: str
) -> None:
    """Write the bill of materials of BLUEPRINT, the script that copies it, and what is called what.

    Images by digest where it is known, charts, and models of the hub, with sizes where they are
    known. A site with `airgap` says itself where copies belong; for others it is said here, or to
    the script. Nothing is fetched: no credentials, no network.
    """
    from modelyard.review.airgap.bill import bill_of
    from modelyard.review.airgap.bundle import text, write

    plan = plan_file(blueprint, environment).plan
    chosen = _chosen(plan, site)
    target = _target(plan, chosen, {name: value for name, value in places.items() if value})
    bill = bill_of(plan, record_plan(plan, deployed=True), chosen, target, _store(plan, chosen))
    written = write(bill, out)
    if form == "json":
        click.echo(text(bill.json()), nl=False)
    else:
        _show(bill, written)


def _chosen(plan: Plan, site: str | None) -> tuple[str, ...]:
    """The sites that the bundle is for. Raises click.UsageError for one that is not there."""
    names = tuple(s.name for s in plan.sites)
    if site is None:
        return names
    if site not in names:
        raise click.UsageError(f"there is no site {site!r}. Next: choose one of {', '.join(names)}")
    return (site,)


def _target(plan: Plan, sites: tuple[str, ...], places: dict[str, str]) -> Copies:
    """Where copies belong: as the site says, as the flags say, or as the script will be told."""
    from modelyard.plan.copies import Copies, copies_of
    from modelyard.review.airgap.script import variable

    said = {c for name in sites if (c := copies_of(plan.blueprint.sites[name]))}
    if said and places:
        raise click.UsageError(
            f"the blueprint says where copies belong. Next: remove --{next(iter(places))}"
        )
    if len(said) > 1:
        raise click.UsageError("sites have their copies in different places. Next: add --site NAME")
    if said:
        return said.pop()
    _refuse_unfit(places)
    mirrors = {m.url for name in sites if (m := plan.blueprint.sites[name].mirror)}
    if len(sites) == len(mirrors) == 1:
        places.setdefault("registry", mirrors.pop())
    return Copies(**{name: places.get(name, variable(name.upper())) for name in _PLACES})


def _store(plan: Plan, sites: tuple[str, ...]) -> str:
    """Endpoint of the object store that is there already, where there is one for all."""
    from modelyard.blueprint.site import ClusterSite

    places = [s for name in sites if isinstance(s := plan.blueprint.sites[name], ClusterSite)]
    found = {s.object_store.attach.endpoint for s in places if s.object_store.attach}
    return found.pop() if len(found) == 1 else ""


def _refuse_unfit(places: dict[str, str]) -> None:
    """By the rules of a blueprint. Raises click.BadParameter for the first that breaks them."""
    from pydantic import ValidationError

    from modelyard.blueprint.site import Airgap

    fit = {"registry": "registry", "charts": "oci://registry/charts", "models": "s3://models"}
    try:
        Airgap.model_validate({**fit, **places})
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        what = f"{places[name]!r} is not of the form {_PLACES[name][0]}"
        raise click.BadParameter(what, param_hint=f"--{name}") from None


def _show(bill: Bill, written: Bundle) -> None:
    from rich.console import Console

    from modelyard.review.terminal import show_table

    console = Console()
    for table in bill.tables():
        if table.rows:
            show_table(table, console)
            console.print()
    for item in bill.items:
        if item.note:
            click.echo(f"note: {item.reference}: {item.note}")
    click.echo(f"{written.bill}, {written.references} and {written.script} are written")
    click.echo(f"next: sh {written.script} help")
