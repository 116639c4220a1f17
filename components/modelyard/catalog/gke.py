"""What is known of Google Kubernetes Engine: the versions of the channel that clusters are on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from modelyard.catalog.sheet import content

_SHEET = Path(__file__).with_name("gke.yaml")


@dataclass(frozen=True)
class Gke:
    """The sheet."""

    channel: str
    """Release channel, as the API spells it."""
    default: str
    """The Kubernetes version of a cluster whose blueprint names none."""
    ends: Mapping[str, date]
    """By version, the end of standard support."""


@cache
def gke() -> Gke:
    """What the catalog knows of GKE."""
    sheet = content(_SHEET)
    return Gke(
        channel=sheet["channel"],
        default=sheet["default"],
        ends={version: row["ends"] for version, row in sheet["versions"].items()},
    )
