"""Where metrics are kept outside the cluster, and rules are held against them once more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.site import Site
    from modelyard.contracts.cluster import Cluster
    from modelyard.contracts.context import Context


@dataclass(frozen=True, kw_only=True)
class MetricsArgs:
    context: Context
    site: Site
    blueprint: Blueprint
    cluster: Cluster


class Metrics(Protocol):
    def keep(self, groups: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        """Hold these alert rules, by group, against what arrives. Called once."""
        ...
