"""`modelyard-job`: reads its configuration, runs one job, tells its verdict, exits by it."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from modelyard_jobs import metrics
from modelyard_jobs.config import Config
from modelyard_jobs.verdict import Report, Verdict

JOBS: dict[str, str] = {}
"""Module of each job by its name. A module has `Settings` and `run(config, settings) -> Report`."""
EXIT = {Verdict.PASSED: 0, Verdict.BREACHED: 1, Verdict.UNDECIDED: 4}
BAD_CONFIGURATION, ENVIRONMENT = 2, 3


@click.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--report-only", is_flag=True, help="Exit with 0 whatever the verdict is.")
@click.option("--verdict", type=click.Path(path_type=Path), help="Write the verdict there.")
def main(path: Path, report_only: bool, verdict: Path | None) -> None:
    """Run the job that the configuration at PATH describes.

    Exits with 0 where its verdict is `passed`, 1 `breached`, 4 `undecided`; 2 where the
    configuration is wrong, 3 where something that the job needs does not answer.
    """
    config, settings, run = _asked(path)
    report: Report = run(config, settings)
    _told(report, config)
    if verdict:
        verdict.write_text(report.verdict)
    sys.exit(0 if report_only else EXIT[report.verdict])


def _asked(path: Path) -> tuple[Config, Any, Any]:
    try:
        config = Config.model_validate(json.loads(path.read_text()))
        module = import_module(JOBS[config.job])
        return config, module.Settings.model_validate(config.settings), module.run
    except (ValidationError, ValueError, KeyError) as error:
        click.echo(f"error: {path}: {error}", err=True)
        sys.exit(BAD_CONFIGURATION)


def _told(report: Report, config: Config) -> None:
    for finding in report.findings:
        subject = f" {finding.subject}" if finding.subject else ""
        limit = f" (limit {finding.limit:g})" if finding.limit is not None else ""
        value = f" {finding.value:g}" if finding.value is not None else ""
        reason = f": {finding.reason}" if finding.reason else ""
        click.echo(f"{finding.verdict:9} {finding.measure}{subject}{value}{limit}{reason}")
    click.echo(f"{config.job} of {report.model}: {report.verdict}")
    if config.output.file:
        Path(config.output.file).write_bytes(metrics.exposed(report))
    if config.output.push:
        metrics.pushed(report, config.output.push)
