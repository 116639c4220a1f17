"""What holds for every command: help, exit codes, streams, width."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.cells import cell_len
from tests.cli.conftest import Run, process
from tests.support import shipped

from modelyard.cli.app import COMMANDS

ESCAPE = re.compile(r"\x1b\[")
WIDTH = 80


def wide(text: str) -> list[str]:
    return [line for line in text.splitlines() if cell_len(line) > WIDTH]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example_that_names_the_command(command: str, run: Run) -> None:
    result = run(command, "--help")
    assert result.code == 0
    assert result.err == ""
    assert re.search(rf"Example: modelyard\s+{command}\b", result.out)
    assert not wide(result.out)


def test_help_lists_the_commands_and_the_exit_codes(run: Run) -> None:
    for arguments in (["--help"], ["-h"]):
        result = run(*arguments)
        assert result.code == 0
        assert all(command in result.out for command in COMMANDS)
        assert "Exit codes: 0 fine, 1 findings, 2 bad input, 3 environment" in result.out


def test_version(run: Run) -> None:
    result = run("--version")
    assert result.code == 0
    assert re.search(r"\d+\.\d+\.\d+", result.out)


@pytest.mark.parametrize(
    ("typed", "meant"), [("chekc", "check"), ("plna", "plan"), ("scema", "schema")]
)
def test_an_unknown_command_names_the_nearest(typed: str, meant: str, run: Run) -> None:
    result = run(typed)
    assert result.code == 2
    assert f"Did you mean '{meant}'?" in result.err
    assert result.out == ""


def test_a_command_like_no_other(run: Run) -> None:
    result = run("frobnicate")
    assert result.code == 2
    assert "frobnicate" in result.err


@pytest.mark.parametrize("arguments", [["check"], ["plan"], ["render", "quickstart.yaml"], ["new"]])
def test_a_missing_argument(arguments: list[str], run: Run) -> None:
    result = run(*arguments)
    assert result.code == 2
    assert "Missing" in result.err
    assert result.out == ""


def test_an_unknown_option_and_format(run: Run) -> None:
    assert run("check", "quickstart.yaml", "--formt", "json").code == 2
    result = run("plan", "quickstart.yaml", "--format", "yaml")
    assert result.code == 2
    assert "json" in result.err


FILE_COMMANDS = {"check": [], "plan": [], "render": ["--out", "out"]}


@pytest.mark.parametrize("command", FILE_COMMANDS)
@pytest.mark.parametrize("path", ["nothing.yaml", ".", "quickstart.yaml/x", "", "\udcff.yaml"])
def test_what_is_not_a_file(command: str, path: str, run: Run, folder: Path) -> None:
    result = run(command, path, *FILE_COMMANDS[command])
    assert result.code == 2
    assert "next:" in result.err.lower()
    assert "Traceback" not in result.err
    assert not (folder / "out").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("command", FILE_COMMANDS)
def test_a_file_that_may_not_be_read(command: str, run: Run, folder: Path) -> None:
    (folder / "quickstart.yaml").chmod(0)
    result = run(command, "quickstart.yaml", *FILE_COMMANDS[command])
    assert result.code in (2, 3)
    assert "Traceback" not in result.err


@pytest.mark.parametrize("command", ["plan", "render"])
def test_an_environment_that_is_not_there(command: str, run: Run) -> None:
    result = run(command, "quickstart.yaml", "-e", "prod", *FILE_COMMANDS[command])
    assert result.code == 2
    assert "there is no environment 'prod'" in result.err


@pytest.mark.parametrize("command", FILE_COMMANDS)
def test_a_blueprint_that_does_not_hold(command: str, run: Run, folder: Path) -> None:
    text = (folder / "quickstart.yaml").read_text().replace("kubernetes", "kubernets")
    (folder / "b.yaml").write_text(text + "modles: []\n")
    result = run(command, "b.yaml", *FILE_COMMANDS[command])
    assert result.code == 2
    assert "b.yaml:4:" in result.err
    assert "did you mean kubernetes?" in result.err
    assert "did you mean models?" in result.err
    assert "2 errors" in result.err


def test_nothing_is_coloured_without_a_terminal(folder: Path) -> None:
    (folder / "b.yaml").write_text("modelyard: 1\n")
    for environment in ({}, {"NO_COLOR": "1"}):
        for arguments in (["check", "quickstart.yaml"], ["check", "b.yaml"], ["--help"]):
            command = process(*arguments, cwd=folder, **environment)
            out, err = command.communicate(timeout=60)
            assert not ESCAPE.search(out + err), arguments


@pytest.mark.parametrize(
    "arguments", [["schema"], ["check", "quickstart.yaml", "--format", "json"]]
)
def test_a_reader_that_goes_away(arguments: list[str], folder: Path) -> None:
    """As `modelyard schema | head -1` does: no traceback, no complaint at the interpreter's end."""
    read, write = os.pipe()
    os.close(read)
    command = process(*arguments, cwd=folder, stdout=write)
    os.close(write)
    _, err = command.communicate(timeout=60)
    assert err.count("Traceback") == 0
    assert "BrokenPipe" not in err
    assert command.returncode == 0


