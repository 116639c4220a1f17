"""The shipped blueprints with a site on AWS."""

from __future__ import annotations

from functools import cache

from tests.support import shipped

from modelyard.blueprint.site import AwsSite


@cache
def cases() -> tuple[shipped.Case, ...]:
    """Those of all shipped cases that have a site on AWS; a file that does not load is none."""
    return tuple(case for case in shipped.cases() if _on_aws(case))


def _on_aws(case: shipped.Case) -> bool:
    if "aws" not in case.path.read_text(encoding="utf-8"):
        return False
    try:
        sites = shipped.loaded(case).blueprint.sites
    except Exception:
        return False
    return any(isinstance(site, AwsSite) for site in sites.values())
