"""What would have to go from one site to another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding, Path
from modelyard.plan.demands import site_of_model

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint


def crossings(blueprint: Blueprint) -> Iterator[Finding]:
    """A model reads only models of its own site: nothing carries requests between sites yet."""
    sites = {model.name: site_of_model(blueprint, model) for model in blueprint.models}
    for i, model in enumerate(blueprint.models):
        for j, name in enumerate(model.depends_on):
            here, there = sites[model.name], sites.get(name)
            if there not in (None, here):
                path: Path = ("models", i, "depends_on", j)
                what = (
                    f"'{model.name}' on '{here}' reads '{name}' on '{there}'; "
                    "that is not offered across sites yet"
                )
                yield Finding(path, what, f"put both on one site with `on: {there}`")
