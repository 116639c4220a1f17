"""Whether settings of monitoring have something to set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding, Findings
from modelyard.blueprint.site import ClusterSite, Operator

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint

OURS = ("retention", "storage", "alert_to")
"""Settings of a Prometheus that the platform installs."""


def attached(blueprint: Blueprint) -> Findings:
    """A Prometheus that somebody else runs has settings of its own."""
    monitoring = blueprint.monitoring
    if monitoring is None or not _theirs(blueprint):
        return
    for key in sorted(monitoring.model_fields_set & set(OURS)):
        what = f"'{key}' cannot be set on a Prometheus that is there already"
        next = "remove it, or let the platform install its own"
        yield Finding(("monitoring", key), what, next)


def _theirs(blueprint: Blueprint) -> bool:
    monitoring = blueprint.monitoring
    assert monitoring is not None
    site = blueprint.sites.get(monitoring.on or next(iter(blueprint.sites)))
    operators = site.operators if isinstance(site, ClusterSite) else {}
    return monitoring.attach is not None or operators.get(Operator.PROMETHEUS) == "attach"


RULES = (attached,)
