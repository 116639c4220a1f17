"""The account or project of a cloud, and the provider of everything in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pulumi import ProviderResource

    from modelyard.blueprint.site import Site
    from modelyard.contracts.context import Context


@dataclass(frozen=True, kw_only=True)
class AccountArgs:
    context: Context
    site: Site


class Account(Protocol):
    @property
    def provider(self) -> ProviderResource:
        """The explicit provider of everything in this account; it refuses any other account."""
        ...
