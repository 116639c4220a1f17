"""Is what is deployed what is planned, and does it work? After `destroy`: is anything left?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from modelyard.blueprint.errors import NotReadyError
from modelyard.contracts.inventory import Deviation, Expected, Found, Inventory, InventoryArgs
from modelyard.engine.failures import name_of
from modelyard.engine.parts import Parts
from modelyard.platform import context_of
from modelyard.program import sites_of
from modelyard.recorder import Graph, Resource, Secret
from modelyard.recorder.sdk import PROVIDERS
from modelyard.sites import part

if TYPE_CHECKING:
    from modelyard.engine.state import State
    from modelyard.plan.plan import Plan


@dataclass(frozen=True)
class Deviating:
    """A deviation, with the part of the platform and the site it is about."""

    part: str
    site: str
    found: Found

    def json(self) -> Mapping[str, object]:
        return {
            "part": self.part,
            "site": self.site,
            "deviation": str(self.found.deviation),
            "name": self.found.name,
            "why": self.found.why,
            "urn": self.found.urn,
        }


@dataclass(frozen=True)
class Verification:
    """What was looked at, and all that is not as planned."""

    resources: int
    deviations: tuple[Deviating, ...]

    @property
    def fine(self) -> bool:
        """Whether nothing is wrong; what still waits for somebody's model is not."""
        return all(d.found.deviation is Deviation.WAITING for d in self.deviations)


def verify(plan: Plan, graph: Graph, state: State, parts: Parts) -> Verification:
    """Compare the plan with the engine's state and with the sites themselves.

    `graph` is that of the plan as deployed. Raises NotReadyError where a site does not answer.
    """
    known = {resource.urn: resource.id for resource in state.resources}
    sites = sites_of(plan, graph)
    found = [*_unknown(sites, graph, parts, set(known)), *_forgotten(graph, state, parts)]
    for name, expected in _by_site(plan, sites, graph).items():
        deployed = [replace(item, id=known[item.urn]) for item in expected if item.urn in known]
        looked = inventory_of(plan, name).compare(deployed)
        found += [Deviating(parts[each.urn or ""], name, each) for each in looked]
    return Verification(sum(resource.custom for resource in graph), tuple(found))


def verify_gone(plan: Plan, state: State) -> Verification:
    """That nothing is left: neither in the engine's state, nor on any site."""
    found = [
        Deviating("", "", Found(Deviation.LEFT, item.name, "the stack still holds it", item.urn))
        for item in state.resources
    ]
    for site in plan.sites:
        found += [Deviating("", site.name, each) for each in inventory_of(plan, site.name).left()]
    return Verification(len(found), tuple(found))


def inventory_of(plan: Plan, site: str) -> Inventory:
    """A look at one of the plan's sites."""
    settings = plan.blueprint.sites[site]
    module = part(settings, "inventory")
    if module is None:
        raise NotReadyError(
            f"nothing can look at {site!r}: the kind {str(settings.kind)!r} brings no inventory. "
            "Next: ask whoever made the package that adds it"
        )
    return module.open_inventory(InventoryArgs(site=settings, context=context_of(plan, site)))


def _by_site(plan: Plan, sites: Mapping[str, str], graph: Graph) -> Mapping[str, list[Expected]]:
    """What each site is to hold; what lives in the engine's state alone is left out."""
    found: dict[str, list[Expected]] = {site.name: [] for site in plan.sites}
    for resource in graph:
        if resource.custom and not resource.type.startswith(PROVIDERS):
            found[sites[resource.urn]].append(expected(resource))
    return found


def expected(resource: Resource) -> Expected:
    """A planned resource without its secrets."""
    inputs = _without_secrets(resource.inputs)
    return Expected(resource.urn, resource.type, name_of(resource), inputs)


def _unknown(
    sites: Mapping[str, str], graph: Graph, parts: Parts, known: set[str]
) -> Iterator[Deviating]:
    """Planned, and never deployed as far as the engine knows."""
    for resource in graph:
        if resource.urn not in known and resource.custom:
            found = Found(Deviation.MISSING, name_of(resource), "was never deployed", resource.urn)
            yield Deviating(parts[resource.urn], sites.get(resource.urn, ""), found)


def _forgotten(graph: Graph, state: State, parts: Parts) -> Iterator[Deviating]:
    """Deployed, and not planned any more; or cut off while it was being made."""
    for resource in state.resources:
        if resource.urn not in graph and resource.custom:
            name = f"{resource.type.rpartition(':')[2]} {resource.name}"
            found = Found(Deviation.EXTRA, name, "is deployed and not planned", resource.urn)
            yield Deviating(parts[resource.urn], "", found)
    for urn in state.interrupted:
        found = Found(
            Deviation.NOT_READY, urn.rpartition("::")[2], "the last run was cut off at it", urn
        )
        yield Deviating(parts[urn], "", found)


def _without_secrets(value: Any) -> Any:
    """The value without any key or item that is secret."""
    if isinstance(value, Mapping):
        return {k: _without_secrets(v) for k, v in value.items() if not isinstance(v, Secret)}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_without_secrets(item) for item in value if not isinstance(item, Secret)]
    return value
