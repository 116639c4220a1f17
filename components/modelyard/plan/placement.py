"""Placement: which capability stands on which site, by which offer, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding
from modelyard.plan.capability import Capability as C
from modelyard.plan.demand import Demand
from modelyard.plan.demands import demands
from modelyard.plan.facilities import engine as facility_engine
from modelyard.plan.far import FOR, ONCE, REMOTE, unreachable
from modelyard.plan.links import unjoined
from modelyard.plan.offers import Offer, Offers, kinds_offering
from modelyard.plan.residency import misplaced

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint

IMPLIED = {C.REGISTRY: "mlflow", C.PIPELINES: "argo", C.MONITORING: "prometheus"}
"""Engines of what another part needs and the blueprint does not mention."""


@dataclass(frozen=True)
class Placement:
    """A capability with its place, its engine and what stands for it in code."""

    capability: C
    engine: str
    site: str
    implementation: str | None
    needs: tuple[C, ...]
    uses: tuple[C, ...]
    operators: tuple[str, ...]
    because: str
    model: str | None = None
    endpoints: tuple[str, ...] = ()
    brings: tuple[str, ...] = ()
    far: str | None = None
    """The other site on which it really stands; what is placed here is the way there."""
    to: str | None = None
    """Of a link's end: the site at the other one."""
    across: tuple[C, ...] = ()
    """Of a link's end: what has to stand at the other one before it."""


_Key = tuple[str, C, str, str | None, str | None]
"""Site, capability, engine, model, and the other end of a link."""


@dataclass
class _Ground:
    """What has been placed so far."""

    blueprint: Blueprint
    offers: Offers
    placed: dict[_Key, Placement] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def ask(self, demand: Demand) -> None:
        """Place what the blueprint asks for: here, or the way to where it stands."""
        if stray := misplaced(self.blueprint, demand):
            self.findings.append(stray)
        elif not self._is_cut_off(demand.capability, demand, demand.far):
            self.place(demand)

    def place(self, demand: Demand) -> None:
        """Place one demand and then everything that it needs, or say why it has no place."""
        site = self.blueprint.sites[demand.site]
        engine = demand.engine or facility_engine(self.blueprint, site, demand.capability) or ""
        key = (demand.site, demand.capability, engine, demand.model, demand.to)
        if key in self.placed:
            return
        offer = self.offers.get(site.kind, {}).get(demand.capability, {}).get(engine)
        if offer is None:
            self._refuse(demand, engine)
            return
        self.placed[key] = _placement(demand, engine, offer)
        for need in offer.needs:
            self._need(need, demand, engine)

    def _need(self, need: C, demand: Demand, engine: str) -> None:
        if any(site == demand.site and capability is need for site, capability, *_ in self.placed):
            return
        elsewhere = next((s for s, c, *_ in self.placed if c is need), None)
        if need in ONCE and elsewhere is not None:
            self._from_afar(need, demand, elsewhere)
            return
        because = f"{demand.capability} by {engine} needs it"
        self.place(Demand(need, self._engine(need), demand.site, demand.path, because))

    def _from_afar(self, need: C, demand: Demand, far: str) -> None:
        """The way to what another site has, where a link leads there."""
        if not self._is_cut_off(need, demand, far):
            because = f"{demand.capability} needs the one on '{far}'"
            self.place(Demand(need, REMOTE, demand.site, demand.path, because, far=far))

    def _is_cut_off(self, need: C, demand: Demand, far: str | None) -> bool:
        """Whether what stands on another site cannot be used from here; then it is said why."""
        problem = unreachable(self.blueprint, need, demand.site, far) if far else None
        if problem is not None:
            self.findings.append(problem.about(demand))
        return problem is not None

    def _engine(self, need: C) -> str:
        monitoring = self.blueprint.monitoring
        if need is C.MONITORING and monitoring and monitoring.attach:
            return "attach"
        if need not in IMPLIED:
            return ""  # a facility, whose engine its site knows
        chosen = getattr(self.blueprint, need.field)
        return str(chosen.engine) if chosen else IMPLIED[need]

    def _refuse(self, demand: Demand, engine: str) -> None:
        if demand.to is None:
            self.findings.append(self._not_offered(demand, engine))
        elif (finding := unjoined(self.blueprint, self.offers, demand)) not in self.findings:
            self.findings.append(finding)

    def _not_offered(self, demand: Demand, engine: str) -> Finding:
        kind = str(self.blueprint.sites[demand.site].kind)
        kinds = kinds_offering(self.offers, demand.capability, engine)
        instead = _instead(self.offers.get(kind, {}).get(demand.capability, {}), demand, engine)
        elsewhere = f"offered on {', '.join(kinds)}" if kinds else "offered nowhere yet"
        name = f"{demand.capability} by {engine}" if engine else str(demand.capability)
        what = f"{name} is not offered on {kind} yet; {elsewhere}"
        if demand.next:
            return Finding(demand.path, what, demand.next)
        return Finding(demand.path, what, _next_step(kinds, instead), instead)


def _instead(there: Iterable[str], demand: Demand, engine: str) -> tuple[str, ...]:
    """What the same key could say here. `feast/redis` is an engine and, of that engine, a store."""
    parent = engine.rpartition("/")[0]
    siblings = (other.rpartition("/") for other in there if other != REMOTE)
    names = (name for above, _, name in siblings if above == parent)
    return tuple(name for name in names if not demand.choices or name in demand.choices)


def _next_step(kinds: tuple[str, ...], instead: tuple[str, ...]) -> str:
    if instead:
        return f"choose {' or '.join(instead)}, or remove it"
    return "put it on a site of such a kind with `on:`" if kinds else "remove it for now"


def _placement(demand: Demand, engine: str, offer: Offer) -> Placement:
    return Placement(
        demand.capability,
        engine,
        demand.site,
        offer.implementation,
        offer.needs,
        offer.uses,
        offer.operators,
        demand.because,
        demand.model,
        offer.endpoints,
        offer.brings,
        demand.far,
        demand.to,
        offer.across,
    )


def place(blueprint: Blueprint, offers: Offers) -> tuple[tuple[Placement, ...], list[Finding]]:
    """Place everything the blueprint asks for.

    Returns the placements, each after what it needs, and the findings for what has no place.
    """
    ground = _Ground(blueprint, offers)
    for demand in demands(blueprint):
        ground.ask(demand)
    return _ordered(tuple(ground.placed.values())), ground.findings


def _ordered(placements: tuple[Placement, ...]) -> tuple[Placement, ...]:
    """Each after those of its site that it needs or uses, and what it leads to; else by name."""
    sorter: TopologicalSorter[Placement] = TopologicalSorter()
    for placement in sorted(placements, key=_name):
        first = {*placement.needs, *placement.uses}
        before = (p for p in placements if _is_before(p, placement, first))
        sorter.add(placement, *sorted(before, key=_name))
    return tuple(sorter.static_order())


def _is_before(one: Placement, other: Placement, first: set[C]) -> bool:
    if one.site == other.site:
        return one.capability in first
    if one.site == other.to:
        return one.capability in other.across and one.to in (None, other.site)
    asked = FOR.get(other.capability, other.capability)
    return (one.site, one.capability) == (other.far, asked)


def _name(placement: Placement) -> tuple[str, ...]:
    last = placement.model or placement.to or ""
    return (placement.site, placement.capability, placement.engine, last)
