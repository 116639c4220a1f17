"""Something that is paid for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from modelyard.plan.capability import Capability


@dataclass(frozen=True)
class Monthly:
    """US dollars a month, at the fewest replicas and at the most."""

    minimum: float = 0.0
    maximum: float = 0.0

    def __add__(self, other: Monthly) -> Monthly:
        return Monthly(self.minimum + other.minimum, self.maximum + other.maximum)

    def __mul__(self, share: float) -> Monthly:
        return Monthly(self.minimum * share, self.maximum * share)

    def json(self) -> Mapping[str, float]:
        return {"minimum": round(self.minimum, 2), "maximum": round(self.maximum, 2)}


@dataclass(frozen=True)
class Item:
    """Something that is paid for, and by what it is counted."""

    site: str
    capability: Capability
    model: str | None
    monthly: Monthly
    item: str
    """Item of the price list, or the kind of machine that a model runs on."""


@dataclass(frozen=True)
class Rate:
    """Something that is billed by use, or by a number that a blueprint does not tell."""

    site: str
    capability: Capability
    model: str | None
    item: str
    """Item of the price list."""
    what: str
    """How the provider calls it."""
    rate: str
    """`$0.023 per GB-month`; `about` so much where nobody confirmed the price."""

    def json(self) -> Mapping[str, str | None]:
        return {**vars(self), "capability": str(self.capability)}
