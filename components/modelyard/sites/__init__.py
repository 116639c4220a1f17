"""Where things stand. Each kind of site is a folder; its `offers` say what it can provide.

Other packages add kinds by entry points of the group `modelyard.sites`: docs/adding-a-site.md.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING

from modelyard.blueprint.kinds import added_kind
from modelyard.blueprint.site import SiteKind
from modelyard.plan.offers import Offers

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.site import Site


@cache
def offers() -> Offers:
    """What each kind of site provides; reading it imports no SDK."""
    modules = {str(kind): import_module(f"{__name__}.{kind}.offers") for kind in SiteKind}
    return MappingProxyType({kind: module.OFFERS for kind, module in modules.items()})


def offers_to(blueprint: Blueprint) -> Offers:
    """What the kinds of the house provide, and those of the blueprint that packages add."""
    others = {str(site.kind) for site in blueprint.sites.values()} - set(SiteKind)
    if not others:
        return offers()
    return MappingProxyType({**offers(), **{kind: added_kind(kind).offers for kind in others}})


def part(site: Site, name: str) -> ModuleType | None:
    """A module of the site's kind, `inventory` or `preflight`; None where it has none.

    An added kind whose package has none of its own is looked at as the cluster that it is.
    """
    kind = str(site.kind)
    if kind in set(SiteKind):
        return _module(f"{__name__}.{kind}", name)
    own = _module(added_kind(kind).package, name)
    return own or _module(f"{__name__}.{SiteKind.KUBERNETES}", name)


def _module(package: str, name: str) -> ModuleType | None:
    folder = getattr(import_module(package), "__path__", None)
    there = folder is not None and find_spec(f"{package}.{name}") is not None
    return import_module(f"{package}.{name}") if there else None
