"""One thing that a platform takes from outside: an image, a chart, or a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Self

from modelyard.blueprint.errors import ModelyardError


class AirgapError(ModelyardError):
    """What cannot be copied as it is, or a folder that must not be written over."""

    @classmethod
    def of_two(cls, one: str, other: str, copy: str) -> Self:
        """Two things whose copies would be one: a mirror keeps paths and tags, not registries."""
        next = "Next: give one of them another path or tag, and name that in the blueprint"
        return cls(f"{one} and {other} would both be {copy}. {next}")


class Kind(StrEnum):
    IMAGE = "image"
    CHART = "chart"
    MODEL = "model"


@dataclass(frozen=True, kw_only=True)
class Item:
    """Where it is outside and where its copy belongs, with what is known of it."""

    kind: Kind
    reference: str
    """Of an image, with registry and tag; of a model, `hf://ORG/NAME`; of a chart, its address."""
    inside: str
    """Where the copy belongs."""
    name: str
    """What it is called there: path and tag of an image, name of a chart, folder of a model."""
    version: str = ""
    """Of a chart; of a model, its revision."""
    repository: str = ""
    """Of a chart that comes from an index."""
    file: str = ""
    """Of a model, the one file that its engine reads; all that engines read when empty."""
    everything: bool = False
    """Whether all files of a model are copied, for code that may read any of them."""
    digest: str | None = None
    bytes: int | None = None
    """Size as far as it is known: of a model's weights."""
    licence: str = ""
    gated: bool = False
    by_system: bool = False
    """Whether the operating system of a node completes the tag."""
    used_by: tuple[str, ...] = ()
    note: str = ""

    @property
    def copied(self) -> bool:
        """Whether there is anything to copy: what is inside already is only listed."""
        return self.reference != self.inside

    def joined(self, other: Item) -> Item:
        """The same thing, used by whoever uses either."""
        return replace(
            self,
            used_by=tuple(sorted({*self.used_by, *other.used_by})),
            everything=self.everything or other.everything,
        )

    def json(self) -> Mapping[str, Any]:
        """Every field that says something; digest and size say when they are not known."""
        fields = {
            "kind": str(self.kind),
            "reference": self.reference,
            "inside": self.inside,
            "version": self.version,
            "repository": self.repository,
            "file": self.file,
            "licence": self.licence,
            "gated": self.gated,
            "by_system": self.by_system,
            "note": self.note,
            "used_by": list(self.used_by),
        }
        told = {key: value for key, value in fields.items() if value}
        return {**told, "digest": self.digest, "bytes": self.bytes}
