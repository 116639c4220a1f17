"""What really stands on a site, as the site itself tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from modelyard.blueprint.site import Site
    from modelyard.contracts.context import Context


class Deviation(StrEnum):
    """How what stands differs from what is planned."""

    MISSING = "missing"
    NOT_READY = "not ready"
    DRIFTED = "drifted"
    EXTRA = "extra"
    LEFT = "left behind"
    WAITING = "waiting"
    """Not ready, and not meant to be yet: a model that nobody has trained."""


@dataclass(frozen=True)
class Expected:
    """A planned resource as its site knows it."""

    urn: str
    type: str
    """Pulumi's type token."""
    name: str
    """What people call it: `Deployment acme-production/scorer`."""
    inputs: Mapping[str, Any]
    """Without any value that is secret."""
    id: str | None = None
    """What its provider calls it, where the engine has made it: names may not be known before."""


@dataclass(frozen=True)
class Found:
    """One deviation. `why` in words; for drift, the paths that differ."""

    deviation: Deviation
    name: str
    why: str
    urn: str | None = None


@dataclass(frozen=True, kw_only=True)
class InventoryArgs:
    """Which platform is looked for, and where."""

    site: Site
    context: Context


class Inventory(Protocol):
    """A look at a site. Raises NotReadyError where the site cannot be reached."""

    def compare(self, expected: Sequence[Expected]) -> Iterator[Found]:
        """What is missing, not ready, drifted or extra."""
        ...

    def left(self) -> Iterator[Found]:
        """What carries the platform's labels or tags, whether or not it is planned."""
        ...

    def reasons(self, expected: Expected) -> Iterable[str]:
        """Why a resource is not ready, in the site's own words."""
        ...
