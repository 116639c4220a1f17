"""Who may do what, and what it may cost."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from modelyard.blueprint.section import MANY, Number, Section
from modelyard.blueprint.units import Percent

Subject = Annotated[
    str, Field(pattern=r"^((user|group|role):[^\s:]{1,200}|[^@\s:]+@[^@\s:]+\.[^@\s.:]+)$")
]
"""A person by address, `user:NAME` or `group:NAME` as the cluster's identity provider has it, or
`role:NAME`: whoever takes that role in an account of AWS. Google Cloud knows all by address:
`group:ml@example.com`."""


Subjects = Annotated[tuple[Subject, ...], Field(max_length=MANY)]
"""Of more people than that, a group."""


class Access(Section):
    """The four roles. A subject may stand in more than one, but never approves its own work."""

    admins: Subjects = ()
    """Run the platform: everything in its namespaces."""
    developers: Subjects = ()
    """Train and experiment; see production, change nothing there."""
    viewers: Subjects = ()
    """Read only, secrets excepted."""
    approvers: Subjects = ()
    """Let a model into production."""


class Budget(Section):
    """What the platform may cost in a month, and when to say so."""

    monthly_usd: Annotated[Number, Field(gt=0, le=1e9)]
    alert_at: tuple[Percent, ...] = (0.5, 0.8, 1.0)
    """Shares of the month's budget at which an alert is sent."""
