"""What would have to go from one site to another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding, Path
from modelyard.blueprint.checks.serving import HOSTED, engine_of
from modelyard.blueprint.serve import Mode
from modelyard.plan.promotion import follows_alias, promoted
from modelyard.plan.standing import site_of, site_of_model

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.model import Model


def crossings(blueprint: Blueprint) -> Iterator[Finding]:
    """A model reads only models of its own site, and is promoted only there."""
    yield from _stale(blueprint)
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


def _stale(blueprint: Blueprint) -> Iterator[Finding]:
    """A promotion restarts what serves the model beside it, and nothing on another site.

    A copy of the registry has what is served out of it start anew.
    """
    pipelines, registry = blueprint.pipelines, blueprint.registry
    home = site_of(blueprint, pipelines.on if pipelines else None)
    fine = (home, *(registry.replicas if registry else ()))
    for i, model in enumerate(blueprint.models):
        places = (site_of_model(blueprint, each) for each in (model, model.standing_in()) if each)
        away = [site for site in places if site not in fine]
        if away and _read_at_start(model):
            what = (
                f"a promotion on '{home}' restarts nothing on '{away[0]}': pods there serve the "
                f"version before until they start anew"
            )
            next = "restart them after each promotion, or name a version in `source`"
            yield Finding(("models", i, "source"), what, next, severity="warning")


def _read_at_start(model: Model) -> bool:
    """Whether its pods ask what the alias means when they start, and only then."""
    in_pods = engine_of(model) not in HOSTED and model.serve.mode is Mode.REALTIME
    return in_pods and promoted(model) and follows_alias(model)
