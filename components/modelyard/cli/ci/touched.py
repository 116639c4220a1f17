"""The blueprints that a change touches: themselves, or something that they depend on."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path, PurePosixPath

import modelyard
from modelyard.blueprint.errors import BlueprintError, ModelyardError
from modelyard.blueprint.loading.document import Document, parse
from modelyard.blueprint.loading.reading import MAX_BYTES, read_bytes
from modelyard.cli.ci.changes import Change, FileChange
from modelyard.cli.revision import Repository
from modelyard.policies.organisation import FILE

CODE = (
    *("pyproject.toml", "uv.lock", "poetry.lock", "pdm.lock", "requirements*.txt"),
    *("Pulumi.yaml", "Pulumi.*.yaml", "stacks/*"),
)
"""What every blueprint of a repository depends on, beside the package where that is in it."""
_SUFFIXES = (".yaml", ".yml")
_KEY = re.compile(rb"""(?m)^(?:\xef\xbb\xbf)?["']?modelyard["']?[ \t]*:""")
"""The version, without which nothing is a blueprint."""


@dataclass(frozen=True)
class Touched:
    """A blueprint and why it is looked at."""

    path: str
    was: str | None
    """Its path at the base; None where it was not there."""
    reasons: tuple[str, ...]
    gone: bool = False


@dataclass(frozen=True)
class Scope:
    """Where blueprints are looked for, and what they are judged by."""

    repository: Repository
    under: tuple[str, ...]
    """Files and folders from the root; everywhere where there are none."""
    policies: str | None
    """The organisation's file that takes the place of those that are found, from the root."""

    def blueprints(self, changed: Container[str] = ()) -> Iterator[str]:
        """Those that are tracked, in order; what is changed is looked at more closely."""
        listed = self.repository.run("ls-files", "-z")
        names = {os.fsdecode(name) for name in listed.split(b"\0") if name}
        inside = filter(self._in, sorted(names))
        yield from (name for name in inside if self._is_one(name, changed))

    def was_one(self, path: str, commit: str) -> bool:
        """Was there a blueprint in a file that is gone? One that cannot be read may have been."""
        if not self._in(path):
            return False
        try:
            found = self._at(commit, path)
        except ModelyardError:
            return True
        return found is not None and _has_version(found)

    def parted(self, change: Change) -> Change:
        """Git takes files that are alike for one that moved; another name is another platform."""
        files = tuple(each for moved in change.files for each in self._parted(moved, change.base))
        return replace(change, files=files)

    def _parted(self, moved: FileChange, commit: str) -> Iterator[FileChange]:
        old = moved.was
        if old in (None, moved.path) or not self._in(moved.path) or self._same(moved, commit):
            yield moved
            return
        yield FileChange(moved.path, None)
        yield FileChange(str(old), old, gone=True)

    def _same(self, moved: FileChange, commit: str) -> bool:
        try:
            now = parse(read_bytes(self.repository.root / moved.path))
            was = self._at(commit, str(moved.was))
        except ModelyardError:
            return False
        return was is not None and _name(now) == _name(was)

    def _at(self, commit: str, path: str) -> Document | None:
        return replace(self.repository, path=path).document(commit, path)

    def _in(self, path: str) -> bool:
        inside = not self.under or any(
            path == each or path.startswith(f"{each}/") or each == "." for each in self.under
        )
        return inside and path.endswith(_SUFFIXES)

    def _is_one(self, path: str, changed: Container[str]) -> bool:
        """A file that is named is one, whatever is in it; a key can be written in many ways."""
        if path in self.under:
            return True
        content = _content(self.repository.root / path, path in changed)
        return bool(_KEY.search(content)) or (path in changed and _says_version(content))


def _content(file: Path, changed: bool) -> bytes:
    """A link is followed where it is new, and as far as the file can be deployed."""
    if not file.is_symlink():
        return _begin(file) if file.is_file() else b""
    try:
        return read_bytes(file) if changed else b""
    except BlueprintError:
        return b""


def _begin(file: Path) -> bytes:
    with open(file, "rb") as content:
        return content.read(MAX_BYTES)


def _says_version(content: bytes) -> bool:
    try:
        return _has_version(parse(content))
    except BlueprintError:
        return False


def _name(document: Document) -> object:
    node = document.root.child("name")
    return node and node.value


def _has_version(document: Document) -> bool:
    return document.root.child("modelyard") is not None


def touched(scope: Scope, change: Change, everything: bool = False) -> list[Touched]:
    """Every blueprint that a change touches, with its reasons, by path."""
    change = scope.parted(change)
    causes = Causes(scope, change)
    found = [
        Touched(path, causes.was(path), reasons)
        for path in scope.blueprints(causes.files)
        if (reasons := tuple(causes.of(path)) or (("asked for",) if everything else ()))
    ]
    found += [
        Touched(each.path, each.was, ("removed",), gone=True)
        for each in change.files
        if each.gone and scope.was_one(each.path, change.base)
    ]
    return sorted(found, key=lambda each: each.path)


@dataclass(frozen=True)
class Causes:
    """What in a change touches a blueprint."""

    scope: Scope
    change: Change

    def was(self, path: str) -> str | None:
        found = self.files.get(path)
        return found.was if found else path

    def of(self, path: str) -> Iterator[str]:
        """The reasons to look at one blueprint, the nearest first."""
        if found := self.files.get(path):
            yield _itself(found)
        yield from (f"preset {name}" for name in self._presets if name == self._preset_of(path))
        yield from (f"policies in {file}" for file in self.policies if self._binds(file, path))
        if self.code:
            first, *others = self.code
            yield f"code: {first}{f' and {len(others)} more' if others else ''}"

    @cached_property
    def code(self) -> tuple[str, ...]:
        """Files that every blueprint depends on."""
        return tuple(self._files(lambda path: _in_package(path, self._package) or _is_code(path)))

    @cached_property
    def package(self) -> str | None:
        """The package's folder, where the code in it, or a preset, is another than it was."""
        folder = self._package
        return folder if any(self._files(lambda path: _in(path, folder))) else None

    @cached_property
    def files(self) -> dict[str, FileChange]:
        return {each.path: each for each in self.change.files if not each.gone}

    @cached_property
    def _package(self) -> str | None:
        """The folder of this package, where the repository has it."""
        folder = Path(modelyard.__file__).resolve().parent
        root = self.scope.repository.root
        return folder.relative_to(root).as_posix() if folder.is_relative_to(root) else None

    @cached_property
    def policies(self) -> tuple[str, ...]:
        """The organisation's files."""
        given, name = self.scope.policies, lambda path: PurePosixPath(path).name
        return tuple(self._files(lambda path: path == given if given else name(path) == FILE))

    @cached_property
    def _presets(self) -> tuple[str, ...]:
        folder = f"{self._package}/blueprint/presets"
        named = self._files(lambda path: _in(path, folder) and path.endswith(".yaml"))
        return tuple(PurePosixPath(path).stem for path in named) if self._package else ()

    def _binds(self, file: str, path: str) -> bool:
        folder = PurePosixPath(file).parent
        return bool(self.scope.policies) or PurePosixPath(path).is_relative_to(folder)

    def _preset_of(self, path: str) -> str | None:
        """The preset of a blueprint; of one that cannot be read, none: it is told when reviewed."""
        try:
            document = parse(read_bytes(self.scope.repository.root / path), path)
        except BlueprintError:
            return None
        node = document.root.child("preset")
        return str(node.value) if node else None

    def _files(self, wanted: Callable[[str], bool]) -> Iterator[str]:
        for each in self.change.files:
            paths = dict.fromkeys(path for path in (each.path, each.was) if path)
            yield from (path for path in paths if wanted(path))


def _itself(found: FileChange) -> str:
    if found.was is None:
        return "new"
    return "changed" if found.was == found.path else f"moved from {found.was}"


def _is_code(path: str, patterns: Sequence[str] = CODE) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in patterns)


def _in_package(path: str, package: str | None) -> bool:
    """Presets are data of those blueprints alone that name them."""
    return _in(path, package) and not _in(path, f"{package}/blueprint/presets")


def _in(path: str, folder: str | None) -> bool:
    return folder is not None and path.startswith(f"{folder}/")
