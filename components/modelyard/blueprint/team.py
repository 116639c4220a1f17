"""Who owns the platform, what it is for, and what its data are."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from modelyard.blueprint.section import Flag, Name, Section

Email = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s.]+$", max_length=254)]


class Team(Section):
    """The team behind the platform: three of the four tags every model carries come from here."""

    owner: Email
    """Who answers for it: the address of a person or of a list."""
    domain: Name
    """The business domain, such as `payments` or `radiology`."""
    name: Name | None = None
    """The team's name; the blueprint's own name when left out."""
    cost_center: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")] | None = None
    """Where the bill goes."""


class Classification(StrEnum):
    PUBLIC = "public"
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"
    RESTRICTED = "restricted"


class Data(Section):
    """What kind of data the platform holds."""

    classification: Classification = Classification.INTERNAL
    """The highest class of data in it; it becomes each model's compliance-class tag."""
    pii: Flag = False
    """Whether there are personal data in it."""
    residency: tuple[str, ...] = ()
    """Regions that the data may not leave."""
    sites: tuple[Name, ...] = ()
    """Sites on which data may rest; on all of them when left out. Elsewhere there is only what
    answers and forgets."""


class Compliance(StrEnum):
    SOC2 = "soc2"
    PCI_DSS = "pci-dss"
    HIPAA = "hipaa"
    GDPR = "gdpr"
    ISO_27001 = "iso-27001"
    EU_AI_ACT = "eu-ai-act"
    NIST_AI_RMF = "nist-ai-rmf"
