"""SARIF: what code scanning reads, and the lines of the blueprint that it shows it at."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Schema
from tests.cli.conftest import QUICKSTART
from tests.review import hostile
from tests.support import shipped

from modelyard.blueprint.errors import Location, Problem, Severity
from modelyard.catalog.policies import Level, rule_texts
from modelyard.policies.organisation import settings_for
from modelyard.policies.verdict import judge
from modelyard.program import plan_file, record_plan
from modelyard.review.finding import UNCHANGED, Finding, of_problem
from modelyard.review.rendering import render
from modelyard.review.report import Report
from modelyard.review.sarif import address, sarif

DIGEST = "supply-image-digest"


def run_of(text: str) -> dict[str, Any]:
    """The one run there is, of a log that holds against the schema."""
    log = json.loads(text)
    Schema.model_validate(log)
    (run,) = log["runs"]
    return run


@cache
def report(name: str, environment: str | None = None) -> Report:
    return _report(shipped.FOLDER / f"{name}.yaml", environment)


def _report(path: Path, environment: str | None = None) -> Report:
    planned = plan_file(path, environment)
    settings = settings_for(path, planned.plan.blueprint.policies, planned.document)
    graph = record_plan(planned.plan)
    verdict = judge(graph, settings)
    problems = (*planned.warnings, *verdict.problems)
    return Report(planned.plan, graph, problems, verdict, planned.document, str(path))


@pytest.mark.parametrize("case", ["quickstart", "hybrid-vpn", "aws-finance"])
def test_it_holds_against_the_schema(case: str) -> None:
    run = run_of(render(report(case), "sarif"))
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(ids) == len(set(ids))
    assert run["results"]
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["locations"][0]["physicalLocation"]["region"]["startLine"] >= 1
    prints = [result["partialFingerprints"]["modelyard/v1"] for result in run["results"]]
    assert len(prints) == len(set(prints))


def test_a_rule_says_why_and_how_to_mend_it() -> None:
    run = run_of(render(report("quickstart"), "sarif"))
    (rule,) = [each for each in run["tool"]["driver"]["rules"] if each["id"] == DIGEST]
    text = rule_texts()[DIGEST]
    assert rule["shortDescription"]["text"] == text.title
    assert rule["fullDescription"]["text"] == text.why
    assert text.fix in rule["help"]["text"]
    assert rule["helpUri"].endswith("docs/policies.md")
    assert "supply" in rule["properties"]["tags"]


def test_rules_that_are_kept_are_listed_too() -> None:
    run = run_of(render(report("quickstart"), "sarif"))
    asked = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert {"network-default-deny"} < asked - {each["ruleId"] for each in run["results"]}


@pytest.mark.parametrize(
    ("resource", "entry"),
    [
        ("pressline-plant-serving-press-wear", "- name: press-wear"),
        ("pressline-registry", "registry: {engine: mlflow"),
        ("pressline-burst-account", "burst:"),
        ("pressline-account", 'account: "123456789012"'),
    ],
)
def test_a_finding_is_at_the_entry_that_it_comes_from(resource: str, entry: str) -> None:
    found = report("hybrid-vpn", "tunnels")
    (line,) = {f.where.line for f in found.findings if f.name == resource and f.where}
    text = (shipped.FOLDER / "hybrid-vpn.yaml").read_text().splitlines()[line - 1]
    assert text.strip().startswith(entry)


def test_what_a_preset_says_is_at_a_line_of_the_blueprint(tmp_path: Path) -> None:
    path = tmp_path / "b.yaml"
    path.write_text(QUICKSTART.replace("team:", "preset: small-team\nteam:"))
    found = _report(path)
    assert {f.where.file for f in found.findings if f.where} == {str(path)}
    assert found.place("of nothing") == Location(str(path), 1, 1)


def test_what_is_waived_is_suppressed_with_the_reason(tmp_path: Path) -> None:
    until = date.today() + timedelta(days=9)
    path = tmp_path / "b.yaml"
    waiver = f'{{rule: {DIGEST}, resource: "*", reason: Charts name tags, until: {until}}}'
    path.write_text(f"{QUICKSTART}policies: {{waivers: [{waiver}]}}\n")
    results = run_of(render(_report(path), "sarif"))["results"]
    waived = [each for each in results if each["ruleId"] == DIGEST]
    assert waived
    for result in waived:
        (suppression,) = result["suppressions"]
        assert suppression["justification"] == f"Charts name tags (until {until})"
    assert not any("suppressions" in each for each in results if each["ruleId"] != DIGEST)


def test_a_problem_of_a_blueprint_is_at_its_own_place() -> None:
    problem = Problem(Location("b.yaml", 7, 3), "models[x]", "wrong", ("a",), "a", "mend it")
    run = run_of(sarif([of_problem(problem)]))
    (result,) = run["results"]
    assert (result["ruleId"], result["level"]) == ("blueprint", "error")
    physical = result["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == "b.yaml"
    assert physical["region"] == {"startLine": 7, "startColumn": 3}
    assert "allowed: a" in result["message"]["text"]
    assert of_problem(replace(problem, severity=Severity.WARNING)).level is Level.ADVISORY


def test_a_check_of_checkov_is_called_by_what_it_found() -> None:
    finding = Finding("CKV_X_1", Level.ADVISORY, None, "it", "Ensure it", "", ("CKV_X_1",))
    (rule,) = run_of(sarif([finding]))["tool"]["driver"]["rules"]
    assert rule["shortDescription"]["text"] == "Ensure it"


def test_a_fingerprint_stays_when_lines_move() -> None:
    finding = replace(report("quickstart").findings[0], state=UNCHANGED)
    assert finding.where
    moved = replace(finding, where=replace(finding.where, line=99))
    prints = [
        run_of(sarif([each]))["results"][0]["partialFingerprints"] for each in (finding, moved)
    ]
    assert prints[0] == prints[1]


def test_paths_are_relative_and_encoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert address(str(tmp_path / "a b" / "c#d.yaml")) == "a%20b/c%23d.yaml"
    assert address("blueprints/x.yaml") == "blueprints/x.yaml"


def test_no_name_is_a_link_or_steers_anything() -> None:
    run = run_of(render(hostile.report(), "sarif"))
    text = json.dumps(run, ensure_ascii=False)
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(text)
    link = replace(hostile.report().findings[0], what="[a](https://evil.example) {0}")
    message = run_of(sarif([link]))["results"][0]["message"]["text"]
    assert r"\[a\](https://evil.example) {{0}}" in message