INTERRUPTED = """
import os, signal, sys, threading
from modelyard.cli import main
import modelyard.program as program
def wait(path, further):
    print("busy", flush=True)
    signal.pause()
import modelyard.cli.check as check
check.check_file = wait
sys.argv = ["modelyard", "check", "quickstart.yaml"]
main()
"""


def test_control_c(folder: Path) -> None:
    """An interrupt in the middle of the work ends it without a traceback, with the usual code."""
    command = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell has what it runs in the background ignore the signal, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert command.stdout
    assert command.stdout.readline() == "busy\n"
    time.sleep(0.1)
    command.send_signal(signal.SIGINT)
    _, err = command.communicate(timeout=60)
    assert command.returncode == 130
    assert "Traceback" not in err
    assert "stopped" in err


def test_an_error_of_the_machine_is_one_of_the_machine(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, _: object) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("modelyard.cli.check.check_file", full)
    result = run("check", "quickstart.yaml")
    assert result.code == 3
    assert "No space left on device" in result.err


CHECKING = """
import sys
read = set()
sys.addaudithook(lambda event, args: read.add(str(args[0])) if event == "open" else None)
from modelyard.cli.app import app
sys.argv = ["modelyard", "check", sys.argv[1]]
app()
from modelyard.blueprint.section import Section

def built(section):
    for kind in section.__subclasses__():
        yield from [kind.__name__] if kind.__pydantic_complete__ else []
        yield from built(kind)

import json, pathlib
sheets = [path.name for path in map(pathlib.Path, read) if path.parent.name == "catalog"]
print(json.dumps({"modules": list(sys.modules), "sheets": sheets, "built": list(built(Section))}))
"""


@pytest.fixture(scope="module", params=["finance.yaml", "aws-finance.yaml", "gcp-finance.yaml"])
def checking(request: pytest.FixtureRequest) -> dict[str, list[str]]:
    """What a process imports, reads and builds to check a blueprint."""
    file = str(shipped.FOLDER / request.param)
    out = subprocess.check_output([sys.executable, "-c", CHECKING, file], text=True)
    return json.loads(out.splitlines()[-1])


def test_checking_imports_nothing_that_other_commands_need(
    checking: dict[str, list[str]],
) -> None:
    """`modelyard --help` and `check` answer in the time Python needs to start."""
    libraries = {each.partition(".")[0] for each in checking["modules"]}
    heavy = {"pulumi", "pulumi_kubernetes", "rich", "grpc", "jsonschema", "jinja2", "requests"}
    assert not libraries & {*heavy, "pebble", "promql_parser", "kubernetes", "boto3"}
    own = [each.split(".")[1] for each in checking["modules"] if each.startswith("modelyard.")]
    assert not set(own) & {"recorder", "workloads", "objects", "review", "settling"}
    rules = [each for each in checking["modules"] if each.startswith("modelyard.policies.")]
    assert {each.rpartition(".")[2] for each in rules} == {"organisation", "rule", "settings"}


def test_checking_reads_no_sheet_in_vain(checking: dict[str, list[str]]) -> None:
    """Sheets are of YAML, which is slow to read: these are of rules, of charts and of mirrors."""
    assert "systems.yaml" in checking["sheets"]
    assert not {"policies.yaml", "charts.yaml", "mirrors.yaml"} & set(checking["sheets"])


def test_checking_builds_one_validator(checking: dict[str, list[str]]) -> None:
    """That of the blueprint holds those of all its sections; a `Section()` would build its own."""
    assert checking["built"] == ["Blueprint"]
