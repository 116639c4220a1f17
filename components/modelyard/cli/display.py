"""How a run is shown while it lasts: a table that moves on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from typing import Protocol, Self

import click
from rich import box
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from modelyard.engine.progress import PartProgress, Progress

_QUIET = 30.0
"""Seconds after which plain output says what is waited for."""


class Display(Protocol):
    """Shows progress between `__enter__` and `__exit__`."""

    def changed(self, part: PartProgress | None) -> None:
        """Something happened to a part."""
        ...

    def tick(self) -> None:
        """Nothing happened for a while."""
        ...

    def say(self, words: str) -> None:
        """Something that is about no part, beside the rest."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *raised: object) -> None: ...


def display_of(progress: Progress, console: Console) -> Display:
    """What fits where the output goes."""
    return Moving(progress, console) if console.is_terminal else Plain(progress)


class Moving:
    """One line for each part, rewritten in place."""

    def __init__(self, progress: Progress, console: Console) -> None:
        self._progress = progress
        self._live = Live(
            get_renderable=self._table, console=console, refresh_per_second=4, transient=False
        )

    def changed(self, part: PartProgress | None) -> None:
        """The table is drawn anew by its own clock."""

    def tick(self) -> None:
        """The table's clock runs by itself."""

    def say(self, words: str) -> None:
        self._live.console.print(Text(words, style="yellow"))

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._live.stop()

    def _table(self) -> Table:
        table, now = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=True), time.monotonic()
        for column in ("part", "done", "time"):
            table.add_column(column, justify="left" if column == "part" else "right", no_wrap=True)
        table.add_column("what", ratio=1, no_wrap=True, overflow="ellipsis")
        for part in self._progress.by_part.values():
            table.add_row(
                Text(part.name, style=_style(part)),
                f"{part.done}/{part.total}",
                seconds(part.elapsed(now)) if part.began else "",
                Text(part.said or changed(part)),
            )
        return table


class Plain:
    """A line when a part is done, and one in a while for what is waited for."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._spoke = time.monotonic()
        self._said: set[str] = set()

    def changed(self, part: PartProgress | None) -> None:
        if part and part.finished and part.name not in self._said:
            self._said.add(part.name)
            self._say(f"{part.name}: {_counted(part)}, {seconds(part.elapsed(time.monotonic()))}")

    def tick(self) -> None:
        if time.monotonic() - self._spoke < _QUIET:
            return
        for part in self._progress.by_part.values():
            if part.under_way:
                waited = seconds(part.elapsed(time.monotonic()))
                self._say(f"{part.name}: {part.done} of {part.total} after {waited}; {part.said}")

    def say(self, words: str) -> None:
        click.echo(words, err=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        """Every line is out already."""

    def _say(self, text: str) -> None:
        self._spoke = time.monotonic()
        click.echo(text)


class Silent:
    """Nothing, where the output is for machines."""

    def changed(self, part: PartProgress | None) -> None:
        """Not shown."""

    def tick(self) -> None:
        """Not shown."""

    def say(self, words: str) -> None:
        click.echo(words, err=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        """Nothing to end."""


def _counted(part: PartProgress) -> str:
    return f"{part.done} of {part.total}, {changed(part) or 'unchanged'}"


def changed(part: PartProgress) -> str:
    """`12 created, 1 updated, 1 failed`."""
    counts = {**part.changes, **({"failed": part.failed} if part.failed else {})}
    return ", ".join(f"{count} {verb}" for verb, count in counts.items())


def seconds(value: float) -> str:
    """`14 s`, `2 min 5 s`."""
    whole = round(value)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"


def _style(part: PartProgress) -> str:
    if part.failed:
        return "red"
    return "green" if part.finished else "bold" if part.under_way else "dim"
