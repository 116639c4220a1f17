"""Where the commands are kept, and which of them are there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from tools.pins import fingerprint, pinned

HOW = "`make tools` builds it (needs Go; about 10 minutes on 2 cores, once)"


def folder(environment: Mapping[str, str] = os.environ) -> Path:
    """`$MODELYARD_TOOLS`, or `modelyard/tools` in the user's cache; below it one for these pins."""
    if given := environment.get("MODELYARD_TOOLS"):
        return Path(given) / fingerprint()
    home = environment.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "modelyard" / "tools" / fingerprint()


def find(name: str) -> Path | None:
    """The command, or None: a `pulumi` on PATH before one of ours, everything else from the cache.

    The control plane is taken in the pinned version only: schemas and policies depend on it.
    """
    if name == "pulumi" and (installed := shutil.which("pulumi")):
        return Path(installed)
    kept = folder() / name
    return kept if kept.is_file() else None


def missing(*names: str) -> str | None:
    """Why these cannot be used and how to get them, for a test to skip with; None if they can."""
    absent = [name for name in names if find(name) is None]
    return f"no {', '.join(absent)} here: {HOW}" if absent else None


def all_names() -> tuple[str, ...]:
    """The names of all commands that are pinned."""
    return tuple(tool.name for tool in pinned())
