"""What a change is of: the commit that it starts from, and the files that it touches."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from modelyard.blueprint.errors import ModelyardError, NotReadyError
from modelyard.cli.ci.platform import Platform
from modelyard.cli.revision import Repository

HEAD = "HEAD"


@dataclass(frozen=True)
class FileChange:
    """One file, by its path from the root of the repository."""

    path: str
    was: str | None
    """Its path before; None of a new one."""
    gone: bool = False


@dataclass(frozen=True)
class Change:
    """A change as a whole."""

    base: str
    """The commit that it starts from: the last in common with where it is to go."""
    called: str
    """What it goes to, in the words of who asked."""
    files: tuple[FileChange, ...]

    @property
    def start(self) -> str:
        return f"{self.called} ({self.base[:12]})"


def change_of(repository: Repository, platform: Platform, given: str | None) -> Change:
    """The change between a base and HEAD.

    Raises NotReadyError where no base is known, or where the clone does not reach back to it.
    """
    revisions = [given] if given else list(platform.bases())
    called, tip = _tip(repository, platform, revisions)
    base = _in_common(repository, platform, tip)
    return Change(base, called, tuple(_files(repository, base)))


def _tip(repository: Repository, platform: Platform, revisions: list[str]) -> tuple[str, str]:
    for revision in revisions:
        try:
            commit = repository.commit(revision)
        except ModelyardError:
            continue
        name = revision.removeprefix("refs/remotes/").removeprefix("refs/heads/")
        return (name[:12] if name == commit else name), commit
    if not revisions:
        raise NotReadyError(
            f"{platform.name} does not say what this change starts from. Next: give --base REV"
        )
    raise NotReadyError(
        f"none of {', '.join(revisions)} is in this clone. Next: {platform.deepen}, or give --base"
    )


def _in_common(repository: Repository, platform: Platform, tip: str) -> str:
    try:
        return repository.merge_base(tip, repository.commit(HEAD))
    except ModelyardError:
        shallow = repository.run("rev-parse", "--is-shallow-repository").strip() == b"true"
        why = "the clone is shallow" if shallow else "their histories are apart"
        then = platform.deepen if shallow else "give --base a commit of this history"
        raise NotReadyError(
            f"{tip[:12]} and HEAD have no commit in common: {why}. Next: {then}"
        ) from None


def _files(repository: Repository, base: str) -> Iterator[FileChange]:
    """Tree against tree: no filter of the repository's is run."""
    named = repository.run("diff-tree", "-r", "-z", "-M", "--name-status", base, HEAD)
    words = iter(os.fsdecode(word) for word in named.split(b"\0") if word)
    for status in words:
        path = next(words)
        match status[0]:
            case "A":
                yield FileChange(path, None)
            case "D":
                yield FileChange(path, path, gone=True)
            case "R":
                yield FileChange(next(words), path)
            case _:
                yield FileChange(path, path)
