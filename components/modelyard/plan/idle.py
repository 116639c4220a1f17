"""What a site is told and nothing makes use of: said aloud, since nothing is to be ignored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding, Path
from modelyard.blueprint.site import AnySite, ClusterSite
from modelyard.plan.capability import Capability as C

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.plan.placement import Placement

SECTIONS = {
    "object_store": C.OBJECT_STORE,
    "database": C.DATABASE,
    "cache": C.CACHE,
    "gpus": C.GPU_POOL,
    "devices": C.DEVICES,
}
"""Sections of a site that stand only where another part asks for them."""

QUEUE_KEYS = ("node_cpu", "node_memory")
"""What is said of a node for the sake of the queue's quota."""


def idle(
    blueprint: Blueprint, placements: Iterable[Placement], attached: dict[str, tuple[str, ...]]
) -> list[Finding]:
    """Warnings for settings without effect. `attached`: by site, the operators in use."""
    placed = {(placement.site, placement.capability) for placement in placements}
    findings: list[Finding] = []
    for name, site in blueprint.sites.items():
        here = {capability for place, capability in placed if place == name}
        if here:
            findings += _sections(name, site, here)
            findings += _operators(name, site, attached[name])
        if here and isinstance(site, ClusterSite):
            findings += _nodes(name, site)
    return findings


def _warning(path: Path, what: str, next: str) -> Finding:
    return Finding(path, what, next, severity="warning")


def _sections(name: str, site: AnySite, here: set[C]) -> Iterator[Finding]:
    for key, capability in SECTIONS.items():
        field = type(site).model_fields.get(key)
        said = field is not None and getattr(site, key) != field.default
        if said and capability not in here:
            what = f"nothing on site '{name}' uses its {str(capability).replace('-', ' ')}"
            yield _warning(("sites", name, key), what, "remove it until something does")


def _operators(name: str, site: AnySite, attached: tuple[str, ...]) -> Iterator[Finding]:
    for operator, how in site.operators.items():
        if how == "attach" and str(operator) not in attached:
            path: Path = ("sites", name, "operators", str(operator))
            what = f"nothing on site '{name}' needs {operator}"
            yield _warning(path, what, "remove it until something does")


def _nodes(name: str, site: ClusterSite) -> Iterator[Finding]:
    for i, nodes in enumerate(site.gpus.nodes):
        for key in QUEUE_KEYS:
            if getattr(nodes, key) is not None and not site.gpus.queue:
                path: Path = ("sites", name, "gpus", "nodes", i, key)
                what = f"'{key}' is for the queue's quota, and site '{name}' has no queue"
                yield _warning(path, what, "set `queue: true` in the site's gpus, or remove it")
