"""The record of who did what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelyard.blueprint.site import Site
    from modelyard.contracts.context import Context


@dataclass(frozen=True, kw_only=True)
class AuditLogArgs:
    context: Context
    site: Site
