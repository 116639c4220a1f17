"""The forms that a plan or a diff can take besides that of a terminal."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelyard.review.diff import Diff
    from modelyard.review.report import Report

    Reviewed = Report | Diff


def render(reviewed: Reviewed, form: str) -> str:
    """A plan or a diff in one of FORMATS, ending in a line's end."""
    return FORMATS[form](reviewed)


def _json(reviewed: Reviewed) -> str:
    return json.dumps(reviewed.json(), indent=2, ensure_ascii=False) + "\n"


def _markdown(reviewed: Reviewed) -> str:
    from modelyard.review.comment import comment

    return comment(reviewed)


def _html(reviewed: Reviewed) -> str:
    from modelyard.review.html.page import page

    return page(reviewed)


def _sarif(reviewed: Reviewed) -> str:
    from modelyard.review.sarif import sarif

    return sarif(reviewed.findings, reviewed.asked)


def _junit(reviewed: Reviewed) -> str:
    from modelyard.review.junit import Suite, junit

    return junit([Suite(reviewed.heading, reviewed.findings, tuple(reviewed.asked))])


def _mermaid(reviewed: Reviewed) -> str:
    from modelyard.review.diagram.mermaid import mermaid

    return mermaid(reviewed.diagram)


FORMATS: Mapping[str, Callable[[Reviewed], str]] = {
    "json": _json,
    "markdown": _markdown,
    "html": _html,
    "sarif": _sarif,
    "junit": _junit,
    "mermaid": _mermaid,
}
"""By the word that `--format` takes; each imports what it needs when it is called."""
