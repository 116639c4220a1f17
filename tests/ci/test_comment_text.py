"""What the comment says, and what it leaves out where there is no room."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest

from modelyard.cli.ci.comment import Comment
from modelyard.cli.ci.outcome import FailOn, Outcome, Section, Status
from modelyard.cli.ci.review import Review

GITHUB = 65_536


def _review(outcomes: Iterable[Outcome], fail_on: FailOn = FailOn.NEW) -> Review:
    return Review(tuple(outcomes), "main (0123456789ab)", fail_on, False)


def _outcome(path: str, status: Status = Status.CHANGED, **more: object) -> Outcome:
    sections = tuple(
        Section(title, f"#### {title}\n\n{'é' * size}")
        for title, size in (("Resources", 900), ("What keeps data", 300), ("Cost", 100))
    )
    found = {"reasons": ("changed",), "sections": sections, "changes": "1 to update", **more}
    return Outcome(path, None, status, **found)  # type: ignore[arg-type]


def _text(outcomes: Iterable[Outcome], limit: int = GITHUB) -> str:
    return Comment(_review(outcomes), limit, "https://forge/run/1", "<!-- m -->").text()


def test_the_marker_is_the_first_line() -> None:
    assert _text([]).startswith("<!-- m -->\n## Review of blueprints\n")
    assert "no blueprint is touched" in _text([])


def test_what_is_wrong_comes_first_and_what_is_unchanged_is_counted() -> None:
    text = _text(
        [
            _outcome("a.yaml"),
            _outcome("b.yaml", Status.UNCHANGED, sections=()),
            _outcome("c.yaml", new_blocking=1),
            _outcome("d.yaml", Status.BROKEN, why="1 error"),
        ]
    )
    assert "1 does not hold, 2 changed, 1 unchanged graph" in text
    rows = re.findall(r"(?m)^\| <code>(.)", text)
    assert rows == ["d", "c", "a"]
    assert text.count("<details>") == text.count("</details>") == 3


@pytest.mark.parametrize("limit", [2_000, 5_000, GITHUB, 1_000_000])
def test_it_never_is_too_long(limit: int) -> None:
    text = _text((_outcome(f"teams/{n:03}.yaml") for n in range(200)), limit)
    assert len(text.encode()) <= limit
    assert text.count("<details>") == text.count("</details>")
    assert "https://forge/run/1" in text


def test_the_least_important_is_cut_first_and_that_is_said() -> None:
    text = _text(_outcome(f"teams/{n:03}.yaml") for n in range(60))
    assert text.count("#### What keeps data") == 60
    assert text.count("#### Cost") == 60
    cut = 60 - text.count("#### Resources")
    assert 0 < cut < 60
    assert f"{cut} sections" in text
    assert "more blueprints had no room" not in text


def test_rows_that_have_no_room_are_counted() -> None:
    text = _text((_outcome(f"teams/{n:03}.yaml") for n in range(200)), 5_000)
    shown = len(re.findall(r"(?m)^\| <code>", text))
    assert f"{200 - shown} more blueprints had no room here." in text


@pytest.mark.parametrize(
    "name",
    [
        "</code></details><script>",
        "a|b",
        "@everyone",
        "`x`",
        "a\n\n# b",
        "\x1b[31m",
        "![x](http://evil/)",
        "-->",
    ],
)
def test_a_name_is_text(name: str) -> None:
    text = _text([_outcome(name, Status.BROKEN, why=name, reasons=(name,), notes=(name,))])
    read = re.sub(r"`[^`\n]*`|<code>.*?</code>", "", text)  # in code nothing means anything
    assert not re.search(r"(?<!\\)<script|\x1b|(?m:^# b)|!\[x\]\(|@everyone", read)
    (row,) = re.findall(r"(?m)^\| <code>.*$", text)
    assert len(re.findall(r"(?<!\\)\|", row)) == 7
    assert text.count("<details>") == text.count("</details>") == 1


@pytest.mark.parametrize(
    ("outcome", "codes"),
    [
        (_outcome("a"), (0, 0, 0, 0)),
        (_outcome("a", new_broken=1, broken=1), (0, 0, 0, 1)),
        (_outcome("a", blocking=1, broken=1), (0, 0, 1, 1)),
        (_outcome("a", new_blocking=1, blocking=1, new_broken=1, broken=1), (0, 1, 1, 1)),
        (_outcome("a", lost=1), (0, 1, 1, 1)),
        (_outcome("a", Status.BROKEN), (2, 2, 2, 2)),
        (_outcome("a", Status.FAILED), (3, 3, 3, 3)),
        (_outcome("a", Status.REMOVED), (0, 0, 0, 0)),
    ],
    ids=["fine", "advisory", "known", "mandatory", "lost", "broken", "failed", "removed"],
)
def test_the_exit_code_goes_by_the_level(outcome: Outcome, codes: tuple[int, ...]) -> None:
    assert tuple(_review([outcome], level).exit_code for level in FailOn) == codes


def test_what_does_not_hold_outweighs_what_failed_and_that_findings() -> None:
    broken, failed = _outcome("a", Status.BROKEN), _outcome("b", Status.FAILED)
    lost = _outcome("c", lost=1)
    assert _review([lost, failed, broken]).exit_code == 2
    assert _review([lost, failed]).exit_code == 3
    allowed = Review((lost,), "main", FailOn.NEW, True)
    assert allowed.exit_code == 0
