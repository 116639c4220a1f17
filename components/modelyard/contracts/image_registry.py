"""Where the images of the platform come from; `Cluster.image` gives their names there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelyard.blueprint.site import Site
    from modelyard.contracts.context import Context


@dataclass(frozen=True, kw_only=True)
class ImageRegistryArgs:
    context: Context
    site: Site
