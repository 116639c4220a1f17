"""Groups of regions, as policies on locations name them.

Source: Resource Manager guide, restricting resource locations, value groups; read 2026-11-26.
"""

from __future__ import annotations

CONTINENTS = {
    "africa": ("africa",),
    "asia": ("asia",),
    "australia": ("australia",),
    "europe": ("europe",),
    "me": ("me",),
    "northamerica": ("northamerica", "us"),
    "southamerica": ("southamerica",),
    "us": ("us",),
}
"""Groups, and what the names of their regions begin with."""
OUTSIDE_EU = ("europe-west2", "europe-west6")
"""Europe's regions that are not in the European Union: London and Zurich."""


def within(region: str, value: str) -> bool | None:
    """Whether a value of a policy takes in a region; None for a group that is not known here."""
    value = value.removeprefix("is:")
    if not value.startswith("in:"):
        return value == region
    group = value.removeprefix("in:").removesuffix("-locations")
    if group == region:
        return True
    if group == "eu":
        return region.startswith("europe-") and region not in OUTSIDE_EU
    if group in CONTINENTS:
        return region.partition("-")[0] in CONTINENTS[group]
    return False if group[-1:].isdigit() or group == "global" else None
