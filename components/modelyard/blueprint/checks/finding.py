"""What a check says of a blueprint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Finding:
    """Something in a blueprint that cannot stand, or should not."""

    path: Path
    """Keys and list positions that lead to it."""
    what: str
    next: str
    """What to do about it."""
    allowed: tuple[str, ...] = ()
    severity: Literal["error", "warning"] = "error"
    written: str | None = None
    """What was written, where it is a key and not the value at the path."""


Findings = Iterator[Finding]
