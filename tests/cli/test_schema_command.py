"""`modelyard schema`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run
from tests.support import shipped


def test_it_prints_what_is_shipped(run: Run) -> None:
    result = run("schema")
    assert (result.code, result.err) == (0, "")
    assert result.out == shipped.SCHEMA.read_text(encoding="utf-8")
    assert json.loads(result.out)["$schema"].startswith("https://json-schema.org/")


def test_it_writes_a_file(run: Run, folder: Path) -> None:
    result = run("schema", "--out", "s.json")
    assert (result.code, result.out) == (0, "wrote s.json\n")
    assert json.loads((folder / "s.json").read_text())


def test_a_file_that_cannot_be_written(run: Run) -> None:
    result = run("schema", "--out", "no/such/folder/s.json")
    assert result.code == 3
    assert "no/such/folder/s.json: No such file or directory. Next: check the path" in result.err
