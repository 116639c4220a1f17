"""Where images come from: a mirror, ECR's cache of a public registry, or that registry itself."""

from __future__ import annotations

from modelyard.blueprint.site import AwsSite
from modelyard.sites.aws.names import domain

OPEN = {
    "public.ecr.aws": "ecr-public",
    "quay.io": "quay",
    "registry.k8s.io": "kubernetes",
}
"""Registries that ECR's cache reads without credentials, and what they are called in it."""
CLOSED = {"docker.io": "docker-hub", "ghcr.io": "github"}
"""Those that it reads only with credentials. Source: ECR user guide, pull through cache."""
UPSTREAM = {"docker.io": "registry-1.docker.io"}
"""Where ECR finds a registry, where that is not its own name."""


def prefixes(site: AwsSite) -> dict[str, str]:
    """The registries that are cached, each with its first part of every name in the cache."""
    given = site.image_registry.credentials
    closed = {registry: prefix for registry, prefix in CLOSED.items() if registry in given}
    return {**OPEN, **closed}


def cached(reference: str, site: AwsSite) -> str:
    """An image's reference as pods of the site name it."""
    registry, _, path = reference.partition("/")
    if site.mirror:
        return f"{site.mirror.url}/{path}"
    prefix = prefixes(site).get(registry)
    return f"{host(site)}/{prefix}/{path}" if prefix else reference


def host(site: AwsSite) -> str:
    """The account's own registry in the site's region."""
    return f"{site.account}.dkr.ecr.{site.region}.{domain(site.region)}"
