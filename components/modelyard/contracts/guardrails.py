"""Checks on what goes into language models and what comes out of them."""

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
class GuardrailsArgs:
    context: Context
    site: Site
    blueprint: Blueprint


class Guardrails(Protocol):
    @property
    def endpoint(self) -> Endpoint:
        """Where they are asked."""
        ...

    def environment(self, workload: WorkloadIdentity) -> Environment:
        """What a workload needs to have text checked, and the right to it."""
        ...
