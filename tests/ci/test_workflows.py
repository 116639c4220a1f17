"""The files that `modelyard ci --init` writes, and this repository's own, do what they say."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from modelyard.blueprint.errors import ModelyardError
from modelyard.cli.app import COMMANDS, group
from modelyard.cli.ci.workflows import FILES, PULUMI, written

ROOT = Path(__file__).parents[2]
OWN = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / ".github").rglob("*.y*ml")}
OWN_REVIEW = OWN["review.yaml"]
SCHEMAS = {
    "github": ["vendor.github-workflows"],
    "gitlab": ["vendor.gitlab-ci", "--data-transform=gitlab-ci"],
    "azure": ["vendor.azure-pipelines", "--data-transform=azure-pipelines"],
}
NAMES = list(FILES)
_COMMAND = re.compile(r"(?m)^\s*(?:- )?(?:run: |script: )?(?:\.venv/bin/)?(modelyard [^\n#]+)$")
_PIN = re.compile(r"@[0-9a-f]{40}  # v\d+\.\d+\.\d+$")
_STATIC = re.compile(r"(?i)AKIA|secret_access_key|access_key_id|credentials_json|private_key")


def _yaml(name: str) -> dict[str, str]:
    return {path: text for path, text in written(name).items() if path.endswith((".yaml", ".yml"))}


GITHUB = {**_yaml("github"), **{f"own {name}": text for name, text in OWN.items()}}
EVERY = {**GITHUB, **_yaml("gitlab"), **_yaml("azure")}


def _values(node: Any, key: str) -> Iterator[Any]:
    if isinstance(node, dict):
        yield from (value for name, value in node.items() if name == key)
        for value in node.values():
            yield from _values(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from _values(value, key)


@pytest.mark.parametrize("name", NAMES)
def test_they_keep_the_platforms_schema(name: str, tmp_path: Path) -> None:
    files = _yaml(name) | ({"own.yaml": OWN_REVIEW} if name == "github" else {})
    for number, text in enumerate(files.values()):
        (tmp_path / f"{number}.yaml").write_text(text)
    command = [sys.executable, "-m", "check_jsonschema", "--regex-variant=python"]
    schema, *more = SCHEMAS[name]
    done = subprocess.run(
        [*command, "--builtin-schema", schema, *more, *map(str, tmp_path.iterdir())],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", EVERY)
def test_every_command_in_them_exists(path: str) -> None:
    if path in (".gitlab-ci.yml", "own ci.yml"):
        return
    found = [shlex.split(line) for line in _COMMAND.findall(EVERY[path])]
    assert found
    for _, name, *arguments in found:
        assert name in COMMANDS
        command: click.Command = import_module(f"modelyard.cli.{name}").command
        command.make_context(name, arguments, click.Context(group, **group.context_settings))


@pytest.mark.parametrize("name", NAMES)
def test_deploying_asks_first_and_proves_it_afterwards(name: str) -> None:
    (deploy,) = (text for path, text in _yaml(name).items() if "deploy" in path)
    verbs = [shlex.split(line)[1] for line in _COMMAND.findall(deploy)]
    assert verbs == ["preflight", "up", "verify"]
    assert "--yes" in deploy
    assert list(_values(yaml.safe_load(deploy), "environment"))
    one_at_a_time = {
        "github": "cancel-in-progress: false",
        "gitlab": "resource_group:",
        "azure": "lockBehavior: sequential",
    }
    assert one_at_a_time[name] in deploy


@pytest.mark.parametrize("name", NAMES)
def test_no_key_of_a_cloud_is_kept(name: str) -> None:
    for text in written(name).values():
        assert not _STATIC.search(text)
    whole = "\n".join(written(name).values())
    by_oidc = {"github": "id-token: write", "gitlab": "id_tokens:", "azure": "addSpnToEnvironment"}
    assert by_oidc[name] in whole


@pytest.mark.parametrize("name", NAMES)
def test_reviews_have_the_history_and_no_way_into_a_cloud(name: str) -> None:
    (review,) = (text for path, text in _yaml(name).items() if "review" in path)
    depth = {"github": "fetch-depth: 0", "gitlab": 'GIT_DEPTH: "0"', "azure": 'fetchDepth: "0"'}
    assert depth[name] in review
    assert not re.search(r"id-token|id_tokens|AzureCLI|PASSPHRASE", review)


@pytest.mark.parametrize("path", GITHUB)
def test_actions_are_pinned_and_rights_are_few(path: str) -> None:
    content = yaml.safe_load(GITHUB[path])
    uses = re.findall(r"(?m)uses: (.*)$", GITHUB[path])
    assert uses
    assert [each for each in uses if not _PIN.search(each)] == []
    assert content["permissions"] in ({}, {"contents": "read"})
    triggers = content[True]  # YAML 1.1 reads `on` so
    assert "pull_request_target" not in triggers
    assert "workflow_run" not in triggers
    allowed = {"contents": "read", "pull-requests": "write", "id-token": "write"}
    for job in content["jobs"].values():
        assert job.get("permissions", {}).items() <= allowed.items()
        assert job["timeout-minutes"]


@pytest.mark.parametrize("path", GITHUB)
def test_nothing_of_a_stranger_is_run(path: str) -> None:
    """Expressions are put into a script before it is a script."""
    assert [run for run in _values(yaml.safe_load(GITHUB[path]), "run") if "${{" in run] == []


def test_the_versions_are_those_of_this_release() -> None:
    for name in NAMES:
        found = written(name)
        assert f"modelyard=={version('modelyard')}\n" in found["requirements-modelyard.txt"]
        assert not [
            path for path, text in found.items() if re.search(r"RELEASE|PULUMI\b(?!_)", text)
        ]
    module = (ROOT / "tools" / "go.mod").read_text(encoding="utf-8")
    assert f"github.com/pulumi/pulumi/sdk/v3 v{PULUMI} " in module


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_clouds_are_entered_by_the_token_of_the_run(shell: str, tmp_path: Path) -> None:
    script = tmp_path / "enter.sh"
    script.write_text(written("gitlab")[".gitlab/enter.sh"])
    shown = (
        'set -eu; . "$1"; cat "$AWS_WEB_IDENTITY_TOKEN_FILE"; cat "$GOOGLE_APPLICATION_CREDENTIALS"'
        '; stat -c %a "$KEPT"/google; echo "$KEPT"'
    )
    variables = {
        "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/deploy",
        "AWS_TOKEN": "aws$(id)",
        "GOOGLE_TOKEN": "google",
        "GOOGLE_PROVIDER": "projects/1/locations/global/workloadIdentityPools/p/providers/q",
        "GOOGLE_ACCOUNT": "deploy@acme.iam.gserviceaccount.com",
        "PATH": "/usr/bin:/bin",
    }
    done = subprocess.run(
        [shell, "-c", shown, shell, str(script)],
        env=variables,
        capture_output=True,
        text=True,
        check=True,
    )
    begin, end = done.stdout.index("{"), done.stdout.rindex("}") + 1
    assert done.stdout[:begin] == "aws$(id)"
    credentials = yaml.safe_load(done.stdout[begin:end])
    assert credentials["type"] == "external_account"
    assert variables["GOOGLE_PROVIDER"] in credentials["audience"]
    assert variables["GOOGLE_ACCOUNT"] in credentials["service_account_impersonation_url"]
    mode, kept = done.stdout[end:].split()
    assert mode == "600"
    assert not Path(kept).exists(), "it is taken away at the end"


def test_without_variables_no_cloud_is_entered(tmp_path: Path) -> None:
    script = tmp_path / "enter.sh"
    script.write_text(written("azure")["azure-pipelines/enter.sh"])
    shown = (
        'set -eu; . "$1"; echo "${AWS_WEB_IDENTITY_TOKEN_FILE-}${GOOGLE_APPLICATION_CREDENTIALS-}"'
    )
    done = subprocess.run(
        ["sh", "-c", shown, "sh", str(script)],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "\n"


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_written_over(name: str, tmp_path: Path) -> None:
    from modelyard.cli.ci.workflows import write

    assert {str(path) for path in write(name, tmp_path)} == set(written(name))
    assert len(list(write(name, tmp_path))) == len(written(name)), "the same may be written again"
    (tmp_path / "requirements-modelyard.txt").write_text("modelyard==9\n")
    kept = {path: path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(ModelyardError, match="is there already"):
        list(write(name, tmp_path))
    assert {path: path.read_text() for path in tmp_path.rglob("*") if path.is_file()} == kept
