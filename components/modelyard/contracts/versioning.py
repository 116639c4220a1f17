"""Where data under version control are kept, and who may bring new versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.site import Site
    from modelyard.contracts.context import Context
    from modelyard.contracts.object_store import ObjectStore


@dataclass(frozen=True, kw_only=True)
class VersioningArgs:
    context: Context
    site: Site
    blueprint: Blueprint
    object_store: ObjectStore


class Versioning(Protocol):
    @property
    def address(self) -> str:
        """The remote: `s3://bucket/prefix`."""
        ...
