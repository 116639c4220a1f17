"""The private network of a cloud site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pulumi import Input

    from modelyard.blueprint.site import Site
    from modelyard.contracts.context import Context


@dataclass(frozen=True, kw_only=True)
class VpcArgs:
    context: Context
    site: Site


class Vpc(Protocol):
    @property
    def id(self) -> Input[str]: ...

    @property
    def cidr(self) -> Input[str]: ...

    @property
    def private_subnets(self) -> Sequence[Input[str]]:
        """Where nodes, databases and endpoints are: one for each zone."""
        ...

    @property
    def public_subnets(self) -> Sequence[Input[str]]:
        """Where public load balancers are; empty without a way to the internet."""
        ...
