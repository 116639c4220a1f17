"""Whether the feature store finds its definitions and its online store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding, Findings
from modelyard.blueprint.data_plane import ONLINE_CACHES
from modelyard.blueprint.site import ClusterSite

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint


def online_store(blueprint: Blueprint) -> Findings:
    """Online features and the cache that is made for them are of one kind."""
    features = blueprint.features
    if features is None or features.online not in ONLINE_CACHES:
        return
    name = features.on or next(iter(blueprint.sites))
    site = blueprint.sites.get(name)
    if not isinstance(site, ClusterSite) or site.cache.attach:
        return
    if site.cache.engine not in (None, features.online):
        what = (
            f"online features are kept in {features.online}, and '{name}' has {site.cache.engine}"
        )
        next_step = f"set `cache: {{engine: {features.online}}}` on the site"
        yield Finding(("features", "online"), what, next_step, (site.cache.engine,))


def repository(blueprint: Blueprint) -> Findings:
    """Definitions are cloned over HTTPS: there is no key for a private repository yet."""
    repo = blueprint.features.repo if blueprint.features else None
    if repo is not None and not repo.startswith("https://"):
        what = f"cloning {repo} is not offered yet, only public addresses over HTTPS"
        yield Finding(("features", "repo"), what, "name the repository's https:// address")


RULES = (online_store, repository)
