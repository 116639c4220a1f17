"""What every part of a platform knows of the whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from modelyard.plan.naming import fitted
from modelyard.plan.tags import DOMAIN, Tags, label_value

if TYPE_CHECKING:
    from pulumi import Resource

SCOPE = 50
"""Most characters of a scope: a namespace has 63, and more is put behind it."""


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
    site: str | None = None
    """A cloud's site that is not the blueprint's first: two of them may be in one account."""

    @property
    def scope(self) -> str:
        """Name of what belongs to a whole cluster or a site of a cloud, beside others there."""
        return fitted(self.named(), SCOPE)

    def named(self, *parts: str) -> str:
        """`<platform>[-<environment>][-<site>]-<parts…>`, however long."""
        known = (self.platform, self.environment, self.site, *parts)
        return "-".join(part for part in known if part)

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

    def account_labels(self, tags: Tags | None = None) -> Mapping[str, str]:
        """What everything in a cloud's account bears: the site, too, where there are others."""
        own = {f"{DOMAIN}/site": self.site} if self.site else {}
        return {**self.labels("platform", tags), **own}


@dataclass(frozen=True)
class Namespace:
    """A namespace of the platform."""

    name: str
    purpose: Purpose
    resource: Resource
    """What has to exist before anything in the namespace can."""
