"""How strictly rules over resources are held, and what they are waived for."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from modelyard.blueprint.section import MANY, Section, Text
from modelyard.blueprint.units import Day
from modelyard.catalog.policies import Level

RuleId = Annotated[
    str,
    Field(
        pattern=r"^[a-z]+(-[a-z]+)+$",
        max_length=60,
        description="The id of a rule, as docs/policies.md lists them.",
        examples=["supply-image-digest"],
    ),
]


class Waiver(Section):
    """Something that a rule does not count for, until a day."""

    rule: RuleId
    resource: Annotated[str, Field(min_length=1, max_length=200, examples=["fraud-serving-*"])]
    """Pattern of the names of resources, `fraud-serving-*`; `TYPE::NAME` where a name alone would
    be too wide."""
    reason: Text
    """Why it is right all the same; reports show it."""
    until: Day
    """The last day on which it counts."""


class Policies(Section):
    """What is said of rules: in a blueprint, or by an organisation in `modelyard.policies.yaml`."""

    levels: dict[RuleId, Level] = {}
    """How strictly a rule is held, by its id: what breaks a mandatory one stops, what breaks an
    advisory one is said. What an organisation makes mandatory stays so."""
    waivers: Annotated[tuple[Waiver, ...], Field(max_length=MANY)] = ()
    """What a rule does not count for, each with a reason and a last day."""
