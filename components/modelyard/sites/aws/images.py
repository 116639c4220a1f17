"""Where images come from: a mirror, ECR's cache of a public registry, or that registry itself."""

from __future__ import annotations

from modelyard.blueprint.site import AwsSite
from modelyard.plan.naming import fitted
from modelyard.sites.aws.names import arn, domain
from modelyard.sites.aws.policies import Statement, allow

OPEN = {
    "public.ecr.aws": "ecr-public",
    "quay.io": "quay",
    "registry.k8s.io": "kubernetes",
}
"""Registries that ECR's cache reads without credentials, and what they are called in it."""
CLOSED = {"docker.io": "docker-hub", "ghcr.io": "github"}
"""Those that it reads only with credentials. Source: ECR user guide, pull through cache."""
_SCOPE = 19
"""Most characters of a platform's part of a prefix, which has 30 in all."""
UPSTREAM = {"docker.io": "registry-1.docker.io"}
"""Where ECR finds a registry, where that is not its own name."""


def prefixes(scope: str, site: AwsSite) -> dict[str, str]:
    """The registries that are cached, each with its first part of every name in the cache.

    Every platform of an account has a cache of its own: a rule belongs to one prefix.
    """
    given = site.image_registry.credentials
    closed = {registry: prefix for registry, prefix in CLOSED.items() if registry in given}
    return {r: f"{fitted(scope, _SCOPE)}-{prefix}" for r, prefix in {**OPEN, **closed}.items()}


def cached(reference: str, scope: str, site: AwsSite) -> str:
    """An image's reference as pods of the site name it."""
    registry, _, path = reference.partition("/")
    if site.mirror:
        return f"{site.mirror.url}/{path}"
    prefix = prefixes(scope, site).get(registry)
    return f"{host(site)}/{prefix}/{path}" if prefix else reference


def repositories(scope: str, site: AwsSite) -> list[str]:
    """The ARNs of whatever the cache holds."""
    return [arn(site, "ecr", f"repository/{it}/*") for it in prefixes(scope, site).values()]


def filling(scope: str, site: AwsSite) -> list[Statement]:
    """Lets the first node that asks for an image have a repository made for it in the cache.

    AWS's policy for nodes lets them fill repositories, and make none; source: ECR user guide,
    pull-through-cache-iam.
    """
    return [] if site.mirror else [allow(("ecr:CreateRepository",), repositories(scope, site))]


def host(site: AwsSite) -> str:
    """The account's own registry in the site's region."""
    return f"{site.account}.dkr.ecr.{site.region}.{domain(site.region)}"
