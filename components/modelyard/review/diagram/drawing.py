"""Draws a plan and its ways in as a diagram, small enough to be looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from modelyard.blueprint.serve import Mode
from modelyard.plan.capability import Capability as C
from modelyard.program import placements_of
from modelyard.review.diagram.diagram import Box, Diagram, Flow, Kind, Outside, Place, Role
from modelyard.review.exposure.way import NETWORK, NOBODY_ASKED, NOT_NEEDED, NOWHERE
from modelyard.review.grant import listed

if TYPE_CHECKING:
    from modelyard.plan.placement import Placement
    from modelyard.plan.plan import Plan, SitePlan
    from modelyard.recorder import Graph
    from modelyard.review.exposure.way import Exposure

ROLES: Mapping[C, Role] = {
    **dict.fromkeys((C.INGRESS, C.GATEWAY), Role.ENTRY),
    C.SERVING: Role.MODEL,
    **dict.fromkeys(
        (
            *(C.REGISTRY, C.TRACKING, C.FEATURES, C.PIPELINES, C.MONITORING, C.METRICS),
            *(C.INGESTION, C.VALIDATION, C.VERSIONING, C.LINEAGE, C.GUARDRAILS),
            *(C.PROMPTS, C.EVALUATION, C.RAG),
        ),
        Role.PART,
    ),
    **dict.fromkeys((C.OBJECT_STORE, C.DATABASE, C.CACHE), Role.STORE),
}
"""What is drawn of a platform; the rest is there in every one."""
_MOST_BOXES = 8
_MOST_OF_MANY = 4
"""In one role on one site; and where there are more sites than a few."""
_A_FEW = 3
_MOST_PLACES = 10
_RANGES = 2

_Key = tuple[str, C, str | None]
"""Site, capability and model."""


def diagram(plan: Plan, graph: Graph, ways: Iterable[Exposure], title: str) -> Diagram:
    """The diagram of a plan. Members of a fleet are drawn once, and long lists are cut."""
    return _Drawing(plan, graph, tuple(ways)).diagram(title)


class _Drawing:
    def __init__(self, plan: Plan, graph: Graph, ways: tuple[Exposure, ...]) -> None:
        self._plan, self._ways = plan, ways
        self._placements = placements_of(plan, graph)

    def diagram(self, title: str) -> Diagram:
        ids = {source: f"o{i}" for i, source in enumerate(self._sources)}
        outside = tuple(Outside(id, source) for source, id in ids.items())
        flows = _once([*self._ways_in(ids), *self._routes(), *self._uses(), *self._links()])
        more = len(self._drawn) - _MOST_PLACES
        left_out = f"{more} more sites" if more > 0 else ""
        return Diagram(title, self._places, outside, flows, left_out)

    # -- What stands where ------------------------------------------------------------------

    @cached_property
    def _drawn(self) -> Mapping[str, list[SitePlan]]:
        """The sites by what is drawn for them: one place for each, or for all of a fleet."""
        groups: dict[str, list[SitePlan]] = {}
        for site in self._plan.sites:
            groups.setdefault(site.fleet or site.name, []).append(site)
        return groups

    @cached_property
    def _place_ids(self) -> Mapping[str, str]:
        """The place of each site that is drawn."""
        shown = list(self._drawn.values())[:_MOST_PLACES]
        return {site.name: f"s{i}" for i, sites in enumerate(shown) for site in sites}

    @cached_property
    def _places(self) -> tuple[Place, ...]:
        shown = list(self._drawn.items())[:_MOST_PLACES]
        return tuple(self._place(name, sites) for name, sites in shown)

    def _place(self, name: str, sites: list[SitePlan]) -> Place:
        first = sites[0]
        region = getattr(self._plan.blueprint.sites[first.name], "region", None)
        detail = " ".join(filter(None, (first.kind, region and str(region))))
        title = f"{name} ({len(sites)} alike)" if len(sites) > 1 else name
        boxes = {id: box for key, (id, box) in self._boxes.items() if key[0] == first.name}
        return Place(self._place_ids[first.name], title, detail, tuple(boxes.values()))

    @cached_property
    def _boxes(self) -> Mapping[_Key, tuple[str, Box]]:
        """Each placement that is drawn with its box; those beyond the most share one."""
        found: dict[_Key, tuple[str, Box]] = {}
        for sites in list(self._drawn.values())[:_MOST_PLACES]:
            for role in Role:
                found |= self._of_role(sites[0].name, role)
        return found

    def _of_role(self, site: str, role: Role) -> Mapping[_Key, tuple[str, Box]]:
        keys = {_key(p): p for p in self._plan.capabilities if self._is_drawn(p, site, role)}
        most = _MOST_BOXES if len(self._drawn) <= _A_FEW else _MOST_OF_MANY
        room = len(keys) if len(keys) <= most else most - 1
        prefix = f"{self._place_ids[site]}{role.name.lower()}"
        rest = Box(f"{prefix}more", role, f"and {len(keys) - room} more")
        boxes = [self._box(f"{prefix}{i}", p, role) for i, p in enumerate(keys.values())]
        shown = [*boxes[:room], *[rest] * (len(boxes) - room)]
        return {key: (box.id, box) for key, box in zip(keys, shown, strict=True)}

    def _is_drawn(self, placement: Placement, site: str, role: Role) -> bool:
        if placement.site != site or placement.far or "/" in placement.engine:
            return False
        if self._is_the_registrys(placement):
            return False
        return self._role(placement) is role

    def _is_the_registrys(self, placement: Placement) -> bool:
        """Runs are tracked where models are registered, by the same server."""
        return placement.capability is C.TRACKING and C.REGISTRY in placement.needs

    def _role(self, placement: Placement) -> Role | None:
        if placement in self._public:
            return ROLES.get(placement.capability, Role.ENTRY)
        return ROLES.get(placement.capability)

    @cached_property
    def _public(self) -> set[Placement]:
        """What anyone on the internet gets to is drawn, whatever it is."""
        return {placement for way, placement in self._placed if way.public}

    @cached_property
    def _placed(self) -> tuple[tuple[Exposure, Placement], ...]:
        """Each way in with the part of the platform that it is of, where it is of one."""
        found = ((way, self._placements.get(way.urn or "")) for way in self._ways)
        return tuple((way, placement) for way, placement in found if placement)

    def _box(self, id: str, placement: Placement, role: Role) -> Box:
        if role is not Role.MODEL:
            return Box(id, role, str(placement.capability), placement.engine)
        name = placement.model or ""
        own = (m for m in self._plan.models if (m.name, m.site) == (name, placement.site))
        model = next(own, None)
        if model is None:
            return Box(id, role, name, placement.engine)
        fewest, most = model.replicas
        count = str(fewest) if fewest == most else f"{fewest} to {most}"
        machine = f"{model.count} x {model.accelerator}" if model.count else "CPU"
        mode = "" if model.mode == Mode.REALTIME else f" {model.mode}"
        return Box(id, role, name, f"{model.engine}{mode}, {machine}, {count}")

    # -- What flows -------------------------------------------------------------------------

    @cached_property
    def _sources(self) -> tuple[str, ...]:
        """Who comes from outside: the internet first."""
        found = dict.fromkeys(_source(way) for way, _ in self._entering())
        return tuple(sorted(found, key=lambda source: (source != "internet", source)))

    def _entering(self) -> Iterator[tuple[Exposure, Placement]]:
        """The ways in from outside that lead to something that is drawn."""
        for way, placement in self._placed:
            redirects = way.authentication == (NOT_NEEDED,)
            if self._id(placement) and way.path != "link" and _source(way) and not redirects:
                yield way, placement

    def _ways_in(self, ids: Mapping[str, str]) -> Iterator[Flow]:
        for way, placement in self._entering():
            end, gate = self._id(placement), self._gate(placement)
            start, kind = (gate, Kind.USE) if gate else (ids[_source(way)], Kind.IN)
            if end and start and start != end:
                yield Flow(start, end, kind, "" if gate else _asked(way), way.open)

    def _gate(self, placement: Placement) -> str | None:
        """The way in that stands before something on the same site."""
        if placement.capability is C.INGRESS or placement in self._directly:
            return None
        found = self._boxes.get((placement.site, C.INGRESS, None))
        return found[0] if found else None

    @cached_property
    def _directly(self) -> set[Placement]:
        """What has an address of its own beside its site's way in."""
        return {placement for way, placement in self._placed if way.path != "host name"}

    def _uses(self) -> Iterator[Flow]:
        """From a box to the parts and stores that it cannot do without, wherever they stand."""
        far = {(p.site, p.capability): p.far for p in self._plan.capabilities if p.far}
        for placement in self._plan.capabilities:
            start = self._id(placement) if placement.capability is not C.INGRESS else None
            for need in _needs(placement) if start else ():
                site = far.get((placement.site, need)) or placement.site
                if start and (end := self._boxes.get((site, need, None))):
                    yield Flow(start, end[0], Kind.USE)

    def _routes(self) -> Iterator[Flow]:
        """From the gateway of language models to each that it knows."""
        llm = [p for p in self._plan.capabilities if p.capability is C.GATEWAY and not p.far]
        for gateway in llm:
            for model in self._plan.models:
                ends = self._boxes.get((model.site, C.SERVING, model.name))
                if model.type == "llm" and ends and (start := self._id(gateway)):
                    yield Flow(start, ends[0], Kind.USE)

    def _links(self) -> Iterator[Flow]:
        for link in self._plan.blueprint.links:
            ends = [self._place_ids.get(self._site(end)) for end in (link.from_, link.to)]
            if ends[0] and ends[1]:
                carried = (
                    f": {listed([str(each) for each in link.carries])}" if link.carries else ""
                )
                yield Flow(ends[0], ends[1], Kind.LINK, f"{link.via}{carried}")

    def _site(self, name: str) -> str:
        """A site as planned: of a fleet, its first."""
        return next((s.name for s in self._plan.sites if name in (s.name, s.fleet)), name)

    def _id(self, placement: Placement | None) -> str | None:
        found = self._boxes.get(_key(placement)) if placement else None
        return found[0] if found else None


