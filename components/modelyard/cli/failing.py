"""Says why a run of the engine failed, and how to go on."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, partial

import click

from modelyard.blueprint.errors import NotReadyError, one_line
from modelyard.cli.following import Run
from modelyard.cli.messages import wrapped
from modelyard.cli.opening import Opened
from modelyard.engine.failures import Failure, explained, failures_of
from modelyard.engine.progress import Progress
from modelyard.engine.stack import FailedError
from modelyard.engine.verify import expected, inventory_of
from modelyard.program import sites_of


def show_failure(opened: Opened, run: Run, progress: Progress, go_on: str) -> int:
    """Show what failed, with what the site says of it, and the command to go on. The exit code."""
    if not isinstance(run.error, FailedError):
        assert run.error is not None
        raise run.error
    if run.interrupted:
        click.echo(f"stopped: {_counted(progress)}. Next: {go_on}", err=True)
        return 130
    failures = failures_of(run.events, opened.parts, opened.graph)
    for group in _by_reason(explained(failures, _asked(opened, failures))):
        _show(group)
    if not failures:
        click.echo(f"{_error()} {run.error.reason}", err=True)
    click.echo(f"{_counted(progress)}. What stands, stays. Next: mend it, then {go_on}", err=True)
    return 1


def _asked(opened: Opened, failures: Iterable[Failure]) -> dict[str, tuple[str, ...]]:
    """What the sites say of the objects that failed; nothing where a site does not answer."""
    sites = sites_of(opened.plan, opened.graph)
    look = cache(partial(inventory_of, opened.plan))  # each connects anew
    said: dict[str, tuple[str, ...]] = {}
    for urn in (failure.urn for failure in failures if failure.urn in sites):
        try:
            said[urn] = tuple(look(sites[urn]).reasons(expected(opened.graph[urn])))
        except NotReadyError:
            return said
    return said


def _by_reason(failures: Iterable[Failure]) -> list[list[Failure]]:
    """What failed for the same reason belongs together: a cluster that is away fails everything."""
    groups: dict[tuple[str, ...], list[Failure]] = {}
    for failure in failures:
        groups.setdefault((*failure.because, *failure.reasons), []).append(failure)
    return list(groups.values())


def _show(group: list[Failure]) -> None:
    failure, *more = group
    also = f", and {len(more)} more for the same reason" if more else ""
    click.echo(f"{_error()} {failure.part}: {one_line(failure.name)}{also}", err=True)
    for line in dict.fromkeys((*failure.because, *failure.reasons)):
        click.echo("\n".join(wrapped(line)), err=True)


def _error() -> str:
    return click.style("error:", fg="red", bold=True)


def _counted(progress: Progress) -> str:
    parts = progress.by_part.values()
    done, failed = sum(part.done for part in parts), sum(part.failed for part in parts)
    waiting = sum(part.total for part in parts) - done - failed
    return f"{done} done, {failed} failed, {max(0, waiting)} not begun"
