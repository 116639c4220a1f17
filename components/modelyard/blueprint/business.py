"""Numbers of the business beside those of the models: what is earned, kept, saved."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from modelyard.blueprint.section import Name, Number, Section, Text


class Unit(StrEnum):
    NUMBER = "number"
    USD = "usd"
    EUR = "eur"
    SHARE = "share"
    """From 0 to 1, shown in per cent."""
    SECONDS = "seconds"
    PER_SECOND = "per-second"


class Kpi(Section):
    """A number that models are there for. It is shown, and warned of where it leaves its range."""

    name: Name
    query: Annotated[str, Field(min_length=1, max_length=2000)]
    """PromQL that gives one number."""
    title: Text | None = None
    unit: Unit = Unit.NUMBER
    above: Number | None = None
    """Warn while it has been above this for half an hour."""
    below: Number | None = None
    """Warn while it has been below this for half an hour."""


class Scrape(Section):
    """An application of the team's, in the same cluster, that tells such numbers."""

    name: Name
    namespace: Name
    pods: Annotated[dict[str, str], Field(min_length=1)]
    """Labels of its pods."""
    port: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,15}$")]
    """Name of the port, as the pods have it."""
    path: Annotated[str, Field(pattern=r"^/[A-Za-z0-9/_.-]{0,200}$")] = "/metrics"
