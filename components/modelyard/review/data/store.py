"""A place where data rest, whose key it has, and how it is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelyard.policies.rule import true
from modelyard.review.data.kept import KEPT
from modelyard.review.view import View, readable

if TYPE_CHECKING:
    from modelyard.recorder import Resource

_RDS = "aws:rds/instance:Instance"
_REDIS = "aws:elasticache/replicationGroup:ReplicationGroup"
_KEY_TYPES = ("aws:kms/key:Key", "gcp:kms/cryptoKey:CryptoKey", "gcp:kms/keyHandle:KeyHandle")

PLATFORM, ATTACHED, PROVIDER, NONE, UNKNOWN = "platform", "attached", "provider", "none", "unknown"

_UNENCRYPTED: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "aws:sns/topic:Topic": lambda inputs: True,
    "aws:sqs/queue:Queue": lambda inputs: inputs.get("sqsManagedSseEnabled") is False,
    _RDS: lambda inputs: not true(inputs.get("storageEncrypted")),
    _REDIS: lambda inputs: not true(inputs.get("atRestEncryptionEnabled")),
}
"""What is not encrypted where no key is named; the rest is, by the provider's own keys."""


@dataclass(frozen=True)
class Store:
    """A place where data rest."""

    site: str
    kind: str
    """`bucket`, `database`, `volume`, ..."""
    name: str
    region: str
    key: str
    """Of the platform's keys the purpose, of others the address; empty where none is named."""
    owner: str
    """Whose key: `platform`, `attached`, `provider`; `none` if not encrypted, or `unknown`."""
    kept: tuple[str, ...]
    """What keeps them from being lost or changed."""
    urn: str | None

    def json(self) -> Mapping[str, Any]:
        """For machines; the keys are a contract."""
        return {
            "site": self.site,
            "kind": self.kind,
            "name": self.name,
            "region": self.region,
            "key": self.key,
            "owner": self.owner,
            "kept": list(self.kept),
            "urn": self.urn,
        }


def made(view: View, it: Resource, kind: str, key: str, owner: str, name: str = "") -> Store:
    site = view.site(it)
    kept = [*(KEPT[it.type](view, it) if it.type in KEPT else ())]
    if it.protect:
        kept.append("protected")
    title = readable(name or it.name)
    return Store(site, kind, title, _region(view, it, site), key, owner, tuple(kept), it.urn)


def _region(view: View, it: Resource, site: str) -> str:
    own = it.inputs.get("location") or it.inputs.get("region")
    return str(own).lower() if isinstance(own, str) and own else view.region(site)


def key_of(view: View, it: Resource, named: Any) -> tuple[str, str]:
    """A key and whose it is."""
    if not named:
        bare = _UNENCRYPTED.get(it.type, lambda inputs: False)(it.inputs)
        return "", NONE if bare else PROVIDER
    text = readable(named)
    for key in (k for token in _KEY_TYPES for k in view.graph.of_type(token)):
        if key.name == text:
            return _purpose(view, key), ATTACHED if key.external else PLATFORM
    managed = "alias/aws/" in text or text.startswith("aws/")
    return text, PROVIDER if managed else ATTACHED


def _purpose(view: View, key: Resource) -> str:
    """`data` of `fraud-kms-data`."""
    return key.name.rpartition("-kms-")[2] or key.name
