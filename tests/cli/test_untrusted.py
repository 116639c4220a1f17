"""A branch of a stranger: nothing outside of the repository is read, and nothing of it is run."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from tests.cli.conftest import QUICKSTART, Result, Run

from modelyard.blueprint.errors import NotReadyError
from modelyard.blueprint.loading.reading import MAX_BYTES
from modelyard.policies.organisation import FILE
from modelyard.review.checkov import scan_plans
from modelyard.review.scan import checkov_command

SECRET = "modelyard: 1\nname: quickstart\nteam: {owner: hunter2@example.com, domain: demo}\n"
COMMANDS = ("check", "plan", "diff", "scan")


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=x", "-c", "user.email=x@example.com")
    command = ["git", *identity, "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def branch(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one commit; what lies beside it is nobody's business."""
    (folder / "outside").mkdir()
    (folder / "outside" / "b.yaml").write_text(SECRET + "sites: {local: {kind: kubernetes}}\n")
    repository = folder / "repository"
    repository.mkdir()
    (repository / "b.yaml").write_text(QUICKSTART)
    git(repository, "init", "--quiet", "--initial-branch=main")
    commit(repository)
    monkeypatch.chdir(repository)
    return repository


def commit(repository: Path) -> None:
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--allow-empty", "-m", "x")


def refused(result: Result) -> None:
    assert result.code in (2, 3)
    assert result.out == "" or "fine" not in result.out
    assert "hunter2" not in result.out + result.err
    assert "next: " in result.err.lower()


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("link", ["folder", "deep", "file"])
def test_no_link_leads_out_of_the_repository(
    link: str, command: str, run: Run, branch: Path
) -> None:
    place = branch / "team" if link == "deep" else branch
    place.mkdir(exist_ok=True)
    if link == "file":
        (place / "linked.yaml").symlink_to("../outside/b.yaml")
        asked = "linked.yaml"
    else:
        (place / "linked").symlink_to(branch.parent / "outside")
        asked = f"{place.name}/linked/b.yaml" if link == "deep" else "linked/b.yaml"
    refused(run(command, asked))


def test_a_link_inside_of_the_repository_is_fine(run: Run, branch: Path) -> None:
    (branch / "team").symlink_to(".")
    assert run("check", "team/b.yaml").code == 0


def test_what_its_owner_names_outside_of_it_is_read(run: Run, branch: Path) -> None:
    assert "hunter2" in run("plan", "../outside/b.yaml", "--format", "json").out


@pytest.mark.parametrize("preset", ["../../outside/b", "/etc/passwd", "../presets/finance"])
def test_a_preset_is_a_name_and_no_path(preset: str, run: Run, branch: Path) -> None:
    (branch / "c.yaml").write_text(f"{QUICKSTART}preset: {preset}\n")
    result = run("check", "c.yaml")
    refused(result)
    assert "there is no preset" in result.err


@pytest.mark.parametrize("command", COMMANDS)
def test_the_organisations_file_is_no_link_either(command: str, run: Run, branch: Path) -> None:
    (branch / FILE).symlink_to("../outside/b.yaml")
    refused(run(command, "b.yaml"))


@pytest.mark.parametrize("command", COMMANDS)
def test_pipes_and_devices_are_not_opened(command: str, run: Run, branch: Path) -> None:
    (branch / FILE).symlink_to("/dev/zero")
    refused(run(command, "b.yaml"))


def test_a_long_blob_of_its_history_is_not_read(run: Run, branch: Path) -> None:
    (branch / "b.yaml").write_text("#" * (MAX_BYTES + 1))
    commit(branch)
    (branch / "b.yaml").write_text(QUICKSTART)
    result = run("diff", "b.yaml")
    assert result.code == 2
    assert f"longer than {MAX_BYTES:,} bytes" in result.err


def test_a_submodule_in_place_of_the_file_is_refused(run: Run, branch: Path) -> None:
    head = git(branch, "rev-parse", "HEAD")
    (branch / "b.yaml").unlink()
    git(branch, "add", "--all")
    git(branch, "update-index", "--add", "--cacheinfo", f"160000,{head},b.yaml")
    git(branch, "commit", "--quiet", "-m", "x")
    (branch / "b.yaml").write_text(QUICKSTART)
    result = run("diff", "b.yaml")
    assert result.code == 2
    assert "not a file" in result.err


