"""The keys under which everything rests, one for each purpose."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pulumi import Input

    from modelyard.blueprint.site import Site
    from modelyard.contracts.context import Context


class Encrypts(StrEnum):
    """What a key encrypts: whoever may use one may read no other."""

    DATA = "data"
    """Buckets, databases, caches, volumes."""
    SECRETS = "secrets"
    """Secrets of the cluster and those kept outside it."""
    LOGS = "logs"
    """Logs, metrics, the audit trail and notifications."""


@dataclass(frozen=True, kw_only=True)
class KmsArgs:
    context: Context
    site: Site


class Kms(Protocol):
    def key(self, purpose: Encrypts) -> Input[str]:
        """The key's full name, as the cloud's other services take it (on AWS: its ARN)."""
        ...
