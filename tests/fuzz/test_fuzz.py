"""Whatever is in a blueprint's file: a plan, or problems that a person can act on.

    MODELYARD_FUZZ=100000 pytest tests/fuzz -n 2

A usual run tries a few hundred mutations, the same each time; the variable asks for that many, new
ones. One more test in tests/blueprint holds the words of each problem; this one holds that there is
never anything but problems.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fuzz.garbling import garbled
from tests.fuzz.mutations import structures
from tests.support import shipped

from modelyard.blueprint.errors import BlueprintError, ModelyardError, Severity
from modelyard.program import check_file

ASKED = int(os.environ.get("MODELYARD_FUZZ", "0"))
FEW = 480
PARTS = 1 + ASKED // 40_000
"""Runs of one kind, so that hypothesis need not remember too many examples at a time."""
KINDS = {"structure": structures, "bytes": garbled}
CASES = [(path, kind) for path in shipped.files() for kind in KINDS]
EACH = -(-(ASKED or FEW) // (len(CASES) * PARTS or 1))


def outcome(content: bytes, file: Path) -> bool:
    """Check a file with that content; whether it was refused. Asserts that all problems are fit
    to be read: what, where in the file, and what to do next.
    """
    file.write_bytes(content)
    try:
        problems, refused = check_file(file), False
    except BlueprintError as error:
        problems, refused = error.problems, True
    except ModelyardError as error:
        pytest.fail(f"an error without problems: {error!r}")
    assert refused == any(problem.severity is Severity.ERROR for problem in problems)
    lines = content.count(b"\n") + content.count(b"\r") + 2  # the end of a file is a place too
    for problem in problems:
        assert problem.what.strip(), problem
        assert problem.next.strip(), problem
        assert problem.where is None or problem.where.line <= lines, problem
        assert "\n" not in str(problem), problem
        assert "Traceback" not in str(problem), problem
    return refused


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize(("path", "kind"), CASES, ids=lambda value: getattr(value, "stem", value))
def test_a_plan_or_clear_problems(
    path: Path, kind: str, part: int, tmp_path: Path, record_property: Callable[[str, Any], None]
) -> None:
    counts = {"mutations": 0, "refused": 0}

    @settings(
        max_examples=EACH,
        deadline=None,
        database=None,
        derandomize=not ASKED,
        suppress_health_check=list(HealthCheck),
        print_blob=bool(ASKED),
    )
    @given(content=KINDS[kind](path))
    def holds(content: bytes) -> None:
        counts["refused"] += outcome(content, tmp_path / "b.yaml")
        counts["mutations"] += 1

    holds()
    for name, count in counts.items():
        record_property(name, count)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode()))
def test_anything_at_all(content: bytes) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        assert outcome(content, Path(folder) / "b.yaml")


def test_there_is_something_to_mutate() -> None:
    assert {path.stem for path, _ in CASES} >= shipped.PROMISED
