"""What it takes to have a candidate answer beside the incumbent: requests that can be copied, and
a server that takes any version.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding, Findings, Path
from modelyard.blueprint.checks.serving import HOSTED, engine_of
from modelyard.blueprint.serve import Exposure, Mode, ServingEngine

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.model import Model


def shadows(blueprint: Blueprint) -> Findings:
    """Each reason at the key that it is about; what a cloud runs, the plan refuses by itself."""
    for i, model in enumerate(blueprint.models):
        if model.promote.shadow and engine_of(model) not in HOSTED:
            at: Path = ("models", i)
            for path, what, next in (*_server(model), *_requests(blueprint, model)):
                yield Finding((*at, *path), what, next)


def _server(model: Model) -> Iterator[tuple[Path, str, str]]:
    if engine_of(model) is not ServingEngine.MLFLOW:
        what = f"{engine_of(model)} serves what `source` names: a candidate has no way into it"
        next = "remove it, or serve with `engine: mlflow`, which takes any version of the registry"
        yield ("promote", "shadow"), what, next
    elif model.serve.mode is not Mode.REALTIME:
        what = f"nobody asks a model in {model.serve.mode} mode, so that there is nothing to copy"
        yield ("promote", "shadow"), what, "remove it, or set `mode: realtime`"
    elif "@" not in model.source:
        what = "what is served is no alias of the registry, so that no candidate takes its place"
        yield ("source",), what, f"write models:/{model.name}@champion, or remove `shadow`"


def _requests(blueprint: Blueprint, model: Model) -> Iterator[tuple[Path, str, str]]:
    site = blueprint.sites.get(model.on or next(iter(blueprint.sites)))
    if model.serve.expose is not Exposure.GATEWAY:
        what = "only the gateway copies requests, and this model is not reached through it"
        yield ("promote", "shadow"), what, "set `serve: {expose: gateway}`, or remove it"
    elif site is not None and site.ingress and getattr(site.ingress, "attach", None):
        what = "whether a Gateway of somebody else's copies requests, nobody here knows"
        yield ("promote", "shadow"), what, "remove it, or use `ingress: {engine: envoy-gateway}`"
    if model.serve.fallback is not None:
        what = "requests that go on to another site are not copied"
        yield ("promote", "shadow"), what, "remove it, or remove `serve.fallback`"
    data = model.monitor.data if model.monitor else None
    if data is None or data.current is None:
        what = "nothing says what the model was asked, and so what both are compared by"
        yield ("promote", "shadow"), what, "add `monitor: {data: {current: s3://…}}`"


RULES = (shadows,)
