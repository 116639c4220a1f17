"""How data come in: streams of events, or workflows that fetch them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from modelyard.blueprint.data_plane import Ingestion as IngestionSection
    from modelyard.blueprint.site import Site
    from modelyard.contracts.context import Context
    from modelyard.contracts.endpoint import Endpoint, Environment
    from modelyard.contracts.identity import WorkloadIdentity


@dataclass(frozen=True, kw_only=True)
class IngestionArgs:
    context: Context
    site: Site
    settings: IngestionSection


class Streams(Protocol):
    """What an engine with streams gives back."""

    @property
    def endpoint(self) -> Endpoint:
        """Where clients begin: NetworkPolicies open the way to it."""
        ...

    def environment(
        self, workload: WorkloadIdentity, *, reads: Sequence[str] = (), writes: Sequence[str] = ()
    ) -> Environment:
        """What a client in that workload needs, and the right to these streams and no others."""
        ...
