"""`modelyard render`."""

from __future__ import annotations

from pathlib import Path

import click

from modelyard.cli import options
from modelyard.program import plan_file, record_plan, sites_of

EXAMPLE = "Example: modelyard render blueprints/finance.yaml -e prod --out out/finance"


@click.command(epilog=EXAMPLE)
@options.blueprint
@options.environment
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Folder to write; new or ours."
)
def command(blueprint: Path, environment: str | None, out: Path) -> None:
    """Write the Kubernetes manifests of BLUEPRINT: one file per object and a kustomization.

    With several sites, a folder for each. Secrets are not written, only referred to; SECRETS.md
    lists them.
    """
    from modelyard.review.manifests import write

    plan = plan_file(blueprint, environment).plan
    graph = record_plan(plan, deployed=True)
    rendered = write(graph, out, sites_of(plan, graph))
    charts = f" and {rendered.charts} charts" if rendered.charts else ""
    helm = " --enable-helm" if rendered.charts else ""
    click.echo(f"{rendered.objects} objects{charts} in {rendered.folder}")
    pages = ", ".join(f"{folder}/SECRETS.md" for folder in rendered.kustomizations)
    click.echo(f"{len(rendered.secrets)} secrets to make first: {pages}")
    for folder in rendered.kustomizations:
        click.echo(f"next: kustomize build{helm} {folder} \\")
        click.echo("        | kubectl apply --server-side -f -")
