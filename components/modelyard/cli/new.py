"""`modelyard new`."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from modelyard.blueprint.blueprint import Preset
from modelyard.blueprint.errors import ModelyardError
from modelyard.cli.draft import Draft

CLUSTERS = ("kubernetes", "onprem")
"""Sites on a cluster that is there already."""
CLOUDS = {
    "aws": {"region": "Region, such as eu-west-1", "account": "Account, twelve digits"},
    "gcp": {"region": "Region, such as europe-west1", "project": "Project, by its id"},
}
"""What the sites of each cloud are asked for."""
EXAMPLE = (
    "Example: modelyard new blueprints/fraud.yaml --owner risk@acme.example --domain payments "
    "--site kubernetes --model scorer=models:/scorer@champion"
)


@click.command(epilog=EXAMPLE)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--owner", help="Address of who answers for the platform.")
@click.option("--domain", help="Business domain, such as payments.")
@click.option("--preset", type=click.Choice([str(preset) for preset in Preset]))
@click.option("--site", type=click.Choice([*CLUSTERS, *CLOUDS]), default="kubernetes")
@click.option("--region", help="Region of a cloud site, such as eu-west-1.")
@click.option("--account", help="Account of a site on AWS: twelve digits.")
@click.option("--project", help="Project of a site on Google Cloud, by its id.")
@click.option("--model", "models", multiple=True, metavar="NAME=SOURCE", help="Repeat for more.")
@click.option("--gpus", metavar="KIND=PERxNODES", help="GPU nodes of the site, such as l40s=4x2.")
@click.option("--approver", "approvers", multiple=True, help="Who lets models into production.")
def command(
    file: Path,
    owner: str | None,
    domain: str | None,
    preset: str | None,
    site: str,
    region: str | None,
    account: str | None,
    project: str | None,
    models: tuple[str, ...],
    gpus: str | None,
    approvers: tuple[str, ...],
) -> None:
    """Write a first blueprint to FILE, guided, or by flags; then check it.

    An existing file is never written over.
    """
    draft = Draft(
        name=file.stem.lower().replace("_", "-"),
        owner=owner or _ask("owner", "Who answers for it (address)"),
        domain=domain or _ask("domain", "Business domain, such as payments"),
        preset=preset,
        site=site,
        place=_place(site, {"region": region, "account": account, "project": project}),
        models=tuple(_model(text) for text in models) or (_first_model(),),
        gpus=_gpus(gpus) if gpus else None,
        approvers=approvers,
    )
    draft.write(file)
    click.echo(f"wrote {file}")
    click.echo(f"next: modelyard plan {file}")


def _ask(flag: str, question: str) -> str:
    """Ask a person; a script gets told which flag it forgot."""
    if not sys.stdin.isatty():
        raise ModelyardError(f"--{flag} is missing. Next: add it, or run in a terminal")
    return click.prompt(question)


def _place(site: str, given: Mapping[str, str | None]) -> dict[str, str]:
    """Where a cloud site is; any other is where its cluster is."""
    questions = CLOUDS.get(site, {})
    if named := [f"--{flag}" for flag, value in given.items() if value and flag not in questions]:
        said = " and ".join(named)
        raise ModelyardError(f"{said}: a site of kind {site} has none. Next: leave it out")
    return {flag: given[flag] or _ask(flag, question) for flag, question in questions.items()}


def _first_model() -> tuple[str, str]:
    if not sys.stdin.isatty():
        raise ModelyardError("--model is missing. Next: add --model NAME=SOURCE")
    return click.prompt("Name of the first model"), click.prompt(
        "Where it is (models:/name@alias, hf://org/name, s3://bucket/path)"
    )


def _model(text: str) -> tuple[str, str]:
    name, separator, source = text.partition("=")
    if not separator:
        raise ModelyardError(f"'{text}' is not NAME=SOURCE. Next: write scorer=models:/scorer@prod")
    return name, source


def _gpus(text: str) -> tuple[str, int, int]:
    found = re.fullmatch(r"([a-z0-9-]+)=([1-9][0-9]*)x([1-9][0-9]*)", text)
    if found is None:
        raise ModelyardError(f"'{text}' is not KIND=PERxNODES. Next: write l40s=4x2")
    return found[1], int(found[2]), int(found[3])
