"""What a report says first: one figure, and whether it is good news."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelyard.plan.item import Monthly


class Tone(StrEnum):
    PLAIN = "plain"
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True)
class Fact:
    """`Cost: $5,840 to $11,680 a month`."""

    about: str
    figure: str
    more: str = ""
    tone: Tone = Tone.PLAIN


def dollars(monthly: Monthly) -> str:
    """`$5,840 to $11,680`; whole dollars, for a first look."""
    low, high = f"${monthly.minimum:,.0f}", f"${monthly.maximum:,.0f}"
    return low if low == high else f"{low} to {high}"
