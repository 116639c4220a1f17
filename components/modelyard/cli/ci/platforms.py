"""The platforms by name, and which one this is."""

from __future__ import annotations

from collections.abc import Mapping

from modelyard.cli.ci.azure import Azure
from modelyard.cli.ci.github import GitHub
from modelyard.cli.ci.gitlab import GitLab
from modelyard.cli.ci.plain import Plain
from modelyard.cli.ci.platform import Platform

PLATFORMS = {"github": GitHub, "gitlab": GitLab, "azure": Azure, "plain": Plain}
"""In the order in which they are looked for; the last is whatever is left."""


def platform_of(variables: Mapping[str, str], name: str | None = None) -> Platform:
    """The platform of this name, or the one whose variables these are."""
    if name:
        return PLATFORMS[name](variables)
    return next(kind(variables) for kind in PLATFORMS.values() if kind.runs(variables))
