"""What watches an account for intruders, leaks and vulnerable images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelyard.blueprint.site import Site
    from modelyard.contracts.context import Context


@dataclass(frozen=True, kw_only=True)
class DetectionArgs:
    context: Context
    site: Site
