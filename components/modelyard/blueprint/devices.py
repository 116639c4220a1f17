"""Core devices of AWS IoT Greengrass: machines of one's own that AWS tells what to run."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from modelyard.blueprint.section import Name, Positive, Section
from modelyard.blueprint.units import Duration, Percent


class DeviceRollout(Section):
    """How what is new spreads over the devices of a ring."""

    per_minute: Annotated[int, Field(strict=True, ge=1, le=1000)] = 50
    """Devices that are told of it in a minute, at most."""
    abort_at: Percent = 0.1
    """Share of devices that fail at which nobody else is told."""
    abort_after: Positive = 3
    """Devices that have to have tried before the share counts."""
    timeout: Duration = timedelta(hours=1)
    """How long a device may take."""
    notice: Duration = timedelta(minutes=1)
    """How long what runs on a device may put off being replaced."""


class Devices(Section):
    """The devices of a site, which are its owner's; AWS knows them by a certificate each."""

    count: Positive | None = None
    """How many there are, for the bill."""
    rings: Annotated[tuple[Name, ...], Field(min_length=1, max_length=10)] = ("all",)
    """Groups of devices, in the order in which they get what is new."""
    rollout: DeviceRollout = DeviceRollout.left_out()
