"""How far a run is: a bar where somebody looks, a line in a while elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import click
from rich.console import Console

from modelyard.cli.ci.outcome import Outcome, Status

_QUIET = 15.0
"""Seconds between two lines."""
_WORTH_A_BAR = 2


class Counted(Protocol):
    """Is told of what is done."""

    def done(self, outcomes: tuple[Outcome, ...]) -> None: ...


@contextmanager
def progress_of(total: int) -> Iterator[Counted]:
    """What fits where the output goes."""
    console = Console(stderr=True)
    if total < _WORTH_A_BAR or not console.is_terminal:
        yield Lines(total)
        return
    from rich.progress import Progress

    with Progress(console=console, transient=True) as bar:
        yield Bar(bar, total)


class Bar:
    """Moves on."""

    def __init__(self, bar: object, total: int) -> None:
        from rich.progress import Progress

        assert isinstance(bar, Progress)
        self._bar, self._task = bar, bar.add_task("reviewing", total=total)

    def done(self, outcomes: tuple[Outcome, ...]) -> None:
        self._bar.advance(self._task)


class Lines:
    """Says how many are done, and how many of them failed."""

    def __init__(self, total: int) -> None:
        self._total, self._done, self._wrong = total, 0, 0
        self._spoke = time.monotonic()

    def done(self, outcomes: tuple[Outcome, ...]) -> None:
        self._done += 1
        self._wrong += any(each.status in (Status.BROKEN, Status.FAILED) for each in outcomes)
        if time.monotonic() - self._spoke > _QUIET:
            self._spoke = time.monotonic()
            wrong = f", {self._wrong} not reviewed or not holding" if self._wrong else ""
            click.echo(f"{self._done} of {self._total} done{wrong}", err=True)
