"""Names that point somewhere: sites, models, dependencies."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding, Findings, Path
from modelyard.blueprint.checks.serving import ON_DEVICES, engine_of
from modelyard.blueprint.serve import Mode
from modelyard.blueprint.site import ClusterSite
from modelyard.catalog import accelerators

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint

SECTIONS = ("ingestion", "features", "registry", "tracking", "pipelines", "monitoring", "llm")
"""Sections that stand on a site of their own choice."""


def _nowhere(path: Path, noun: str, name: str, names: tuple[str, ...]) -> Finding:
    what = f"there is no {noun} named '{name}'"
    return Finding(path, what, f"name a {noun} of this blueprint, or add '{name}'", names)


def standing(blueprint: Blueprint) -> Findings:
    """What names a site names one that is there."""
    sites = tuple(blueprint.sites)
    places: list[tuple[Path, str | None]] = [
        ((key, "on"), section.on)
        for key in SECTIONS
        if (section := getattr(blueprint, key)) is not None
    ]
    places += [(("models", i, "on"), model.on) for i, model in enumerate(blueprint.models)]
    places += [
        (("models", i, "serve", "fallback", "on"), model.serve.fallback.on)
        for i, model in enumerate(blueprint.models)
        if model.serve.fallback
    ]
    places += [(("data", "sites", i), site) for i, site in enumerate(blueprint.data.sites)]
    for path, site in places:
        if site is not None and site not in blueprint.sites:
            yield _nowhere(path, "site", site, sites)


def named(blueprint: Blueprint) -> Findings:
    """The parts of two sites are never called the same."""
    bare = [name for name in blueprint.sites if not blueprint.is_named(name)]
    for name in bare[1:]:
        what = f"the parts of '{name}' would be called as those of '{bare[0]}' are"
        yield Finding(("sites", name, "named"), what, "remove `named`, or set it to true")


def links(blueprint: Blueprint) -> Findings:
    """Each link joins two sites."""
    sites = tuple(blueprint.sites)
    for i, link in enumerate(blueprint.links):
        for key, site in (("from", link.from_), ("to", link.to)):
            if site not in blueprint.sites:
                yield _nowhere(("links", i, key), "site", site, sites)
        if link.from_ == link.to:
            what = f"a link from '{link.to}' to itself goes nowhere"
            yield Finding(("links", i, "to"), what, "name the other site", sites)


def dependencies(blueprint: Blueprint) -> Findings:
    """Models depend on models that exist, and never in a circle."""
    names = tuple(model.name for model in blueprint.models)
    for i, model in enumerate(blueprint.models):
        for j, name in enumerate(model.depends_on):
            if name not in names:
                yield _nowhere(("models", i, "depends_on", j), "model", name, names)
    for circle in _circles({model.name: model.depends_on for model in blueprint.models}):
        path: Path = ("models", names.index(circle[0]), "depends_on")
        what = f"models depend on each other in a circle: {' -> '.join(circle)}"
        yield Finding(path, what, "remove one of these dependencies")


def _circles(reads: dict[str, tuple[str, ...]]) -> Iterator[list[str]]:
    """One circle after the other, until none is left; each ends where it begins."""
    while True:
        try:
            TopologicalSorter(reads).prepare()
        except CycleError as error:
            circle = list(reversed(error.args[1]))
            yield circle
            reads = {name: needs for name, needs in reads.items() if name not in circle}
        else:
            return


def edge_sites(blueprint: Blueprint) -> Findings:
    """A model in edge mode has a site where that is possible."""
    capable = tuple(name for name, site in blueprint.sites.items() if getattr(site, "edge", False))
    for i, model in enumerate(blueprint.models):
        if model.serve.mode is not Mode.EDGE or engine_of(model) in ON_DEVICES:
            continue  # devices are no nodes of a site's
        fits = model.on in capable if model.on else bool(capable)
        if not fits:
            what = f"'{model.name}' is served at the edge, but its site is not an edge site"
            next = "set `edge: true` on a kubernetes or onprem site and name it in `on:`"
            yield Finding(("models", i, "serve", "mode"), what, next, capable)


def routes(blueprint: Blueprint) -> Findings:
    """Routes and retrieval name models of this blueprint."""
    if blueprint.llm is None:
        return
    names = tuple(model.name for model in blueprint.models)
    for i, route in enumerate(blueprint.llm.routes):
        for key in ("models", "fallback"):
            for j, name in enumerate(getattr(route, key)):
                if name not in names:
                    yield _nowhere(("llm", "routes", i, key, j), "model", name, names)
    rag = blueprint.llm.rag
    if rag and rag.embedding and rag.embedding not in names:
        yield _nowhere(("llm", "rag", "embedding"), "model", rag.embedding, names)


def known_accelerators(blueprint: Blueprint) -> Findings:
    """Accelerators are those of the catalog: sizing needs their memory."""
    named: list[tuple[Path, str]] = [
        (("sites", name, "gpus", "nodes", i, "accelerator"), nodes.accelerator)
        for name, site in blueprint.sites.items()
        if isinstance(site, ClusterSite)
        for i, nodes in enumerate(site.gpus.nodes)
    ]
    named += [
        (("models", i, "serve", "gpu", "accelerator"), model.serve.gpu.accelerator)
        for i, model in enumerate(blueprint.models)
        if model.serve.gpu
    ]
    for path, name in named:
        if accelerators.find(name) is None:
            what = f"the catalog has no accelerator '{name}'"
            yield Finding(path, what, "choose one it has", tuple(accelerators.accelerators()))


def slices(blueprint: Blueprint) -> Findings:
    """GPUs are cut only into slices that they have."""
    for name, site in blueprint.sites.items():
        if not isinstance(site, ClusterSite) or not site.gpus.sharing:
            continue
        profile = site.gpus.sharing.mig
        known = [accelerators.find(nodes.accelerator) for nodes in site.gpus.nodes]
        for device in dict.fromkeys(found for found in known if found):
            if profile and profile.removesuffix("+me") not in device.mig:
                what = f"{device.accelerator} cannot be cut into slices of {profile}"
                next = "choose a profile it has" if device.mig else "share it by `time_slicing`"
                yield Finding(("sites", name, "gpus", "sharing", "mig"), what, next, device.mig)


RULES = (
    standing,
    named,
    links,
    dependencies,
    edge_sites,
    routes,
    known_accelerators,
    slices,
)
