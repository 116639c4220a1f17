"""`modelyard-job`: reads its configuration, runs one job, tells its verdict, exits by it."""

from __future__ import annotations

import difflib
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import click
from pydantic import BaseModel, ValidationError

from modelyard_jobs import output
from modelyard_jobs.config import Config
from modelyard_jobs.errors import JobError
from modelyard_jobs.jobs import JOBS, module_of
from modelyard_jobs.verdict import Report, Verdict

EXIT = {Verdict.PASSED: 0, Verdict.BREACHED: 1, Verdict.UNDECIDED: 4}
BAD_CONFIGURATION, ENVIRONMENT = 2, 3
TRACEBACK = "MODELYARD_TRACEBACK"

Run = Callable[[Config, Any], Report]


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
    report = _run(run, config, settings)
    for line in output.lines(report):
        click.echo(line)
    failed = output.written(report, config)
    if verdict:
        verdict.write_text(report.verdict, encoding="utf-8")
    if failed:
        _stop(ENVIRONMENT, *map(str, failed))
    sys.exit(0 if report_only else EXIT[report.verdict])


def _stop(code: int, *errors: str) -> NoReturn:
    for error in errors:
        # One line each, whatever was quoted.
        click.echo(f"error: {' '.join(error.split())}", err=True)
    sys.exit(code)


def _asked(path: Path) -> tuple[Config, Any, Run]:
    """The configuration and its job; all that is wrong with it is said at once."""
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        _stop(BAD_CONFIGURATION, f"{path}: {error}. Next: give one JSON document")
    wrong: list[str] = []
    config = _valid(Config, read, "", wrong)
    name = read.get("job") if isinstance(read, dict) else None
    module = _module(name, wrong)
    settings = read.get("settings") or {} if module else {}
    valid = _valid(module.Settings, settings, "settings.", wrong) if module else None
    if wrong or config is None or module is None:
        _stop(BAD_CONFIGURATION, *(f"{path}: {each}" for each in wrong))
    return config, valid, module.run


def _module(name: object, wrong: list[str]) -> Any:
    if name in JOBS:
        return module_of(str(name))
    if isinstance(name, str):
        near = difflib.get_close_matches(name, JOBS, 1)
        meant = f"; do you mean {near[0]}?" if near else ""
        wrong.append(f"job: there is no {name}{meant} Next: give one of {', '.join(JOBS)}")
    return None


def _valid(kind: type[BaseModel], read: object, where: str, wrong: list[str]) -> Any:
    try:
        return kind.model_validate(read)
    except ValidationError as error:
        wrong.extend(_problems(error, where))
        return None


def _problems(error: ValidationError, where: str) -> Iterator[str]:
    for each in error.errors():
        path = where + ".".join(map(str, each["loc"]))
        yield f"{path or 'document'}: {each['msg']}"


def _run(run: Run, config: Config, settings: Any) -> Report:
    try:
        return run(config, settings)
    except JobError as error:
        _stop(error.exit, str(error))
    except ModuleNotFoundError as error:
        _stop(
            ENVIRONMENT,
            f"{config.job} needs {error.name}. Next: use the image of the jobs, or "
            "install modelyard-jobs with all its extras",
        )
    except Exception as error:
        if os.environ.get(TRACEBACK):
            traceback.print_exc()
        _stop(
            ENVIRONMENT,
            f"{config.job} of {config.model.name} broke off: "
            f"{type(error).__name__}: {error}. Next: set {TRACEBACK}=1 to see where, and tell us",
        )
