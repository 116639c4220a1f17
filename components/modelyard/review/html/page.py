"""The page: one file, no request, nothing from data that is code, readable without a script."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from modelyard import __version__
from modelyard.review.diagram.layout import Layout
from modelyard.review.diff import Diff
from modelyard.review.finding import by_subject
from modelyard.review.html.bars import cost_bars, memory_bars
from modelyard.review.html.rows import rows
from modelyard.review.html.wide import wide
from modelyard.review.report import Report, alike
from modelyard.review.table import printable

if TYPE_CHECKING:
    from modelyard.review.rendering import Reviewed
    from modelyard.review.table import Table

_TEMPLATES = Path(__file__).parent / "templates"
_DRAWN = (
    *("Cost", "Models", "Why", "Policies", "Broken policies", "Waived policies", "Exposure"),
    *("Access", "Data", "Images and charts", "Resources"),
)
"""Tables of a plan that the page has in another form."""


def page(reviewed: Reviewed) -> str:
    """The page of a plan or a diff."""
    diff = reviewed if isinstance(reviewed, Diff) else None
    report = reviewed.becomes if isinstance(reviewed, Diff) else reviewed
    style, script = _source("style.css"), _source("script.js")
    content = {
        "it": reviewed,
        "report": report,
        "layout": Layout(reviewed.diagram),
        "changes": _titled(diff.tables()) if diff else (),
        "others": _titled(_others(report)),
        "findings": tuple(by_subject(reviewed.findings)),
        "costs": cost_bars(report.plan.cost),
        "models": alike(report.plan),
        "memory": memory_bars,
        "sections": wide(report.sections),
        "resources": rows(report, diff),
        "version": __version__,
        # What is ours, and made of no data, is the only thing that is not escaped.
        "style": Markup(style),
        "script": Markup(script),
        "policy": _policy(style, script),
    }
    return _environment().get_template("page.html.j2").render(content)


def _titled(tables: Iterable[Table]) -> tuple[tuple[str, Table], ...]:
    """Each with an anchor of its own, that says nothing."""
    return tuple((f"table-{index}", table) for index, table in enumerate(tables))


def _others(report: Report) -> Iterator[Table]:
    """What has no form of its own."""
    yield from (t for t in report.tables(full=True) if t.rows and t.title not in _DRAWN)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_shown,
    )


def _shown(value: Any) -> Any:
    """Whatever the page says steers nothing: it is shown."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return printable(value.replace("\n", " "))


@cache
def _source(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """This style, this script, and nothing else from anywhere."""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src {_hash(style)}",
            f"script-src {_hash(script)}",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
        )
    )


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
