"""The platform's own certificate authority, by which its sites know each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pulumi import Output, Resource

    from modelyard.contracts.context import Context


@dataclass(frozen=True, kw_only=True)
class AuthorityArgs:
    context: Context


Pair = "Mapping[str, Output[str]]"
"""`tls.crt`, `tls.key` and `ca.crt`, as a Secret has them; all but the key are public."""


class Authority(Protocol):
    @property
    def certificate(self) -> Output[str]:
        """Its own certificate, by which others know what it has signed."""
        ...

    def server(
        self, name: str, hosts: Sequence[str], parent: Resource
    ) -> Mapping[str, Output[str]]:
        """A certificate for what answers under these host names, with its key."""
        ...

    def client(self, name: str, host: str, parent: Resource) -> Mapping[str, Output[str]]:
        """A certificate for who asks under this name, with its key."""
        ...


def site_name(context: Context, site: str) -> str:
    """What a site is called in its certificate: a name that nobody else can have."""
    return f"{site}.{context.scope}.internal"
