"""Container images by id, for what is deployed without a chart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from modelyard.catalog.sheet import entry, rows, texts

_SHEET = Path(__file__).with_name("images.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One image at one tag.

    `user` is the uid it can run as, None if it must be root. `writable` are the paths that need a
    volume under a read-only root file system. `port` is the main one, None for a command.
    """

    id: str
    repository: str
    tag: str
    digest: str | None
    port: int | None
    user: int | None
    writable: tuple[str, ...]
    licence: str
    note: str
    source: str
    as_of: str
    confirmed: bool

    @property
    def reference(self) -> str:
        """What a pod names: the tag, and the digest, which then decides, where one is known."""
        tagged = f"{self.repository}:{self.tag}"
        return f"{tagged}@{self.digest}" if self.digest else tagged


@cache
def images() -> Mapping[str, Image]:
    """Every image by id."""
    return MappingProxyType(
        {key: _image(key, row) for key, row in rows(_SHEET, "images").items()},
    )


def image(id: str) -> Image:
    """The image of an id. Raises KeyError, naming the ids there are, if there is none."""
    return entry(images(), id, "image")


def _image(id: str, row: Mapping[str, Any]) -> Image:
    return Image(
        id=id,
        repository=row["repository"],
        tag=str(row["tag"]),
        digest=row["digest"],
        port=row["port"],
        user=row["user"],
        writable=texts(row["writable"]),
        licence=row["licence"],
        note=row["note"],
        source=row["source"],
        as_of=str(row["as_of"]),
        confirmed=row["confirmed"],
    )
