"""What runs in clusters that others made, and what it does: known by its workloads and groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from modelyard.catalog.sheet import rows, texts

_SHEET = Path(__file__).with_name("clusters.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPart:
    """A network or a load balancer of a cluster."""

    id: str
    name: str
    workloads: tuple[str, ...]
    """DaemonSets and Deployments that it is known by."""
    groups: tuple[str, ...]
    """API groups that it is known by."""
    enforces: Literal["yes", "no", "told"]
    """Whether a network keeps NetworkPolicies."""
    note: str
    source: str
    as_of: str
    confirmed: bool


@cache
def networks() -> Mapping[str, KnownPart]:
    """What connects pods."""
    return _parts("networks")


@cache
def balancers() -> Mapping[str, KnownPart]:
    """What gives Services of type LoadBalancer an address."""
    return _parts("balancers")


_KEPT: Mapping[bool | str, Literal["yes", "no", "told"]] = {
    True: "yes",
    False: "no",
    "told": "told",
}
"""What YAML makes of the words."""


def _parts(kind: str) -> Mapping[str, KnownPart]:
    return MappingProxyType({id: _part(id, row) for id, row in rows(_SHEET, kind).items()})


def _part(id: str, row: Mapping[str, Any]) -> KnownPart:
    return KnownPart(
        id=id,
        name=row["name"],
        workloads=texts(row["workloads"]),
        groups=texts(row["groups"]),
        enforces=_KEPT[row["enforces"]],
        note=row["note"],
        source=row["source"],
        as_of=str(row["as_of"]),
        confirmed=row["confirmed"],
    )
