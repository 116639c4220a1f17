"""What the engine knows to be deployed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modelyard.recorder.urn import STACK_TYPE


@dataclass(frozen=True, slots=True)
class Deployed:
    """A resource of the state."""

    urn: str
    type: str
    custom: bool
    parent: str | None
    protect: bool
    id: str | None = None
    """What its provider calls it."""

    @property
    def name(self) -> str:
        """The logical name."""
        return self.urn.rpartition("::")[2]


@dataclass(frozen=True)
class State:
    """The resources of a stack in the engine's order, without the root, and what was cut off."""

    resources: tuple[Deployed, ...]
    interrupted: tuple[str, ...]
    """URNs of what was being made, changed or deleted when the last run was killed."""

    @classmethod
    def of(cls, deployment: Mapping[str, Any] | None) -> State:
        """Read the `deployment` of an exported stack."""
        content = deployment or {}
        resources = tuple(
            _deployed(resource)
            for resource in content.get("resources") or []
            if resource["type"] != STACK_TYPE and not resource.get("delete")
        )
        pending = content.get("pending_operations") or []
        return cls(resources, tuple(operation["resource"]["urn"] for operation in pending))

    @property
    def empty(self) -> bool:
        return not self.resources and not self.interrupted


def _deployed(resource: Mapping[str, Any]) -> Deployed:
    return Deployed(
        urn=resource["urn"],
        type=resource["type"],
        custom=resource["custom"],
        parent=resource.get("parent"),
        protect=resource.get("protect", False),
        id=resource.get("id"),
    )
