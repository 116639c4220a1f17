"""What every part of a platform knows of the whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from modelyard.plan.tags import DOMAIN, Tags, label_value

if TYPE_CHECKING:
    from pulumi import Resource


class Purpose(StrEnum):
    """Why a namespace exists. Training never runs where production does."""

    PLATFORM = "platform"
    TRAINING = "training"
    PRODUCTION = "production"


@dataclass(frozen=True, kw_only=True)
class Context:
    """The platform's name, its tags, and how careful it has to be."""

    platform: str
    environment: str | None
    tags: Tags
    cost_center: str | None
    compliance: tuple[str, ...]
    sensitive: bool
    """Whether data are confidential or restricted, or a compliance profile is asked for."""
    protect: bool
    """Whether stateful parts refuse to be destroyed."""

    @property
    def scope(self) -> str:
        """Name of what belongs to a whole cluster, beside other platforms and environments."""
        return "-".join(part for part in (self.platform, self.environment) if part)[:50].rstrip("-")

    def labels(self, component: str, tags: Tags | None = None) -> Mapping[str, str]:
        """The labels of every object of a component, the four tags among them."""
        labels = {
            "app.kubernetes.io/name": component,
            "app.kubernetes.io/part-of": self.platform,
            "app.kubernetes.io/managed-by": "modelyard",
            **(tags or self.tags).labels(),
        }
        if self.cost_center:
            labels[f"{DOMAIN}/cost-center"] = label_value(self.cost_center)
        if self.environment:
            labels[f"{DOMAIN}/environment"] = self.environment
        return labels


@dataclass(frozen=True)
class Namespace:
    """A namespace of the platform."""

    name: str
    purpose: Purpose
    resource: Resource
    """What has to exist before anything in the namespace can."""
