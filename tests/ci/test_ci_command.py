"""`modelyard ci`, from a change in a repository to a comment."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from tests.ci.conftest import Repo, blueprint, variables
from tests.ci.forges import Forge

import modelyard
from modelyard.cli.app import app

POLICIES = "modelyard.policies.yaml"
REPORT = Path("modelyard-review")
_MAIN = "from modelyard.cli import main; main()"


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> Result:
        monkeypatch.setattr(sys, "argv", ["modelyard", "ci", "--jobs=1", *arguments])
        code = app()
        said = capsys.readouterr()
        return Result(code, said.out, said.err)

    return run


def _summary() -> dict[str, Any]:
    return json.loads((REPORT / "summary.json").read_text())


def _reviews() -> dict[tuple[str, str | None], dict[str, Any]]:
    return {(each["blueprint"], each["environment"]): each for each in _summary()["reviews"]}


def test_a_change_is_reviewed_on_every_platform(
    forge: tuple[str, Forge],
    repo: Repo,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in variables(forge[0], forge[1].url, tmp_path).items():
        monkeypatch.setenv(name, value)
    repo.write("teams/a/one.yaml", blueprint("one", "access: {viewers: [eve@example.com]}"))
    repo.write("teams/b/two.yaml", blueprint("two").replace("kubernetes", "kubernete"))
    repo.commit()
    result = run()
    assert (result.code, "comment created" in result.out) == (2, True)
    assert "2 blueprints are touched since" in result.err
    assert run().out.endswith("comment updated\n")
    (body,) = forge[1].bodies()
    assert "`eve@example.com` becomes a viewer" in body, "as code, so that nobody is notified"
    assert "did you mean 'kubernetes'?" in body
    begins = {"github": "::error file=", "gitlab": "teams/b/two.yaml:4:", "azure": "##vso[task."}
    place = {"github": "line=4", "gitlab": "two.yaml:4:", "azure": "linenumber=4"}
    line = next(line for line in result.out.splitlines() if line.startswith(begins[forge[0]]))
    assert place[forge[0]] in line
    if forge[0] == "github":
        assert (tmp_path / "summary.md").read_text().count("## Review of blueprints") == 2


def test_the_report_has_everything(repo: Repo, run: Run) -> None:
    repo.write("teams/a/one.yaml", blueprint("one", "access: {viewers: [eve@example.com]}"))
    repo.write("teams/b/two.yaml", "modelyard: 1\n")
    repo.write("teams/b/three.yaml", blueprint("three", "preset: small-team", "# a comment"))
    repo.git("mv", "teams/b/two.yaml", "teams/b/more.yaml")
    repo.commit()
    assert run("--base", "main").code == 2
    found = _reviews()
    assert found["teams/a/one.yaml", None]["status"] == "changed"
    assert found["teams/b/three.yaml", None]["status"] == "unchanged"
    assert found["teams/b/three.yaml", None]["report"] is None
    assert found["teams/b/more.yaml", None]["status"] == "broken"
    folder = REPORT / str(found["teams/a/one.yaml", None]["report"])
    diff = json.loads((folder / "diff.json").read_text())
    assert {each["verb"] for each in diff["resources"]} == {"create"}
    assert (folder / "diff.md").read_text().startswith("#")
    assert "<html" in (folder / "diff.html").read_text()
    sarif = json.loads((REPORT / "findings.sarif").read_text())
    files = {
        each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for each in sarif["runs"][0]["results"]
    }
    assert {"teams/a/one.yaml", "teams/b/more.yaml"} <= files
    suites = ElementTree.parse(REPORT / "junit.xml").getroot()
    assert suites[0].get("name") == "teams/a/one.yaml"


def test_each_environment_is_reviewed(repo: Repo, run: Run) -> None:
    both = "environments: {dev: {}, prod: {access: {viewers: [eve@example.com]}}}"
    repo.git("checkout", "--quiet", "main")
    repo.write("teams/a/one.yaml", blueprint("one", both))
    repo.commit()
    repo.git("checkout", "--quiet", "-B", "change")
    only = "environments: {prod: {access: {viewers: [bob@example.com]}}, new: {}}"
    repo.write("teams/a/one.yaml", blueprint("one", only))
    repo.commit()
    assert run("--base", "main").code == 0
    statuses = {environment: each["status"] for (_, environment), each in _reviews().items()}
    assert statuses == {"prod": "changed", "new": "new", "dev": "removed"}
    run("--base", "main", "-e", "prod")
    assert [environment for _, environment in _reviews()] == ["prod"]


def test_lost_data_are_a_finding(repo: Repo, run: Run) -> None:
    bare = blueprint("one").partition("models:")[0]
    repo.write("teams/a/one.yaml", bare)
    repo.commit()
    result = run("--base", "main")
    assert result.code == 1
    assert "lose data" in result.out
    assert "stateful-delete" in result.out
    assert run("--base", "main", "--allow-stateful").code == 0
    assert run("--base", "main", "--fail-on", "never").code == 0


def test_stricter_policies_make_what_stands_fail(repo: Repo, run: Run) -> None:
    repo.write(f"teams/a/{POLICIES}", "levels: {supply-image-digest: mandatory}\n")
    repo.commit()
    assert run("--base", "main").code == 1
    (found,) = _summary()["reviews"]
    assert found["reasons"] == [f"policies in teams/a/{POLICIES}"]
    assert found["resources"] == {}
    assert found["policies"]["newly_blocking"] > 0


def test_looser_policies_are_said(repo: Repo, run: Run) -> None:
    repo.git("checkout", "--quiet", "main")
    repo.write(POLICIES, "levels: {supply-image-digest: mandatory}\n")
    repo.commit()
    repo.git("checkout", "--quiet", "-B", "change")
    repo.write(POLICIES, "levels: {}\n")
    repo.commit()
    assert run("--base", "main", "teams/a").code == 0
    (found,) = _summary()["reviews"]
    assert "loosens policies that are broken here: supply-image-digest" in found["notes"][0]
    assert found["status"] == "changed"


def test_without_a_change_request_the_comment_stays_in_the_report(repo: Repo, run: Run) -> None:
    result = run("--base", "main", "--platform", "github")
    assert result.code == 0
    assert "there is no pull or merge request" in result.out
    assert (REPORT / "comment.md").exists()


def test_without_a_token_the_review_goes_on(
    repo: Repo, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a pull request from a fork."""
    for name, value in variables("github", "http://127.0.0.1:9", tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("GITHUB_TOKEN")
    result = run()
    assert result.code == 0
    assert "was not written to the change: there is no GITHUB_TOKEN" in result.out
    assert "secret" not in result.out + result.err


@pytest.mark.parametrize("name", ["../../../evil", "..", ".", "a/b", "x\x00y", "é", "a" * 300])
def test_no_name_leads_out_of_the_report(name: str) -> None:
    from modelyard.cli.ci.artifact import folder_of

    folder = Path(folder_of(f"blueprints/{name}", name))
    assert not folder.is_absolute()
    assert not {"..", "."} & set(folder.parts)
    assert str(folder).isascii()
    assert all(len(part) < 120 for part in folder.parts)
    assert folder_of("a", None) != folder_of(f"a{name}", None)


def test_what_is_outside_of_the_repository_is_refused(repo: Repo, run: Run, tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(blueprint("other"))
    result = run("--base", "main", str(tmp_path / "other.yaml"))
    assert result.code == 2
    assert "outside of the repository" in result.err
    assert run("--base", "main", "nowhere").code == 2


def test_without_a_base_it_is_the_machines_fault(repo: Repo, run: Run) -> None:
    result = run("--base", "nowhere")
    assert (result.code, result.out) == (3, "")
    assert "Next:" in result.err


def test_what_the_code_does_otherwise_is_seen(repo: Repo) -> None:
    """The package is the repository's own, and a version in its catalog is another."""
    package = Path(modelyard.__file__).parent
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(package, repo.root / "components" / "modelyard", ignore=ignored)
    repo.git("checkout", "--quiet", "main")
    repo.commit("the package")
    repo.git("checkout", "--quiet", "-B", "change")
    images = repo.root / "components/modelyard/catalog/images.yaml"
    text = images.read_text()
    assert text.count("repository: docker.io/curlimages/curl\n    tag: ") == 1
    images.write_text(text.replace("curlimages/curl\n    tag: ", "curlimages/curl\n    tag: 9"))
    repo.commit()
    path = os.pathsep.join((str(repo.root / "components"), os.environ.get("PYTHONPATH", "")))
    done = subprocess.run(
        [sys.executable, "-c", _MAIN, "ci", "--base=main", "teams/a", "--jobs=1"],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (found,) = _summary()["reviews"]
    assert found["reasons"] == ["code: components/modelyard/catalog/images.yaml"]
    assert "by the code of before" in found["notes"][0]
    assert set(found["resources"]) <= {"update", "replace"}
    assert sum(found["resources"].values()) < 5, "what is not made of that image stays"
