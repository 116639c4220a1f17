"""What each platform says of a run, and how it is told of findings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.ci.conftest import variables

from modelyard.cli.ci.annotation import Annotation, Level
from modelyard.cli.ci.gitlab import QUALITY
from modelyard.cli.ci.platform import NO_COMMIT, harmless
from modelyard.cli.ci.platforms import platform_of

NAMES = ("github", "gitlab", "azure")
FOUND = Annotation("b/a:b,c.yaml", 3, 5, Level.ERROR, "network-open", "50% of\r\nit; [x], y")
DOUBT = Annotation("b/x.yaml", 1, 1, Level.WARNING, "blueprint", "fine\n::error::owned ##vso[x]")


@pytest.mark.parametrize("name", NAMES)
def test_a_platform_is_known_by_its_variables(name: str, tmp_path: Path) -> None:
    found = platform_of(variables(name, "http://127.0.0.1:9", tmp_path))
    other = platform_of({}, name)
    assert found.name == other.name
    assert (found.change, other.change) == ("7", "")
    assert next(found.bases()) == "refs/remotes/origin/main"


def test_anything_else_is_plain() -> None:
    plain = platform_of({"CI": "true", "HOME": "/nowhere"})
    assert (plain.name, plain.change, plain.page) == ("plain", "", "")


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("github", "https://github.com/acme/ml/actions/runs/99"),
        ("gitlab", "https://gitlab.com/acme/ml/-/jobs/5/artifacts/browse"),
        ("azure", "http://127.0.0.1:9/acme/ml/_build/results?buildId=99"),
    ],
)
def test_the_page_of_the_run_is_known(name: str, page: str, tmp_path: Path) -> None:
    assert platform_of(variables(name, "http://127.0.0.1:9", tmp_path)).page == page


@pytest.mark.parametrize(
    ("event", "base"),
    [
        ({"pull_request": {"number": 3, "base": {"sha": "a" * 40}}}, ["a" * 40]),
        ({"merge_group": {"base_sha": "b" * 40}}, ["b" * 40]),
        ({"before": "c" * 40}, ["c" * 40]),
        ({"before": NO_COMMIT}, []),
        ({"pull_request": None}, []),
        ([], []),
    ],
    ids=["pull-request", "merge-queue", "push", "new-branch", "nothing", "no-event"],
)
def test_githubs_event_names_the_base(event: Any, base: list[str], tmp_path: Path) -> None:
    file = tmp_path / "event.json"
    file.write_text(json.dumps(event))
    found = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(file)}
    assert list(platform_of(found).bases()) == base


def test_gitlabs_pushes_have_a_base_too() -> None:
    pushed = {"GITLAB_CI": "true", "CI_COMMIT_BEFORE_SHA": "a" * 40, "CI_COMMIT_BRANCH": "x"}
    assert list(platform_of({**pushed, "CI_DEFAULT_BRANCH": "main"}).bases()) == [
        "a" * 40,
        "refs/remotes/origin/main",
        "refs/heads/main",
    ]
    again = {**pushed, "CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main"}
    assert list(platform_of(again).bases()) == ["a" * 40]


def test_github_is_told_by_workflow_commands() -> None:
    lines = list(platform_of({}, "github").lines([FOUND, DOUBT]))
    assert lines == [
        "::error file=b/a%3Ab%2Cc.yaml,line=3,col=5,title=modelyard%3A network-open"
        "::50%25 of%0D%0Ait; [x], y",
        "::warning file=b/x.yaml,line=1,col=1,title=modelyard%3A blueprint"
        "::fine%0A::error::owned ##vso[x]",
    ]
    assert not any("\n" in line for line in lines)


def test_azure_is_told_by_logging_commands() -> None:
    first, second = platform_of({}, "azure").lines([FOUND, DOUBT])
    assert first == (
        "##vso[task.logissue type=error;sourcepath=b/a:b,c.yaml;linenumber=3;columnnumber=5;"
        "code=network-open]50%AZP25 of%0D%0Ait%3B [x%5D, y"
    )
    assert second.index("]") < second.index("fine")
    assert "\n" not in second


def test_gitlab_is_told_by_a_report_on_quality() -> None:
    platform = platform_of({}, "gitlab")
    found, doubt = json.loads(platform.files([FOUND, DOUBT])[QUALITY])
    assert found["location"] == {"path": "b/a:b,c.yaml", "lines": {"begin": 3}}
    assert (found["severity"], doubt["severity"]) == ("major", "minor")
    assert found["check_name"] == "network-open"
    assert found["fingerprint"] != doubt["fingerprint"]
    moved = Annotation(FOUND.path, 9, 1, FOUND.level, FOUND.rule, FOUND.text)
    assert json.loads(platform.files([moved])[QUALITY])[0]["fingerprint"] == found["fingerprint"]


@pytest.mark.parametrize(
    "text",
    ["::error::x", "a\n  ::set-env name=x::y", "say ##vso[task.setvariable variable=x]y", "##[x]"],
)
def test_what_is_printed_is_no_command(text: str) -> None:
    said = harmless(text)
    assert "##vso[" not in said
    assert "##[" not in said
    assert not any(line.strip().startswith("::") for line in said.splitlines())


def test_a_summary_is_added_to_githubs_page(tmp_path: Path) -> None:
    page, file = tmp_path / "page.md", tmp_path / "summary.md"
    page.write_text("before\n")
    file.write_text("# x\n")
    assert list(platform_of({"GITHUB_STEP_SUMMARY": str(page)}, "github").summarise(file)) == []
    assert page.read_text() == "before\n# x\n"
    (line,) = platform_of({}, "azure").summarise(file)
    assert line == f"##vso[task.uploadsummary]{file}"
