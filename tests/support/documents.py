"""Blueprints as plain data, for tests that change them before they are read."""

from __future__ import annotations

import yaml


class Loader(yaml.SafeLoader):
    """Reads `on` as the word that it is in a blueprint."""


Loader.yaml_implicit_resolvers = {
    first: resolvers
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    if first not in "oO"
}
