"""The shipped blueprints with a site on AWS."""

from __future__ import annotations

from functools import cache

from tests.support import shipped

from modelyard.blueprint.site import AwsSite


@cache
def cases() -> tuple[shipped.Case, ...]:
    """Those of all shipped cases that have a site on AWS."""
    return shipped.cases_on(AwsSite, "aws")
