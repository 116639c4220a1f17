"""What Vertex AI can and cannot do with what a blueprint says, and what only Google's servers can.

Nothing of Vertex AI can be provisioned but what the provider has a resource for: it has none for
the Model Registry, for the deployment of a model of one's own, for batch predictions, for model
monitoring and for runs of pipelines.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding, Findings, Path
from modelyard.blueprint.checks.serving import engine_of
from modelyard.blueprint.lifecycle import RegistryEngine
from modelyard.blueprint.model import Model
from modelyard.blueprint.serve import Exposure, Mode, ServingEngine
from modelyard.blueprint.site import GcpSite
from modelyard.blueprint.team import Classification

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint

E = ServingEngine

GOOGLES = (E.VERTEX, E.CLOUD_RUN)
"""Engines whose servers Google runs."""
GUARDED = (Classification.CONFIDENTIAL, Classification.RESTRICTED)


def sources(blueprint: Blueprint) -> Findings:
    """Model Garden deploys models of the hub, whose terms somebody has accepted."""
    for i, model in enumerate(blueprint.models):
        at: Path = ("models", i)
        if engine_of(model) is not E.VERTEX:
            if model.serve.eula is not None:
                what = f"{engine_of(model)} asks nobody to accept the terms of a model"
                yield Finding((*at, "serve", "eula"), what, "remove it, or set `engine: vertex`")
            continue
        if not model.source.startswith("hf://"):
            what = f"no resource of Google's deploys {model.source} to an endpoint of Vertex AI"
            next = "take the model from hf://, set `engine: cloud-run` or serve it in the cluster"
            yield Finding((*at, "source"), what, next, ("hf://",))
        elif model.serve.eula is None:
            what = "Model Garden deploys a model only to those who accept its terms"
            next = "read them on its page on the hub, and add `eula: accepted`"
            yield Finding((*at, "serve"), what, next)


def keys(blueprint: Blueprint) -> Findings:
    """Keys that mean something in a cluster, and nothing where Google runs the server."""
    for i, model in enumerate(blueprint.models):
        at: Path = ("models", i)
        if engine_of(model) not in GOOGLES:
            if model.serve.callers:
                what = f"who may ask {engine_of(model)} is not Google's to say"
                next = "remove it, or set `engine: vertex` or `engine: cloud-run`"
                yield Finding((*at, "serve", "callers"), what, next)
            continue
        foreign = [*_foreign(model), *(_fixed(model) if engine_of(model) is E.VERTEX else ())]
        for path, what, next in foreign:
            yield Finding((*at, *path), what, next)


def _foreign(model: Model) -> Iterator[tuple[Path, str, str]]:
    serve, engine = model.serve, engine_of(model)
    if serve.cache is not None:
        yield ("serve", "cache"), f"{engine} has no volume for weights", "remove it"
    if serve.expose is Exposure.GATEWAY:
        what = f"{engine} answers inside the network, not through the cluster's gateway"
        yield ("serve", "expose"), what, "remove it, and name who may ask in `callers`"
    if model.token is not None:
        what = f"the environment of {engine} can be read in the project: a token is no secret there"
        yield ("token",), what, "serve a gated model in the cluster: `engine: vllm`"
    for name in sorted(name for name, value in serve.env.items() if value.startswith("secret://")):
        what = f"the environment of {engine} can be read in the project"
        yield ("serve", "env", name), what, "let the container read the secret itself"
    if model.artifact is not None:
        what = f"nothing checks an artifact before {engine} loads it"
        yield ("artifact",), what, "remove it, or serve the model in the cluster"
    if model.depends_on:
        what = f"a model that {engine} serves is not told where others answer yet"
        yield ("depends_on",), what, "remove it, or serve both in the cluster"
    if model.monitor is not None and model.monitor.data is None:
        what = "the provider has no resource for model monitoring, so that nothing watches it"
        yield ("monitor",), what, "add `data`: the platform's jobs measure on rows that are named"


def _fixed(model: Model) -> Iterator[tuple[Path, str, str]]:
    """What Model Garden decides, or the machine."""
    if model.serve.image is not None:
        what = "Vertex AI serves a model of the hub by Google's own vLLM"
        yield ("serve", "image"), what, "remove it, or set `engine: cloud-run`"
    if "resources" in model.serve.model_fields_set:
        what = "a replica has a machine to itself, with all its cores and memory"
        yield ("serve", "resources"), what, "remove it; `gpu` chooses another machine"


def dependents(blueprint: Blueprint) -> Findings:
    """A model in the cluster is not told of one that Google runs."""
    hosted = {model.name: engine_of(model) for model in blueprint.models}
    for i, model in enumerate(blueprint.models):
        for j, name in enumerate(model.depends_on):
            theirs = hosted.get(name) in GOOGLES
            if theirs and engine_of(model) not in GOOGLES:
                what = f"'{name}' is served by {hosted[name]}, and '{model.name}' is not told where"
                yield Finding(("models", i, "depends_on", j), what, "serve both in the cluster")


def guarded(blueprint: Blueprint) -> Findings:
    """Model Garden's resource takes no key, and its server asks the hub for the weights."""
    for i, model in enumerate(blueprint.models):
        site = blueprint.sites.get(model.on or next(iter(blueprint.sites)))
        if engine_of(model) is not E.VERTEX:
            continue
        kind = blueprint.data.classification
        if kind in GUARDED:
            what = f"what Model Garden deploys takes no key of the platform's: not for {kind} data"
            next_step = "serve the model in the cluster: `engine: vllm`"
            yield Finding(("models", i, "serve", "engine"), what, next_step)
        if isinstance(site, GcpSite) and site.perimeter and not site.perimeter.dry_run:
            what = f"there is no way to {model.source} out of a service perimeter"
            next_step = "bring the weights to a bucket, and serve them in the cluster"
            yield Finding(("models", i, "source"), what, next_step)


def registry(blueprint: Blueprint) -> Findings:
    """Vertex AI has a registry, of which only its API knows."""
    section = blueprint.registry
    if section is not None and section.engine is RegistryEngine.VERTEX:
        what = "the provider has no resource for Vertex AI's Model Registry"
        next = "set `registry: {engine: mlflow}`; `tracking: {engine: vertex}` may stand beside it"
        yield Finding(("registry", "engine"), what, next, ("mlflow",))


def batch(blueprint: Blueprint) -> Findings:
    """Who may ask is said of what answers."""
    for i, model in enumerate(blueprint.models):
        google = engine_of(model) in GOOGLES
        if google and model.serve.callers and model.serve.mode is Mode.BATCH:
            what = "a batch run answers nobody"
            yield Finding(("models", i, "serve", "callers"), what, "remove it")


RULES = (sources, keys, dependents, guarded, registry, batch)
