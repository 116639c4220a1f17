"""The bytes of a blueprint's file, or a plain refusal: a blueprint may come from a stranger."""

from __future__ import annotations

import os
import stat
from itertools import islice
from pathlib import Path

from modelyard.blueprint.errors import BlueprintError, Location, Problem, nearest, quoted

MAX_BYTES = 1024 * 1024
_SUFFIXES = (".yaml", ".yml")


def read_bytes(path: Path, root: Path | None = None) -> bytes:
    """What is in the file, at most MAX_BYTES. Raises BlueprintError.

    The file has to be a regular one and, links followed, lie under `root`, which is its own folder
    when left out.
    """
    try:
        real = _inside(path, root or path.parent)
        _regular(path, real.stat())
        return _content(path, real)
    except (OSError, ValueError, RuntimeError) as error:
        raise _refusal(path, error) from None


def _inside(path: Path, root: Path) -> Path:
    real = path.resolve(strict=True)
    repository = _repository(path)
    if repository and not real.is_relative_to(repository.resolve()):
        raise _error(
            path,
            f"is reached by a link that leaves {quoted(repository)}",
            "name the file where it is: a link would let it read what it should not",
        )
    if not real.is_relative_to(root.resolve()):
        raise _error(
            path,
            f"is a link to a file outside {quoted(root)}",
            "put the file itself in the folder: a link would let it read what it should not",
        )
    return real


def _repository(path: Path) -> Path | None:
    """The git repository that a path is written in, whatever is a link on the way."""
    above = Path(os.path.abspath(path)).parents
    return next((folder for folder in above if (folder / ".git").exists()), None)


def _regular(path: Path, found: os.stat_result) -> None:
    """Looked at before opening: to open a pipe can wait for ever, to open a device can act."""
    if stat.S_ISDIR(found.st_mode):
        names = _blueprints_in(path)
        raise _error(path, "is a folder, not a file", _name_one(path, names), tuple(names))
    if not stat.S_ISREG(found.st_mode):
        raise _error(path, "is not a regular file", "give a YAML file")
    if found.st_size > MAX_BYTES:
        raise _error(
            path,
            f"is {found.st_size:,} bytes long; a blueprint has at most {MAX_BYTES:,}",
            "check that this is the right file, or write one blueprint for each team",
        )


def _content(path: Path, real: Path) -> bytes:
    flags = os.O_RDONLY
    for name in ("O_CLOEXEC", "O_NONBLOCK", "O_NOFOLLOW", "O_BINARY"):
        flags |= getattr(os, name, 0)
    with open(os.open(real, flags), "rb") as file:
        _regular(path, os.fstat(file.fileno()))  # it may have been exchanged since
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise _error(path, f"is longer than {MAX_BYTES:,} bytes", "check that this is the file")
    return content


def _refusal(path: Path, error: OSError | ValueError | RuntimeError) -> BlueprintError:
    if isinstance(error, FileNotFoundError):
        return _missing(path)
    if isinstance(error, PermissionError):
        return _error(path, "may not be read by you", f"chmod u+r {path}, or ask its owner")
    if isinstance(error, NotADirectoryError):
        return _error(path, "leads through something that is not a folder", "check the path")
    if isinstance(error, OSError) and error.strerror:
        return _error(path, f"cannot be read: {error.strerror.lower()}", "check the path")
    return _error(path, "is not a usable file name, or a link to itself", "check the path")


def _missing(path: Path) -> BlueprintError:
    if not path.parent.is_dir():
        return _error(path, f"is not there, nor is the folder {quoted(path.parent)}", "check it")
    if path.is_symlink():
        return _error(path, "is a link to nothing", "put the file itself in its place")
    names = _blueprints_in(path.parent)
    close = nearest(path.name, names)
    return _error(path, "is not there", _name_one(path.parent, names), tuple(names), close)


def _name_one(folder: Path, names: list[str]) -> str:
    return (
        "name one of the files in its folder" if names else f"write a blueprint in {quoted(folder)}"
    )


def _blueprints_in(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            files = islice(entries, 1000)
            return sorted(entry.name for entry in files if entry.name.endswith(_SUFFIXES))
    except OSError:
        return []


def _error(
    path: Path, what: str, then: str, allowed: tuple[str, ...] = (), close: str | None = None
) -> BlueprintError:
    where = Location(str(path), 1, 1)
    return BlueprintError([Problem(where, "", f"the file {what}", allowed, close, then)])