def _key(placement: Placement) -> _Key:
    model = placement.model if placement.capability is C.SERVING else None
    return placement.site, placement.capability, model


def _needs(placement: Placement) -> Iterator[C]:
    """What is drawn behind it. A model is given much that it may never ask."""
    used = () if placement.capability is C.SERVING else placement.uses
    for need in (*placement.needs, *used):
        if ROLES.get(need) in (Role.PART, Role.STORE) and need is not C.MONITORING:
            yield need


def _source(way: Exposure) -> str:
    """Where requests come from, if it is from outside of the site."""
    found = [s for s in way.sources if s not in (NETWORK, NOWHERE) and not s.startswith("site ")]
    more = f" and {len(found) - _RANGES} more" if len(found) > _RANGES else ""
    return ", ".join(found[:_RANGES]) + more


def _asked(way: Exposure) -> str:
    known = [each for each in way.authentication if each not in (NOBODY_ASKED, NOT_NEEDED)]
    return ", ".join(known)


def _once(flows: Iterable[Flow]) -> tuple[Flow, ...]:
    """Each pair of ends once; what is said of it taken together."""
    found: dict[tuple[str, str, str], Flow] = {}
    for flow in flows:
        key = (flow.start, flow.end, flow.label if flow.kind is Kind.LINK else "")
        known = found.get(key, flow)
        words = dict.fromkeys(w for f in (known, flow) for w in f.label.split(", ") if w)
        label = flow.label if flow.kind is Kind.LINK else ", ".join(words)
        found[key] = replace(known, label=label, open=known.open or flow.open)
    return tuple(found.values())
