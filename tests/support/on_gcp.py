"""The shipped blueprints with a site on Google Cloud."""

from __future__ import annotations

from functools import cache

from tests.support import shipped

from modelyard.blueprint.site import GcpSite


@cache
def cases() -> tuple[shipped.Case, ...]:
    """Those of all shipped cases that have a site on Google Cloud."""
    return shipped.cases_on(GcpSite, "gcp")
