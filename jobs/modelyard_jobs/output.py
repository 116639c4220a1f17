"""Where a report goes: log, OpenMetrics file, Pushgateway, JSON, tags of the registry."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click

from modelyard_jobs import metrics, registry
from modelyard_jobs.config import Config
from modelyard_jobs.data import answering
from modelyard_jobs.errors import JobError, Unavailable
from modelyard_jobs.verdict import Finding, Report


def lines(report: Report) -> Iterator[str]:
    """The report for a log."""
    yield from map(_line, report.findings)
    yield from (f"{name}: {fact}" for name, fact in report.facts.items())
    yield f"{report.check} of {report.model}: {report.verdict}"


def _line(finding: Finding) -> str:
    subject = f" {finding.subject}" if finding.subject else ""
    value = f" {finding.value:g}" if finding.value is not None else ""
    limit = f" (limit {finding.limit:g})" if finding.limit is not None else ""
    reason = f": {finding.reason}" if finding.reason else ""
    return f"{finding.verdict:9} {finding.measure}{subject}{value}{limit}{reason}"


def document(report: Report) -> dict[str, Any]:
    """The report as plain values; a number that JSON has no word for is text."""
    return {
        "check": report.check,
        "model": report.model,
        "verdict": report.verdict,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "samples": report.samples,
        "facts": report.facts,
        "findings": [{k: _plain(v) for k, v in asdict(f).items()} for f in report.findings],
    }


def _plain(value: object) -> object:
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def written(report: Report, config: Config) -> list[JobError]:
    """Send the report wherever it is to go; returned is what could not be reached."""
    failed = []
    for send in _destinations(report, config):
        try:
            send()
        except JobError as error:
            failed.append(error)
    return failed


def _destinations(report: Report, config: Config) -> Iterator[Callable[[], object]]:
    output = config.output
    if output.file:
        yield partial(_to_file, report, output.file)
    if output.push:
        yield partial(_to_gateway, report, output.push)
    if output.report:
        yield partial(_as_json, report, output.report)
    if output.tags:
        yield partial(_to_registry, report, config)


def _to_file(report: Report, path: str) -> None:
    with answering(path):
        Path(path).write_bytes(metrics.exposed(report))


def _to_gateway(report: Report, address: str) -> None:
    try:
        metrics.pushed(report, address)
    except OSError as error:
        raise Unavailable(
            f"the Pushgateway at {address} does not answer: {error}",
            "see that it runs and that this job may reach it",
        ) from error


def _to_registry(report: Report, config: Config) -> None:
    if not registry.tagged(report, config.model):
        about = config.model.version or f"the alias {config.model.alias}"
        click.echo(
            f"not tagged: the registry has no {registry.registered(config.model)} of {about}"
        )


def _as_json(report: Report, address: str) -> None:
    import fsspec

    text = json.dumps(document(report), indent=2, allow_nan=False)
    with answering(address), fsspec.open(address, "w", encoding="utf-8", auto_mkdir=True) as file:
        file.write(text + "\n")
