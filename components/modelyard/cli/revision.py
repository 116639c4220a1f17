"""A blueprint as it was at a revision of its git repository.

Git is asked for the one object that is the file, by its id: no filter, no text conversion and no
hook runs, and nothing outside of the repository is read.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from modelyard.blueprint.errors import ModelyardError, NotReadyError, one_line, quoted
from modelyard.blueprint.loading.document import Document, parse
from modelyard.blueprint.loading.reading import MAX_BYTES

_PLAIN_FILES = ("100644", "100755")
_SECONDS = 60
_ENVIRONMENT = {
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
_ELSEWHERE = (
    *("GIT_DIR", "GIT_COMMON_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"),
    *("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE"),
)
"""What a hook of another repository would have us look at."""
_SETTINGS = (
    *("-c", "core.fsmonitor=false"),
    # Folders of a branch may be a repository themselves, with settings and a history of their own.
    *("-c", "safe.bareRepository=explicit"),
)


@dataclass(frozen=True)
class Repository:
    """The repository that a blueprint is in."""

    root: Path
    path: str
    """Of the blueprint, from the root, as git has it."""

    @classmethod
    def of(cls, blueprint: Path) -> Repository:
        """The repository around a blueprint, which need not be there any more.

        Raises NotReadyError without git, ModelyardError where there is no repository.
        """
        folder = blueprint.parent.resolve()
        if not folder.is_dir():
            raise ModelyardError(f"the folder {quoted(folder)} is not there. Next: check the path")
        done = _git(folder, "rev-parse", "--show-toplevel")
        if done.returncode:
            raise ModelyardError(
                f"{quoted(blueprint)} is in no git repository ({_reason(done)}). "
                "Next: run it inside of one; `diff` also takes two blueprints"
            )
        root = Path(os.fsdecode(done.stdout.rstrip(b"\n"))).resolve()
        real = folder / blueprint.name
        if real.is_symlink() or not real.is_relative_to(root):
            raise ModelyardError(
                f"{quoted(blueprint)} is a link, or outside of the repository. Next: name the file"
            )
        return cls(root, real.relative_to(root).as_posix())

    def commit(self, revision: str) -> str:
        """The commit that a revision means. Raises ModelyardError if it means none."""
        if revision.startswith("-") or not revision.isprintable():
            raise ModelyardError(
                f"{quoted(revision)} is no revision. Next: name a branch or commit"
            )
        wanted = f"{revision}^{{commit}}"
        done = _git(self.root, "rev-parse", "--verify", "--quiet", "--end-of-options", wanted)
        if done.returncode:
            raise ModelyardError(
                f"there is no revision {quoted(revision)} in {quoted(self.root)}. "
                "Next: see `git log`, or fetch it: clones of a pipeline are often shallow"
            )
        return done.stdout.decode("ascii").strip()

    def merge_base(self, one: str, other: str) -> str:
        """The last commit that two have in common. Raises ModelyardError if there is none."""
        done = _git(self.root, "merge-base", one, other)
        if done.returncode:
            raise ModelyardError(
                f"{one[:12]} and {other[:12]} have no commit in common. "
                "Next: fetch more of the history"
            )
        return done.stdout.decode("ascii").strip()

    def document(self, commit: str, label: str) -> Document | None:
        """The blueprint at a commit; None if there was none.

        Raises ModelyardError for a link or what is too long, BlueprintError for what is no YAML.
        """
        content = self.content(commit, self.path, label)
        return None if content is None else parse(content, label)

    def content(self, commit: str, path: str, label: str) -> bytes | None:
        """What is in a file at a commit; None if there was none. Raises as `document` does."""
        listed = self.run("ls-tree", "-z", "--full-tree", commit, "--", path)
        entry = next((each for each in listed.split(b"\0") if each), None)
        if entry is None:
            return None
        mode, kind, id = entry.partition(b"\t")[0].decode("ascii").split()
        if kind != "blob" or mode not in _PLAIN_FILES:
            raise ModelyardError(f"{quoted(label)} is a link or a folder, not a file")
        if int(self.run("cat-file", "-s", id)) > MAX_BYTES:
            raise ModelyardError(f"{quoted(label)} is longer than {MAX_BYTES:,} bytes")
        return self.run("cat-file", "blob", id)

    def run(self, *arguments: str) -> bytes:
        """What git says to a question. Raises NotReadyError where it has no answer."""
        done = _git(self.root, *arguments)
        if done.returncode:
            raise NotReadyError(f"git cannot read {quoted(self.path)}: {_reason(done)}")
        return done.stdout


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = ["git", *_SETTINGS, "--no-pager", "-C", str(folder), *arguments]
    kept = {key: value for key, value in os.environ.items() if key not in _ELSEWHERE}
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={**kept, **_ENVIRONMENT},
            timeout=_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise NotReadyError("there is no `git` command. Next: install git") from None
    except subprocess.TimeoutExpired:
        raise NotReadyError(f"git did not answer in {_SECONDS} seconds") from None


def _reason(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return one_line(lines[0].removeprefix("fatal: ")) if lines else f"exit code {done.returncode}"
