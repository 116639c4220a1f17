"""Brings a review to where people look: the report, the run's page, the lines, the comment."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console

from modelyard.blueprint.errors import one_line
from modelyard.cli.ci.annotation import annotated
from modelyard.cli.ci.artifact import COMMENT, all_findings, write_summary
from modelyard.cli.ci.comment import Comment
from modelyard.cli.ci.outcome import Outcome
from modelyard.cli.ci.platform import Platform, harmless, marker
from modelyard.cli.ci.review import Review
from modelyard.cli.ci.web import Unposted, post
from modelyard.review.table import Table
from modelyard.review.terminal import show_table

_PAGE = "summary.md"
_WIDTH = 120
_SHOWN = 50
"""Annotations that are printed; platforms show fewer still, and the report has all."""


@dataclass(frozen=True)
class Publication:
    """One review on one platform, with its report in a folder."""

    review: Review
    platform: Platform
    folder: Path
    name: str

    def report(self) -> None:
        """Write the report, what the platform reads of it among it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        outcomes = self.review.outcomes
        files = {**all_findings(outcomes), **self.platform.files(annotated(outcomes))}
        files[COMMENT] = self._comment(self.platform.limit, marker(self.platform, self.name))
        files[_PAGE] = self._comment(self.platform.summary_limit)
        write_summary(self.folder, outcomes, self.review.start, files)

    def show(self) -> None:
        """On standard output: a table, and findings with their lines."""
        console = Console(file=io.StringIO(), width=_WIDTH, color_system=None)
        show_table(_table(self.review), console)
        click.echo(harmless(console.file.getvalue()))  # type: ignore[attr-defined]
        for line in self.platform.lines(annotated(self.review.outcomes)[:_SHOWN]):
            click.echo(line)
        for line in self.platform.summarise(self.folder / _PAGE):
            click.echo(line)

    def comment(self) -> str:
        """Write or update the comment; what has become of it, in words."""
        kept = f"the comment is in {self.folder / COMMENT}"
        if not self.platform.change:
            return harmless(f"{kept}: there is no pull or merge request")
        body = (self.folder / COMMENT).read_text(encoding="utf-8")
        try:
            mark, some = marker(self.platform, self.name), bool(self.review.outcomes)
            done = post(self.platform.comments(), mark, body, create=some)
        except Unposted as error:
            return harmless(f"{kept}, and was not written to the change: {error}")
        return f"comment {done}"

    def _comment(self, limit: int, before: str = "") -> str:
        return Comment(self.review, limit, self.platform.page, before).text()


def _table(review: Review) -> Table:
    rows = tuple(_row(review, each) for each in review.outcomes)
    columns = ("blueprint", "result", "seconds", "what")
    return Table("Review", columns, rows, review.counts, numbers=(2,))


def _row(review: Review, outcome: Outcome) -> tuple[str, ...]:
    result = "findings" if review.finds(outcome) else str(outcome.status)
    parts = (outcome.why, outcome.changes, *outcome.data)
    said = "; ".join(part for part in parts if part)
    label = one_line(outcome.label)
    return (label, result, f"{outcome.seconds:.1f}", said or "; ".join(outcome.reasons))
