"""A blueprint as it was written: plain data, and the place of every piece of it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path as FilePath
from typing import Any

from modelyard.blueprint.errors import Location
from modelyard.blueprint.loading.node import Node, Path
from modelyard.blueprint.loading.parsing import parse_bytes
from modelyard.blueprint.loading.reading import read_bytes


@dataclass(frozen=True)
class Document:
    """One YAML file, or several merged; positions survive the merge."""

    root: Node

    @cached_property
    def data(self) -> dict[str, Any]:
        """Plain dicts, lists and scalars, for a validator."""
        return self.root.plain()

    def locate(self, path: Path, *, key: bool = False) -> Location:
        """Where the value (or the key) at `path` stands, or else the nearest thing around it."""
        return self.root.locate(path, key=key)

    def scalar_text(self, path: Path) -> str | None:
        """What was written for an unquoted scalar: `1.30` where the data hold 1.3."""
        node = self.root.find(path)
        return node.text if node else None

    def dotted(self, path: Path) -> str:
        """The path in words: `models[fraud-scorer].serve`."""
        return self.root.dotted(path)


def parse(content: str | bytes, file: str = "blueprint") -> Document:
    """A document from YAML 1.2 text. Raises BlueprintError with every problem found."""
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    return Document(parse_bytes(data, file))


def read(path: str | os.PathLike[str], *, root: FilePath | None = None) -> Document:
    """The document in a file that lies under `root` (its own folder, when left out).

    Raises BlueprintError, with every problem found.
    """
    return Document(parse_bytes(read_bytes(FilePath(path), root), os.fspath(path)))
