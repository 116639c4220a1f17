"""What a blueprint asks for, before it has a place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelyard.plan.capability import Capability as C

if TYPE_CHECKING:
    from modelyard.blueprint.checks.finding import Path


@dataclass(frozen=True)
class Demand:
    """A capability, by which engine, on which site, and which key of the blueprint says so."""

    capability: C
    engine: str
    site: str
    path: Path
    because: str
    model: str | None = None
    """The model it is for; None when it is for the whole platform."""
    choices: tuple[str, ...] = ()
    """What the key may say instead; any engine of the capability when empty."""
    next: str = ""
    """What to do where it is not offered, if that is neither another engine nor another site."""
    far: str | None = None
    """The other site on which it stands, where only the way there is asked for."""
    to: str | None = None
    """Of a link's end: the site at the other one."""
