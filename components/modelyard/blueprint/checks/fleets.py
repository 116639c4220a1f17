"""Fleets, and new versions on their way through them."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.engines import BY_REVISION
from modelyard.blueprint.checks.finding import Finding, Findings
from modelyard.blueprint.checks.references import SECTIONS
from modelyard.blueprint.checks.serving import ON_DEVICES, engine_of
from modelyard.blueprint.fleet import MEMBER, MOST, Fleet
from modelyard.blueprint.site import AwsSite, CloudSite, ClusterSite, LinkVia

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.model import Model


def fleets_of(blueprint: Blueprint) -> dict[str, Fleet]:
    """The sites of which there are several, by the name of their entry."""
    return {
        name: site.fleet
        for name, site in blueprint.sites.items()
        if isinstance(site, ClusterSite) and site.fleet
    }


def members(blueprint: Blueprint) -> Findings:
    """Members are told apart: by their names, and by where their clusters are."""
    for name, fleet in fleets_of(blueprint).items():
        at = ("sites", name, "fleet")
        for member, times in Counter(fleet.names).items():
            if times > 1:
                yield Finding((*at, "members"), f"'{member}' is named twice", "name it once")
            if f"{name}-{member}" in blueprint.sites:
                what = f"'{name}-{member}' is another site of this blueprint as well"
                yield Finding((*at, "members"), what, "rename one of the two")
        site = blueprint.sites[name]
        assert isinstance(site, ClusterSite)
        where = (site.cluster.attach.context or "", site.cluster.attach.kubeconfig or "")
        if not any(MEMBER in each for each in where):
            what = "all members of this fleet would be one and the same cluster"
            each = f'`cluster: {{attach: {{context: "{name}-{MEMBER}"}}}}`'
            yield Finding(("sites", name, "cluster"), what, f"name the context of each: {each}")


def counted(blueprint: Blueprint) -> Findings:
    """There are not more of them than one review can look at."""
    fleets = fleets_of(blueprint)
    total = sum(len(fleet.names) for fleet in fleets.values())
    if total > MOST:
        what = f"the fleets have {total:,} members; those of one blueprint have at most {MOST}"
        yield Finding(("sites", next(iter(fleets)), "fleet"), what, "write several blueprints")


def rings(blueprint: Blueprint) -> Findings:
    """Rings are made of members, each in one of them."""
    for name, fleet in fleets_of(blueprint).items():
        seen: set[str] = set()
        for i, ring in enumerate(fleet.rings):
            for j, member in enumerate(ring):
                at = ("sites", name, "fleet", "rings", i, j)
                if member not in fleet.names:
                    what = f"'{name}' has no member '{member}'"
                    yield Finding(at, what, "name one that it has", fleet.names)
                elif member in seen:
                    yield Finding(at, f"'{member}' is in two rings", "leave it in one")
                seen.add(member)


def shared(blueprint: Blueprint) -> Findings:
    """What a platform has once does not stand on sites of which there are several."""
    fleets = fleets_of(blueprint)
    first = next(iter(blueprint.sites))
    for key in SECTIONS:
        section = getattr(blueprint, key)
        if section is not None and (section.on or first) in fleets:
            what = f"`{key}` would stand on '{section.on or first}', of which there are several"
            single = tuple(name for name in blueprint.sites if name not in fleets)
            at = (key, "on") if section.on else (key,)
            yield Finding(at, what, "name a site of which there is one: `on: SITE`", single)
    for i, model in enumerate(blueprint.models):
        if model.on in fleets and model.retrain is not None:
            what = f"'{model.name}' would be trained on every member of '{model.on}'"
            once = "train it where the registry is, as a model of its own, and serve that here"
            yield Finding(("models", i, "retrain"), what, once)


def links(blueprint: Blueprint) -> Findings:
    """What a cloud makes of a tunnel or a line leads to one device; a fleet has many."""
    fleets = fleets_of(blueprint)
    for i, link in enumerate(blueprint.links):
        for fleet, other in ((link.from_, link.to), (link.to, link.from_)):
            made = isinstance(blueprint.sites.get(other), CloudSite)
            if fleet in fleets and made and link.via is not LinkVia.PUBLIC_MTLS:
                what = f"'{fleet}' has several members, and {link.via} leads '{other}' to one"
                apart = "write the sites down one by one, each with the `gateway` of its own link"
                yield Finding(("links", i, "via"), what, apart)


def rollouts(blueprint: Blueprint) -> Findings:
    """A new version goes through the rings of a fleet, and is another one."""
    fleets = fleets_of(blueprint)
    for i, model in enumerate(blueprint.models):
        if model.rollout is None:
            continue
        at = ("models", i, "rollout")
        count = _rings(blueprint, model)
        if count is None:
            what = f"'{model.name}' does not stand on a fleet: there are no rings"
            yield Finding(at, what, "set `source` itself, or `on: FLEET`", tuple(fleets))
            continue
        if model.rollout.rings > count:
            what = f"'{model.on or next(iter(blueprint.sites))}' has {count} rings"
            yield Finding((*at, "rings"), what, f"set 0 to {count}")
        yield from _versions(model, at)


def _rings(blueprint: Blueprint, model: Model) -> int | None:
    """How many rings a version goes through: of a fleet's members, or of a site's devices."""
    if fleet := fleets_of(blueprint).get(model.on or ""):
        return len(fleet.in_rings)
    site = blueprint.sites.get(model.on or next(iter(blueprint.sites)))
    if isinstance(site, AwsSite) and engine_of(model) in ON_DEVICES:
        return len(site.devices.rings)
    return None


def _versions(model: Model, at: tuple[str | int, ...]) -> Findings:
    assert model.rollout is not None  # asked by the caller
    new = model.rolled_out()
    if (new.source, new.revision) == (model.source, model.revision):
        yield Finding(at, "this is the version that is there already", "name another one")
    for each, where in ((model, at[:-1]), (new, at)):
        if _may_change(each):
            what = f"what {each.source} means may change under the rings"
            pinned = "name a version of the registry, a commit (`revision`) or a digest"
            yield Finding((*where, "source"), what, pinned)


def _may_change(model: Model) -> bool:
    """Whether the source may mean another version tomorrow; what lies in a bucket stays.

    Engines that know no revision of the hub take what is newest there, whatever we would say.
    """
    scheme = model.source.partition("/")[0]
    if scheme == "hf:":
        commit = re.fullmatch(r"[0-9a-f]{40}", model.revision or "")
        return commit is None and engine_of(model) in BY_REVISION
    if scheme == "models:":
        return re.fullmatch(r"models:/[^/@]+/[0-9]+", model.source) is None
    return scheme == "oci:" and "@sha256:" not in model.source


RULES = (members, counted, rings, shared, links, rollouts)
