"""What is known of Amazon EKS: its versions, its add-ons, and what its nodes run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from modelyard.catalog.sheet import content

_SHEET = Path(__file__).with_name("eks.yaml")


@dataclass(frozen=True)
class Eks:
    """The sheet."""

    default: str
    """The Kubernetes version of a cluster whose blueprint names none."""
    ends: Mapping[str, date | None]
    """By version, the end of standard support; None where nobody has said it yet."""
    addons: Mapping[str, Mapping[str, str]]
    """By add-on, its version by Kubernetes version."""
    bottlerocket: str
    """Version of the nodes' operating system, as Karpenter's alias has it."""

    def addon(self, name: str, version: str) -> str | None:
        """The pinned version of an add-on; None for EKS's own default."""
        return self.addons[name].get(version)


@cache
def eks() -> Eks:
    """What the catalog knows of EKS."""
    sheet = content(_SHEET)
    return Eks(
        default=sheet["default"],
        ends={version: row["ends"] for version, row in sheet["versions"].items()},
        addons={name: row["versions"] for name, row in sheet["addons"].items()},
        bottlerocket=str(sheet["bottlerocket"]),
    )
