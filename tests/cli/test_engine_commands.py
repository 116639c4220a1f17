"""The commands that use the engine, where it cannot be used: words, exit codes, nothing done.

What they do where it can is tested with the engine itself, under tests/engine and tests/cluster.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Run

USING = ("preview", "up", "refresh", "destroy", "verify")
CHANGING = ("up", "refresh", "destroy")


def pulumi(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a command of that name, and nothing else but the system's, on PATH."""
    programs = folder / "bin"
    programs.mkdir()
    file = programs / "pulumi"
    file.write_text(f'#!/bin/sh\n[ "$1" = version ] && echo v3.272.0 && exit\n{script}\n')
    file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")


def arguments(command: str) -> list[str]:
    yes = ["--yes"] if command in CHANGING else []
    return [command, "quickstart.yaml", *yes]


@pytest.mark.parametrize("command", USING)
def test_without_the_engine_it_says_what_to_install(
    command: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    result = run(*arguments(command))
    assert result.code == 3
    assert "the `pulumi` command is not on PATH. Next: install it" in result.err
    assert "Traceback" not in result.err


def test_an_engine_that_is_too_old_is_refused(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulumi(tmp_path, monkeypatch, "exit 1")
    file = tmp_path / "bin" / "pulumi"
    file.write_text(file.read_text().replace("3.272.0", "3.100.0"))
    result = run("up", "quickstart.yaml", "--yes")
    assert result.code == 3
    assert "minimum CLI version requirement is 3.206.0" in result.err


@pytest.mark.parametrize("command", CHANGING)
def test_nothing_is_changed_where_nobody_can_be_asked(command: str, run: Run) -> None:
    result = run(command, "quickstart.yaml")
    assert result.code == 2
    assert "nobody can be asked here. Next: add --yes" in result.err


@pytest.mark.parametrize("command", USING)
def test_a_bad_blueprint_is_told_before_the_engine_is_asked(
    command: str, run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "quickstart.yaml").write_text("modelyard: 1\nnam: x\n")
    result = run(*arguments(command))
    assert result.code == 2
    assert "quickstart.yaml:2:1" in result.err


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("no stack named 'quickstart' found", "run `modelyard up` or `modelyard preview` first"),
        ("PULUMI_ACCESS_TOKEN must be set for login", "`pulumi login --local`"),
        ("passphrase must be set with PULUMI_CONFIG_PASSPHRASE", "set PULUMI_CONFIG_PASSPHRASE"),
        ("unable to open bucket s3://x", "the backend of `pulumi whoami --verbose`"),
        ("something that nobody has thought of", "the engine says: something that nobody has"),
    ],
)
def test_what_the_engine_refuses_is_passed_on_with_what_to_do(
    said: str, words: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulumi(tmp_path, monkeypatch, f'echo "error: {said}" >&2; exit 1'.replace("`", ""))
    result = run("verify", "quickstart.yaml")
    assert result.code == 3
    assert words in " ".join(result.err.split())
    assert "code: 1" not in result.err
