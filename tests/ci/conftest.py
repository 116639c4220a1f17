"""Repositories with a change in them, and the platforms that look at it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.ci.forges import AzureForge, Forge, GitHubForge, GitLabForge, serving

from modelyard.cli.ci import web
from modelyard.cli.ci.platform import Platform
from modelyard.cli.ci.platforms import platform_of

BLUEPRINT = """\
modelyard: 1
name: {name}
team: {{owner: ml@example.com, domain: demo}}
sites: {{local: {{kind: kubernetes}}}}
models: [{{name: churn, type: predictive, source: "models:/churn@champion"}}]
"""
VARIABLES = ("CI_", "GITHUB_", "GITLAB_", "SYSTEM_", "BUILD_", "TF_BUILD")


def blueprint(name: str, *more: str) -> str:
    return BLUEPRINT.format(name=name) + "".join(f"{line}\n" for line in more)


@dataclass(frozen=True)
class Repo:
    """A git repository on its branch `change`, which began at `main`."""

    root: Path

    def git(self, *arguments: str) -> str:
        identity = ("-c", "user.name=x", "-c", "user.email=x@example.com")
        command = ["git", *identity, "-C", str(self.root), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def commit(self, message: str = "change") -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")


@pytest.fixture(autouse=True)
def _no_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the pipeline that the tests themselves run in."""
    for name in list(os.environ):
        if name.startswith(VARIABLES):
            monkeypatch.delenv(name)
    monkeypatch.setattr(web, "_WAIT", 0.0)


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """Three blueprints, one with a preset, and a list of versions."""
    root = tmp_path / "repository"
    root.mkdir()
    monkeypatch.chdir(root)
    repo = Repo(root)
    repo.git("init", "--quiet", "--initial-branch=main")
    repo.write("teams/a/one.yaml", blueprint("one"))
    repo.write("teams/b/two.yaml", blueprint("two"))
    repo.write("teams/b/three.yaml", blueprint("three", "preset: small-team"))
    repo.write("requirements.txt", "modelyard==0.1.0\n")
    repo.write("values.yaml", "replicas: 1\n")
    repo.commit("begin")
    repo.git("checkout", "--quiet", "-b", "change")
    return repo


def variables(name: str, url: str, folder: Path) -> dict[str, str]:
    """What a platform sets for change number 7 of `main`, where its API is at `url`."""
    if name == "github":
        event = folder / "event.json"
        event.write_text(json.dumps({"number": 7, "pull_request": {"number": 7, "base": {}}}))
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": url,
            "GITHUB_BASE_REF": "main",
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_JOB": "review",
            "GITHUB_REPOSITORY": "acme/ml",
            "GITHUB_RUN_ID": "99",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
            "GITHUB_TOKEN": "secret",
            "GITHUB_WORKFLOW": "review",
        }
    if name == "gitlab":
        return {
            "CI_API_V4_URL": f"{url}/api/v4",
            "CI_DEFAULT_BRANCH": "main",
            "CI_JOB_NAME": "review",
            "CI_JOB_TOKEN": "not enough",
            "CI_JOB_URL": "https://gitlab.com/acme/ml/-/jobs/5",
            "CI_MERGE_REQUEST_IID": "7",
            "CI_MERGE_REQUEST_PROJECT_ID": "1",
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
            "CI_PROJECT_ID": "2",
            "CI_PROJECT_PATH": "acme/ml",
            "GITLAB_CI": "true",
            "GITLAB_TOKEN": "secret",
        }
    return {
        "BUILD_BUILDID": "99",
        "BUILD_DEFINITIONNAME": "review",
        "BUILD_REPOSITORY_ID": "r-1",
        "BUILD_REPOSITORY_PROVIDER": "TfsGit",
        "SYSTEM_ACCESSTOKEN": "secret",
        "SYSTEM_COLLECTIONURI": f"{url}/acme/",
        "SYSTEM_PULLREQUEST_PULLREQUESTID": "7",
        "SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main",
        "SYSTEM_TEAMPROJECT": "ml",
        "SYSTEM_TEAMPROJECTID": "p-1",
        "TF_BUILD": "True",
    }


FORGES = {
    "github": lambda: GitHubForge(("Authorization", "Bearer secret")),
    "gitlab": lambda: GitLabForge(("PRIVATE-TOKEN", "secret")),
    "azure": lambda: AzureForge(("Authorization", "Bearer secret")),
}


@pytest.fixture(params=list(FORGES))
def forge(request: pytest.FixtureRequest) -> Iterator[tuple[str, Forge]]:
    """Each platform's name and API."""
    with serving(FORGES[request.param]()) as served:
        yield request.param, served


@pytest.fixture
def platform(forge: tuple[str, Forge], tmp_path: Path) -> Platform:
    """The platform of the forge, at change number 7."""
    name, served = forge
    return platform_of(variables(name, served.url, tmp_path))
