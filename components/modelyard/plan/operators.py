"""Which operators a site's cluster has to run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from modelyard.blueprint.site import AnySite, ClusterSite, OnPremSite
from modelyard.catalog.operators import with_needs
from modelyard.plan.capability import Capability as C
from modelyard.plan.facilities import NATIVE

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.plan.placement import Placement


def operators_of(
    blueprint: Blueprint, name: str, placements: Iterable[Placement]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The operators to install on a site, each after what it needs, and those there already."""
    here = [placement for placement in placements if placement.site == name]
    site = blueprint.sites[name]
    there = {str(operator) for operator, how in site.operators.items() if how == "attach"}
    there |= {operator for placement in here for operator in placement.brings}
    asked = {str(operator) for operator, how in site.operators.items() if how == "create"}
    needed = {o for p in here for o in p.operators} | asked | _implied(site, here)
    ordered = with_needs(needed, there)
    return (
        tuple(operator for operator in ordered if operator not in there),
        tuple(operator for operator in ordered if operator in there),
    )


def _implied(site: AnySite, here: list[Placement]) -> set[str]:
    """Operators that follow from settings rather than from one placement."""
    engines = {placement.capability: placement.engine for placement in here}
    implied: set[str] = set()
    if isinstance(site, ClusterSite) and C.GPU_POOL in engines and site.gpus.queue:
        implied.add("kueue")
    # The GPU operator brings an exporter of its own; on attached GPUs there may be one.
    if engines.get(C.GPU_POOL) in ("device-plugin", NATIVE) and C.MONITORING in engines:
        implied.add("dcgm-exporter")
    if isinstance(site, OnPremSite) and site.balancing == "metallb":
        implied.add("metallb")
    if isinstance(site, OnPremSite) and (provisioner := site.storage.engine.operator):
        implied.add(provisioner)
    return implied
