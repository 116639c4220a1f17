"""A preview, run and shown: of its own, and before `up`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from rich.console import Console

from modelyard.blueprint.errors import ModelyardError, shortened
from modelyard.cli.display import Silent, display_of
from modelyard.cli.failing import show_failure
from modelyard.cli.following import follow
from modelyard.cli.opening import Opened
from modelyard.engine.changes import Change, changes_of
from modelyard.engine.progress import TO_DO, Progress
from modelyard.review import changes as review

if TYPE_CHECKING:
    from modelyard.review.table import Table


@dataclass(frozen=True)
class Seen:
    """What a preview showed; `failed` is the exit code where it did not reach its end."""

    changes: tuple[Change, ...]
    unchanged: int
    failed: int | None = None

    def tables(self) -> Iterator[Table]:
        return review.tables(self.changes, self.unchanged)

    def show(self, console: Console) -> None:
        from modelyard.review.terminal import show_table

        for table in self.tables():
            console.print()
            show_table(table, console)


def refuse_losses(opened: Opened, seen: Seen) -> None:
    """Say so before anything is changed: the engine would stop at what is protected halfway.

    Raises ModelyardError.
    """
    lost = [c.name for c in seen.changes if c.protected and c.verb in ("replace", "delete")]
    if lost:
        raise ModelyardError(
            f"{len(lost)} resources that hold data are protected and would be lost: "
            f"{shortened(lost)}. Next: if that is meant, take a backup, set `protect: false` in "
            f"{opened.blueprint}, deploy that alone, then this"
        )


def previewed(opened: Opened, parallel: int, *, quiet: bool) -> Seen:
    """Run a preview; a failure is shown. `quiet` where the output is for machines."""
    urns = opened.planned_urns | opened.deployed_urns
    progress = Progress.over(opened.parts, urns, TO_DO)
    display = Silent() if quiet else display_of(progress, Console())
    run = follow(opened.stack, partial(opened.stack.preview, parallel=parallel), progress, display)
    if run.error is not None:
        return Seen((), 0, show_failure(opened, run, progress, "preview it again"))
    changes = changes_of(run.events, opened.parts)
    return Seen(changes, max(0, len(urns) - len(changes)))
