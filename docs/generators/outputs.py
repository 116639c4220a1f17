"""Real output inside pages: what stands between two comments is what a command prints.

    <!-- output of: modelyard check blueprints/quickstart.yaml -->
    <!-- end of output -->

After ` | ` come the titles of the tables of a plan to show, when not all of it is wanted.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COLUMNS = 80

_BLOCK = re.compile(
    r"(?ms)^<!-- output of: (?P<command>[^\n]*?)(?: \| (?P<tables>[^\n]*?))? -->$"
    r".*?^<!-- end of output -->$"
)


def refreshed(text: str) -> str:
    """A page with every output as it is today."""
    return _BLOCK.sub(_block, text)


def _block(found: re.Match[str]) -> str:
    output = output_of(found["command"])
    if tables := found["tables"]:
        output = "\n\n".join(_table(output, title.strip()) for title in tables.split(","))
    head = found[0].splitlines()[0]
    return f"{head}\n```text\n{output.strip(chr(10))}\n```\n<!-- end of output -->"


def _table(output: str, title: str) -> str:
    """One table of a plan, with the note below it."""
    blocks = iter(re.split(r"\n\n(?=\S)", output))
    for block in blocks:
        if block.strip().splitlines()[0].strip() == title:
            note = next(blocks, "─")
            return block.rstrip() + ("" if "─" in note else f"\n\n{note.rstrip()}")
    raise SystemExit(f"no table '{title}' in the output")


@cache
def output_of(command: str) -> str:
    """What a command prints on both streams, in a folder with the shipped blueprints.

    Raises SystemExit if it fails otherwise than by refusing a blueprint.
    """
    with tempfile.TemporaryDirectory() as folder:
        furnish(Path(folder))
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    if done.returncode not in (0, 2):
        raise SystemExit(f"{command} failed with {done.returncode}:\n{done.stdout}")
    return "\n".join(line.rstrip() for line in done.stdout.splitlines())


def furnish(folder: Path) -> None:
    """Put into a folder what the commands in the documentation speak of."""
    shutil.copytree(ROOT / "blueprints", folder / "blueprints")
    shutil.copytree(ROOT / "docs" / "examples", folder / "docs" / "examples")


def environment() -> dict[str, str]:
    """The same words and widths wherever a command runs."""
    kept = {k: v for k, v in os.environ.items() if k not in ("FORCE_COLOR", "TTY_COMPATIBLE")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**kept, "PATH": path, "COLUMNS": str(COLUMNS), "NO_COLOR": "1", "TERM": "dumb"}
