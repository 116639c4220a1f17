"""`modelyard check`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.cells import cell_len
from tests.cli.conftest import QUICKSTART, Run
from tests.support import shipped
from tests.support.comments import inside, parsed, references

from modelyard.policies.organisation import FILE

KEYS = {"file", "line", "column", "path", "severity", "what", "allowed", "nearest", "next"}
QUIET = QUICKSTART.replace("{kind: kubernetes}", "{kind: kubernetes, keys: {engine: cert-manager}}")
TWO_WRONG = QUICKSTART.replace("name: quickstart", "name: Quick!").replace(
    "predictive", "predictiv"
)


def test_the_shipped_blueprints_are_fine(run: Run) -> None:
    result = run("check", *shipped.files())
    assert result.code == 0
    assert result.out.count(": fine\n") == len(shipped.files())


def test_fine_is_said_on_standard_output_and_warnings_beside_it(run: Run) -> None:
    result = run("check", "quickstart.yaml")
    assert (result.code, result.out) == (0, "quickstart.yaml: fine\n")
    assert "warning:" in result.err
    assert "1 warning" in result.err


def test_strict_counts_warnings(run: Run, folder: Path) -> None:
    assert run("check", "quickstart.yaml", "--strict").code == 1
    (folder / "quiet.yaml").write_text(QUIET)
    assert run("check", "quiet.yaml", "--strict").code == 0


def test_an_error_says_where_what_and_what_next(run: Run, folder: Path) -> None:
    (folder / "b.yaml").write_text(TWO_WRONG)
    result = run("check", "b.yaml")
    assert result.code == 2
    assert result.out == ""
    assert "b.yaml:2:7 error: name" in result.err
    assert "b.yaml:5:30 error: models[churn].type" in result.err
    assert "allowed: predictive, embedding, llm" in result.err
    assert "did you mean predictive?" in result.err
    assert result.err.count("next: ") == 2
    assert result.err.endswith("2 errors\n")


def test_one_bad_file_does_not_hide_the_others(run: Run, folder: Path) -> None:
    (folder / "b.yaml").write_text(TWO_WRONG)
    result = run("check", "b.yaml", "quickstart.yaml", "missing.yaml")
    assert result.code == 2
    assert "quickstart.yaml: fine" in result.out
    assert "b.yaml:2:7" in result.err
    assert "missing.yaml" in result.err


def test_json_is_all_that_is_printed(run: Run, folder: Path) -> None:
    (folder / "b.yaml").write_text(TWO_WRONG)
    result = run("check", "b.yaml", "quickstart.yaml", "--format", "json")
    assert result.code == 2
    assert result.err == ""
    content = json.loads(result.out)
    assert set(content) == {"b.yaml", "quickstart.yaml"}
    assert [problem["line"] for problem in content["b.yaml"]] == [2, 5]
    assert all(set(problem) == KEYS for problems in content.values() for problem in problems)
    assert [problem["severity"] for problem in content["quickstart.yaml"]] == ["warning"]


def test_markdown_cannot_be_broken_out_of(run: Run, folder: Path) -> None:
    evil = QUICKSTART.replace("name: quickstart", 'name: "<img src=x> @all `x` [a](b)"')
    (folder / "b.yaml").write_text(evil)
    result = run("check", "b.yaml", "--format", "markdown")
    assert result.code == 2
    assert result.out.startswith("## b.yaml\n")
    kinds = {token.type for token in inside(parsed(result.out))}
    assert not {"html_inline", "html_block", "link_open", "image"} & kinds
    assert references(parsed(result.out)) == []
    assert "@all" in result.out


@pytest.mark.parametrize("path", ["quickstart.yaml", "b.yaml"])
def test_no_line_is_longer_than_a_terminal(path: str, run: Run, folder: Path) -> None:
    (folder / "b.yaml").write_text(TWO_WRONG)
    result = run("check", path)
    assert [line for line in (result.out + result.err).splitlines() if cell_len(line) > 80] == []


WAIVED = """\
policies:
  waivers:
    - {rule: supply-image-digest, resource: "*", reason: Later, until: 2999-12-31}
"""


def test_a_blueprint_that_loosens_its_organisation_is_refused(run: Run, folder: Path) -> None:
    (folder / "b.yaml").write_text(QUICKSTART + WAIVED)
    assert run("check", "b.yaml").code == 0
    Path(FILE).write_text("levels: {supply-image-digest: mandatory}\n")
    result = run("check", "b.yaml", "quickstart.yaml")
    assert result.code == 2
    assert f"supply-image-digest is mandatory by {FILE}" in result.err
    assert "quickstart.yaml: fine" in result.out


def test_what_is_wrong_with_the_organisations_file_is_said_once(run: Run, folder: Path) -> None:
    environments = "environments: {dev: {}, prod: {}}\n"
    (folder / "b.yaml").write_text(QUICKSTART + environments)
    Path(FILE).write_text("levels: {supply-image-digests: mandatory}\n")
    result = run("check", "b.yaml")
    assert result.code == 2
    assert "1 error, 1 warning" in result.err
    assert "did you mean supply-image-digest?" in result.err


def test_another_file_can_be_given(run: Run, folder: Path) -> None:
    Path(FILE).write_text("nonsense")
    Path("acme.yaml").write_text("levels: {supply-image-digest: mandatory}\n")
    assert run("check", "quickstart.yaml").code == 2
    assert run("check", "quickstart.yaml", "--policies", "acme.yaml").code == 0
    assert run("check", "quickstart.yaml", "--policies", "nowhere.yaml").code == 2
