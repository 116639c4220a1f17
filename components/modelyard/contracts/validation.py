"""What is held against data before anybody trains on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.site import Site
    from modelyard.contracts.context import Context
    from modelyard.contracts.object_store import ObjectStore


@dataclass(frozen=True, kw_only=True)
class ValidationArgs:
    context: Context
    site: Site
    blueprint: Blueprint
    object_store: ObjectStore
