"""Where images come from: a mirror, or Artifact Registry's own cache of the public registries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelyard.sites.gcp.names import scoped

if TYPE_CHECKING:
    from modelyard.blueprint.site import GcpSite
    from modelyard.contracts.context import Context

REGISTRIES = {
    "docker.io": "docker-hub",
    "ghcr.io": "github",
    "nvcr.io": "nvidia",
    "public.ecr.aws": "ecr-public",
    "quay.io": "quay",
    "registry.k8s.io": "kubernetes",
}
"""Registries that are cached, and what they are called in the cache."""
_REPOSITORY = 63
"""Most characters of a repository's name; source: Artifact Registry API reference."""


def repository(context: Context, part: str) -> str:
    """A repository of this platform: every platform of a project has a cache of its own."""
    return scoped(context, part, most=_REPOSITORY)


def host(site: GcpSite) -> str:
    """The project's own registry in the site's region."""
    return f"{site.region}-docker.pkg.dev/{site.project}"


def cached(reference: str, context: Context, site: GcpSite) -> str:
    """An image's reference as pods of the site name it."""
    registry, _, path = reference.partition("/")
    if site.mirror:
        return f"{site.mirror.url}/{path}"
    part = REGISTRIES.get(registry)
    return f"{host(site)}/{repository(context, part)}/{path}" if part else reference
