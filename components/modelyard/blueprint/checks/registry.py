"""Copies of the registry: where they may stand, and what may be served out of one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding, Findings
from modelyard.blueprint.lifecycle import RegistryEngine

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint

_BY_ALIAS = re.compile(r"models:/[^@/]+@.+")


def replicas(blueprint: Blueprint) -> Findings:
    """Each on a site of its own, of an engine that can be copied."""
    registry = blueprint.registry
    if registry is None or not registry.replicas:
        return
    home = registry.on or next(iter(blueprint.sites))
    if registry.engine is not RegistryEngine.MLFLOW:
        what = f"{registry.engine} is copied by nothing here"
        yield Finding(("registry", "replicas"), what, "choose mlflow, or remove it", ("mlflow",))
    for i, site in enumerate(registry.replicas):
        at = ("registry", "replicas", i)
        if site not in blueprint.sites:
            what, others = f"there is no site named '{site}'", tuple(blueprint.sites)
            yield Finding(at, what, "name a site of this blueprint", others)
        elif site == home:
            yield Finding(at, f"the registry itself stands on '{site}'", "remove it")
        elif site in registry.replicas[:i]:
            yield Finding(at, f"'{site}' is named twice", "remove one")


def read_only(blueprint: Blueprint) -> Findings:
    """What trains and promotes does so where the registry is: a copy only follows."""
    registry, pipelines = blueprint.registry, blueprint.pipelines
    if registry and pipelines and pipelines.on in registry.replicas:
        what = f"the registry on '{pipelines.on}' is a copy: what runs register would stay there"
        home = registry.on or next(iter(blueprint.sites))
        yield Finding(("pipelines", "on"), what, f"put them beside the registry: `on: {home}`")


def by_alias(blueprint: Blueprint) -> Findings:
    """Versions have other numbers in a copy; an alias is the same."""
    copies = blueprint.registry.replicas if blueprint.registry else ()
    for i, model in enumerate(blueprint.models):
        places = (each.on for each in (model, model.standing_in()) if each)
        site = next((place for place in places if place in copies), None)
        if site and model.source.startswith("models:/") and not _BY_ALIAS.fullmatch(model.source):
            what = f"'{site}' has a copy of the registry, which follows aliases alone"
            next_ = "name one: `source: models:/NAME@ALIAS`"
            yield Finding(("models", i, "source"), what, next_)


def signed(blueprint: Blueprint) -> Findings:
    """A signature is held against a key, and a key is there for a signature."""
    for i, model in enumerate(blueprint.models):
        artifact = model.artifact
        if artifact and bool(artifact.signature) != bool(artifact.public_key):
            here, lacking = ("signature", "public_key")[:: 1 if artifact.signature else -1]
            example = "required" if lacking == "signature" else "the PEM of the public key"
            what = f"`{here}` without `{lacking}` proves nothing"
            yield Finding(("models", i, "artifact", here), what, f"add `{lacking}`: {example}")


RULES = (replicas, read_only, by_alias, signed)
