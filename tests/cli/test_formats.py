"""The forms that commands report in: each by its own command, at the place it is about."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from tests.cli.conftest import QUICKSTART, Run
from tests.review.test_sarif import run_of

from modelyard.cli.options import REVIEWS
from modelyard.review.rendering import FORMATS

BEGINNINGS = {
    "json": "{",
    "markdown": "## ",
    "html": "<!DOCTYPE html>",
    "sarif": '{\n  "$schema"',
    "junit": "<?xml",
    "mermaid": "flowchart LR",
}


def test_what_can_be_asked_for_can_be_had() -> None:
    assert tuple(FORMATS) == REVIEWS
    assert set(BEGINNINGS) == set(REVIEWS)


@pytest.mark.parametrize("form", REVIEWS)
@pytest.mark.parametrize("command", [("plan",), ("diff", "quickstart.yaml")], ids=lambda c: c[0])
def test_every_form_of_a_plan_and_a_diff(run: Run, command: tuple[str, ...], form: str) -> None:
    result = run(*command, "quickstart.yaml", "--format", form)
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(BEGINNINGS[form])
    assert result.out.endswith("\n")
    assert not result.out.endswith("\n\n")


def test_a_blueprint_that_does_not_stand_is_an_error_at_its_line(run: Run, folder: Path) -> None:
    (folder / "b.yaml").write_text(QUICKSTART.replace("kubernetes", "kubernets"))
    result = run("check", "b.yaml", "quickstart.yaml", "--format", "sarif")
    assert (result.code, result.err) == (2, "")
    found = [each for each in run_of(result.out)["results"] if each["level"] == "error"]
    (error,) = found
    physical = error["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == "b.yaml"
    assert physical["region"]["startLine"] == 4
    assert "did you mean 'kubernetes'?" in error["message"]["text"]


def test_each_blueprint_that_is_checked_is_a_suite(run: Run, folder: Path) -> None:
    (folder / "b.yaml").write_text(QUICKSTART.replace("kubernetes", "kubernets"))
    result = run("check", "b.yaml", "quickstart.yaml", "--format", "junit")
    assert (result.code, result.err) == (2, "")
    suites = list(ElementTree.fromstring(result.out))
    failures = [(suite.get("name"), suite.get("failures")) for suite in suites]
    assert failures == [("Check of b.yaml", "1"), ("Check of quickstart.yaml", "0")]


def test_a_scan_knows_the_lines(run: Run) -> None:
    result = run("scan", "quickstart.yaml", "--without-checkov", "--format", "sarif")
    assert result.code == 0
    lines = {
        each["locations"][0]["physicalLocation"]["region"]["startLine"]
        for each in run_of(result.out)["results"]
    }
    assert lines == {4, 5}
    found = json.loads(run("scan", "quickstart.yaml", "--without-checkov", "--format", "json").out)
    assert {each["where"].split(":")[0] for each in found["findings"]} == {"quickstart.yaml"}


def test_a_scan_has_a_case_for_each_rule(run: Run) -> None:
    result = run("scan", "quickstart.yaml", "--without-checkov", "--format", "junit")
    (suite,) = ElementTree.fromstring(result.out)
    assert suite.get("name") == "Scan of quickstart.yaml"
    assert int(suite.get("tests", "0")) > 20


def test_a_diff_tells_what_is_new_from_what_was_there(run: Run, folder: Path) -> None:
    more = QUICKSTART.replace(
        "models: [", "models: [{name: b, type: predictive, source: 'models:/b@c'}, "
    )
    (folder / "more.yaml").write_text(more)
    result = run("diff", "quickstart.yaml", "more.yaml", "--format", "sarif")
    states = {
        each["locations"][0]["logicalLocations"][0]["name"]: each["baselineState"]
        for each in run_of(result.out)["results"]
    }
    assert states["quickstart-serving-b"] == "new"
    assert states["quickstart-serving-churn"] == "unchanged"


def test_what_would_be_lost_is_a_finding(run: Run, folder: Path) -> None:
    hub = "hf://Qwen/Qwen2.5-0.5B"
    serve = "serve: {engine: llama-cpp, quantization: gguf-q4}"
    less = QUICKSTART.replace('"models:/churn@champion"', f'"{hub}", {serve}')
    less = less.replace("predictive", "llm")
    (folder / "less.yaml").write_text(less)
    result = run("diff", "quickstart.yaml", "less.yaml", "--format", "sarif")
    assert result.code == 1
    lost = [e for e in run_of(result.out)["results"] if e["ruleId"] == "stateful-delete"]
    assert lost
    assert all((each["level"], each["baselineState"]) == ("error", "new") for each in lost)
    assert "it keeps data and would be deleted" in lost[0]["message"]["text"]


def test_checking_a_blueprint_loads_no_renderer(folder: Path) -> None:
    script = (
        "import sys; sys.argv = ['modelyard', 'check', 'quickstart.yaml'];"
        "from modelyard.cli.app import app; app();"
        "print([m for m in sys.modules if m in ('jinja2', 'rich', 'xml.etree', 'pulumi')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