def test_no_filter_and_no_conversion_runs(run: Run, branch: Path, tmp_path: Path) -> None:
    """Even where the settings of the machine know the filter that a branch asks for."""
    touch = f"touch {tmp_path / 'ran'}; cat"
    for key in ("filter.evil.smudge", "filter.evil.clean", "diff.evil.textconv"):
        git(branch, "config", key, touch)
    git(branch, "config", "core.fsmonitor", f"touch {tmp_path / 'ran'}")
    (branch / ".git" / "info" / "attributes").write_text("*.yaml filter=evil diff=evil\n")
    assert run("diff", "b.yaml").code == 0
    assert not (tmp_path / "ran").exists()


def test_no_other_object_stands_in_for_the_one_of_the_commit(run: Run, branch: Path) -> None:
    blob = git(branch, "rev-parse", "HEAD:b.yaml")
    (branch / "other.yaml").write_text(QUICKSTART.replace("churn", "other"))
    git(branch, "replace", blob, git(branch, "hash-object", "-w", "other.yaml"))
    assert "the blueprint says the same" in run("diff", "b.yaml").out


def test_a_repository_among_the_files_of_a_branch_is_none(run: Run, branch: Path) -> None:
    """It would bring a history of its own to be compared with, and settings that name commands."""
    inner = branch / "team"
    git(branch, "init", "--quiet", "--bare", "--initial-branch=main", str(inner))
    git(inner, "fetch", "--quiet", str(branch), "main:main")
    git(inner, "config", "core.bare", "false")
    git(inner, "config", "core.worktree", ".")
    (inner / "b.yaml").write_text(QUICKSTART)
    known = subprocess.run(
        ["git", "-C", str(inner), "rev-parse", "--show-toplevel"], capture_output=True, text=True
    )
    assert known.stdout.strip() == str(inner), "git by itself takes it for one"
    result = run("diff", "team/b.yaml")
    assert result.code == 2
    assert "no git repository" in result.err


def test_a_plugin_on_the_branch_is_none(branch: Path, tmp_path: Path) -> None:
    """Kinds of site come from what is installed: the command does not look into the folder."""
    info = branch / "evil-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[modelyard.sites]\nevil = evil\n")
    (branch / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    (branch / "b.yaml").write_text(QUICKSTART.replace("kind: kubernetes", "kind: evil"))
    script = "import sys; from modelyard.cli import main; sys.argv[0] = 'modelyard'; main()"
    for command in ("check", "plan", "diff"):
        done = subprocess.run(
            [sys.executable, "-P", "-c", script, command, "b.yaml"],  # as the command itself starts
            cwd=branch,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2
        assert "'evil' is not one of the choices for 'kind'" in done.stderr
    assert not (tmp_path / "ran").exists()


def test_no_checkov_of_the_branch_is_run(branch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = branch / ".checkov" / "bin" / "checkov"
    command.parent.mkdir(parents=True)
    command.write_text("#!/bin/sh\ntouch ran\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("MODELYARD_CHECKOV", raising=False)
    with suppress(NotReadyError):
        assert not Path(checkov_command()).is_relative_to(branch)


def test_checkov_runs_where_the_branch_has_no_settings(branch: Path) -> None:
    """Its `.checkov.yaml` may name a folder with checks, which are code."""
    report = '{"results": {}}'
    (branch / "checkov").write_text(f"#!/bin/sh\npwd > {branch}/where\necho '{report}'\n")
    (branch / "checkov").chmod(0o755)
    scan_plans("./checkov", {"it": {}})
    assert not Path((branch / "where").read_text().strip()).is_relative_to(branch)


ORDER = "##vso[task.setvariable variable=PATH]x"


@pytest.mark.parametrize("command", ["plan", "diff", "scan"])
def test_no_pipeline_obeys_json_in_its_log(command: str, run: Run, branch: Path) -> None:
    (branch / "b.yaml").write_text(
        QUICKSTART.replace("champion", f'champion", serve: {{env: {{A: "{ORDER}"}}}}, on: "local')
    )
    more = ("--without-checkov",) if command == "scan" else ()
    result = run(command, "b.yaml", "--format", "json", *more)
    assert result.code == 0
    assert "##vso[" not in result.out
    assert command == "scan" or ORDER in str(json.loads(result.out))


def test_a_files_name_does_not_leave_its_line(run: Run, branch: Path) -> None:
    name = "b\n::error::x##vso[y].yaml"
    (branch / name).write_text(QUICKSTART)
    for form in ("text", "json", "markdown"):
        result = run("check", name, "--format", form)
        assert "\n::error" not in result.out + result.err
        assert "##vso[" not in result.out + result.err
