"""Where things stand. Each kind of site is a folder; its `offers` say what it can provide."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import MappingProxyType

from modelyard.blueprint.site import SiteKind
from modelyard.plan.offers import Offers


@cache
def offers() -> Offers:
    """What each kind of site provides; reading it imports no SDK."""
    modules = {str(kind): import_module(f"modelyard.sites.{kind}.offers") for kind in SiteKind}
    return MappingProxyType({kind: module.OFFERS for kind, module in modules.items()})
