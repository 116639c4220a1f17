"""Retrieval: the store of the documents' vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.site import Site
    from modelyard.contracts.context import Context
    from modelyard.contracts.endpoint import Endpoint, Environment
    from modelyard.contracts.identity import WorkloadIdentity


@dataclass(frozen=True, kw_only=True)
class RagArgs:
    context: Context
    site: Site
    blueprint: Blueprint


class Rag(Protocol):
    @property
    def endpoint(self) -> Endpoint:
        """Where vectors are looked for."""
        ...

    def environment(self, workload: WorkloadIdentity, *, writes: bool = False) -> Environment:
        """What a workload needs to look vectors up, or to bring and remove them as well."""
        ...
