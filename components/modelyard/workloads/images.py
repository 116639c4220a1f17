"""Images that a blueprint names itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelyard.contracts.cluster import Cluster
    from modelyard.contracts.serving import ServingArgs


def named(cluster: Cluster, image: str) -> str:
    """As it is named; where nothing comes from outside, from the registry of the site."""
    copies = cluster.facts.copies
    return copies.image(image) if copies else image


def served(args: ServingArgs, own: str) -> str:
    """What a model is served from: the blueprint's image, or the engine's own of the catalog."""
    given = args.model.serve.image
    return named(args.cluster, given) if given else args.cluster.image(own)
