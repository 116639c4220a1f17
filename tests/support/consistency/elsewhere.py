"""What a platform refers to and does not make."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

Wrong = Iterator[str]
"""What a rule finds, in words."""


@dataclass(frozen=True)
class Elsewhere:
    """Names that a blueprint declares to be there already: by `attach`, by `secret://`."""

    secrets: frozenset[str]
    namespaces: frozenset[str]
    names: frozenset[str]
    """Issuers, stores, gateways."""

    def keeps(self, secret: str) -> bool:
        """Whether somebody else keeps that Secret: as named, or one for each consumer of it."""
        return secret in self.secrets or any(secret.startswith(f"{s}-") for s in self.secrets)
