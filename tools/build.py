"""Builds the pinned commands with Go, one after the other."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.cache import find, folder
from tools.pins import FOLDER, Tool, pinned

GET_GO = "install Go: https://go.dev/dl"
_BEAT = 15.0
"""Seconds between two signs of life where the output is no terminal."""


class BuildError(Exception):
    """A command that could not be built; what was built before it stays."""


def build() -> list[Tool]:
    """Build what is missing; returns what was built. Raises BuildError."""
    wanted = [tool for tool in pinned() if find(tool.name) is None]
    if wanted:
        _require_go()
    for number, tool in enumerate(wanted, 1):
        _build(tool, f"{number} of {len(wanted)}: {tool.name} {tool.version}")
    return wanted


def _require_go() -> None:
    wanted = re.search(r"^go (\S+)", (FOLDER / "go.mod").read_text(encoding="utf-8"), re.MULTILINE)
    assert wanted is not None
    if shutil.which("go") is None:
        raise BuildError(f"there is no `go` on PATH; {wanted[1]} is needed. Next: {GET_GO}")
    said = subprocess.run(["go", "env", "GOVERSION"], capture_output=True, text=True, check=False)
    found = re.search(r"go([0-9.]+)", said.stdout)
    if found is None or _numbers(found[1]) < _numbers(wanted[1]):
        raise BuildError(
            f"`go` is {said.stdout.strip() or 'of no version'}; {wanted[1]} or newer is needed. "
            f"Next: {GET_GO}"
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.strip(".").split("."))


def _build(tool: Tool, title: str) -> None:
    """Build under a name of its own and rename: an interrupted build leaves no half command."""
    target = folder() / tool.name
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{tool.name}.{time.time_ns()}")
    command = ["go", "build", "-trimpath", f"-ldflags={tool.flags}", "-o", str(draft), tool.package]
    try:
        with _title(title):
            _run(command, tool)
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)


def _run(command: list[str], tool: Tool) -> None:
    # Go's own folders for modules and builds are the cache of what is downloaded and compiled.
    process = subprocess.Popen(
        command, cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        output = _waited(process)
    except BaseException:
        process.terminate()
        process.wait()
        raise
    if process.returncode:
        last = "\n".join(output.strip().splitlines()[-5:])
        raise BuildError(
            f"{tool.name} could not be built:\n{last}\nNext: mend that and run `make tools` again; "
            "what is built is kept"
        )


def _waited(process: subprocess.Popen[str]) -> str:
    began = time.monotonic()
    while True:
        try:
            return process.communicate(timeout=1.0 if sys.stderr.isatty() else _BEAT)[0]
        except subprocess.TimeoutExpired:
            _alive(time.monotonic() - began)


def _alive(seconds: float) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K  {seconds:.0f} s")
    else:
        sys.stderr.write(f"  still building, {seconds:.0f} s\n")
    sys.stderr.flush()


@contextmanager
def _title(title: str) -> Iterator[None]:
    began = time.monotonic()
    sys.stderr.write(f"{title}\n")
    yield
    clear = "\r\x1b[K" if sys.stderr.isatty() else ""
    sys.stderr.write(f"{clear}  built in {time.monotonic() - began:.0f} s\n")


def table() -> str:
    """What is where, a line each."""
    return "\n".join(f"  {t.name:<24} {t.version:<10} {_place(t)}" for t in pinned())


def _place(tool: Tool) -> str | Path:
    return find(tool.name) or "not here"
