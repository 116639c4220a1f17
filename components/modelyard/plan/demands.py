"""What a blueprint asks for: one demand for each part that has to stand somewhere."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.serving import HOSTED, ON_DEVICES, TYPES, WAKING, engine_of
from modelyard.blueprint.checks.watching import OUTSIDE, heard
from modelyard.blueprint.data_plane import FeatureEngine, OfflineStore, OnlineStore
from modelyard.blueprint.lifecycle import MonitoringEngine, Pipelines, Registry
from modelyard.blueprint.model import Approval, Model, ModelType, RetrainTrigger
from modelyard.blueprint.serve import Mode, ServingEngine
from modelyard.blueprint.site import CloudSite
from modelyard.plan.autoscaling import KEDA, autoscaler
from modelyard.plan.capability import Capability as C
from modelyard.plan.copies import copies_of, lies_at
from modelyard.plan.demand import Demand
from modelyard.plan.facilities import engine as facility_engine
from modelyard.plan.far import REMOTE, watched_from, watching
from modelyard.plan.link_demands import link_demands
from modelyard.plan.promotion import promoted
from modelyard.plan.standing import REGISTRY, site_of, site_of_model
from modelyard.plan.watched import MEASURED_BY, watching_demands

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.checks.finding import Path


def demands(blueprint: Blueprint) -> Iterator[Demand]:
    """Everything the blueprint asks for, said or implied, in its own order."""
    yield from _sites(blueprint)
    yield from _data(blueprint)
    yield from _lifecycle(blueprint)
    for index, model in enumerate(blueprint.models):
        yield from _model(blueprint, index, model)
    yield from _llm(blueprint)


CHOSEN = {
    C.KEYS: "asked for, or the data call for it",
    C.INGRESS: "asked for",
    C.IMAGE_REGISTRY: "asked for",
    C.BUDGET: "there is a budget or a quota",
    C.DETECTION: "asked for, or the compliance profiles call for it",
}
"""What a site has only where its settings or the data say so, and why."""
OF_CLOUDS = (C.ACCOUNT, C.VPC, C.KMS)


def _sites(blueprint: Blueprint) -> Iterator[Demand]:
    for name, site in blueprint.sites.items():
        at: Path = ("sites", name)
        if isinstance(site, CloudSite):
            for capability in OF_CLOUDS:
                yield Demand(capability, "", name, at, "every cloud site has it")
        for capability in (C.CLUSTER, C.NETWORK, C.IDENTITY, C.ACCESS, C.GOVERNANCE, C.AUDIT_LOG):
            yield Demand(capability, "", name, at, "every site has it")
        for capability, because in CHOSEN.items():
            if facility_engine(blueprint, site, capability) is not None:
                yield Demand(capability, "", name, at, because)
        if copies_of(site):
            yield Demand(C.AIRGAP, "mirror", name, (*at, "airgap"), "the site has no way out")
    yield from link_demands(blueprint)


def _data(blueprint: Blueprint) -> Iterator[Demand]:
    ingestion, features = blueprint.ingestion, blueprint.features
    if ingestion:
        site = site_of(blueprint, ingestion.on)
        keys = {
            "validation": C.VALIDATION,  # first: what loads the data may need it
            "engine": C.INGESTION,
            "versioning": C.VERSIONING,
            "lineage": C.LINEAGE,
        }
        for key, capability in keys.items():
            if engine := getattr(ingestion, key):
                yield Demand(capability, str(engine), site, ("ingestion", key), "asked for")
    if features:
        site, at = site_of(blueprint, features.on), "features"
        yield Demand(C.FEATURES, str(features.engine), site, (at, "engine"), "asked for")
        if features.engine is FeatureEngine.FEAST:
            yield _store(site, "online", features.online, OnlineStore)
            yield _store(site, "offline", features.offline, OfflineStore)


def _store(site: str, key: str, engine: str, kinds: type[StrEnum]) -> Demand:
    """A store of Feast; the other feature stores bring their own."""
    choices = tuple(str(kind) for kind in kinds)
    path: Path = ("features", key)
    return Demand(C.FEATURES, f"feast/{engine}", site, path, f"{key} store", choices=choices)


def _lifecycle(blueprint: Blueprint) -> Iterator[Demand]:
    registry, tracking, pipelines = blueprint.registry, blueprint.tracking, blueprint.pipelines
    if registry:
        site = site_of(blueprint, registry.on)
        yield Demand(C.REGISTRY, str(registry.engine), site, ("registry", "engine"), "asked for")
        yield from _replicas(site, registry)
    elif readers := [i for i, m in enumerate(blueprint.models) if m.source.startswith(REGISTRY)]:
        reader = blueprint.models[readers[0]]
        site, because = site_of_model(blueprint, reader), f"'{reader.name}' comes from a registry"
        yield Demand(C.REGISTRY, "mlflow", site, ("models", readers[0], "source"), because)
    if tracking:
        site = site_of(blueprint, tracking.on)
        yield Demand(C.TRACKING, str(tracking.engine), site, ("tracking", "engine"), "asked for")
    if pipelines:
        site = site_of(blueprint, pipelines.on)
        yield Demand(C.PIPELINES, str(pipelines.engine), site, ("pipelines", "engine"), "asked for")
    if monitoring := blueprint.monitoring:
        attached = monitoring.attach and monitoring.engine is MonitoringEngine.PROMETHEUS
        engine, key = ("attach", "attach") if attached else (str(monitoring.engine), "engine")
        site = watching(blueprint)
        yield Demand(C.MONITORING, engine, site, ("monitoring", key), "asked for")
        for near in watched_from(blueprint):
            because = f"its metrics go to '{site}'"
            yield Demand(C.MONITORING, REMOTE, near, ("monitoring", key), because, far=site)


def _replicas(home: str, registry: Registry) -> Iterator[Demand]:
    """A registry on each of these sites, and what has it follow the one at home."""
    for i, site in enumerate(registry.replicas):
        path: Path = ("registry", "replicas", i)
        because = f"a copy of the one on '{home}'"
        yield Demand(C.REGISTRY, str(registry.engine), site, path, because)
        yield Demand(C.REPLICATION, str(registry.engine), site, path, because, far=home)


def _model(blueprint: Blueprint, index: int, model: Model) -> Iterator[Demand]:
    site, at = site_of_model(blueprint, model), ("models", index)
    yield from _served(blueprint, model, at, (*at, "serve"), "served")
    if there := model.standing_in():
        because = f"takes what '{site}' does not"
        yield from _served(blueprint, there, at, (*at, "serve", "fallback"), because)
    yield from _retraining(blueprint, model, at)
    yield from _promotion(blueprint, model, at)
    yield from watching_demands(model, site, at)


def _served(
    blueprint: Blueprint, model: Model, at: Path, copies: Path, because: str
) -> Iterator[Demand]:
    """`copies`: where it says how many of it there are."""
    site, path = site_of_model(blueprint, model), (*at, "serve", "engine")
    engines = tuple(str(engine) for engine, types in TYPES.items() if model.type in types)
    yield Demand(C.SERVING, _serving(model), site, path, because, model.name, engines)
    yield from _loading(blueprint, model, site, at)
    yield from _proof(blueprint, model, site, (*at, "artifact"))
    if model.serve.mode is not Mode.REALTIME:
        return
    if model.serve.replicas.scales:
        yield _autoscaling(model, site, (*copies, "replicas"))
    if not model.serve.replicas.min and engine_of(model) not in WAKING:
        # Without a replica there is nobody to tell of a queue or of load, and nothing to follow.
        path, why = (*copies, "replicas", "min"), "asked for"
        to_zero = (C.AUTOSCALING, "scale-to-zero")
        yield Demand(*to_zero, site, path, why, model.name, next="set min to 1")


_COPIED = "serve it where a copy of the registry is (`registry: {replicas: [SITE]}`), or remove it"


def _proof(blueprint: Blueprint, model: Model, site: str, at: Path) -> Iterator[Demand]:
    """A copy of the registry takes over nothing unproved; training scans what it makes itself."""
    replicas = blueprint.registry.replicas if blueprint.registry else ()
    copied = site in replicas and model.source.startswith(REGISTRY)
    if model.artifact is None or (model.retrain and not copied):
        return
    engine = "replica" if copied and model.artifact.sha256 is None else "init"
    if engine_of(model) in ON_DEVICES:
        engine = _serving(model)
    yield Demand(C.ARTIFACT_CHECK, engine, site, at, "asked for", model.name, next=_COPIED)


def _serving(model: Model) -> str:
    """KServe serves language models by another operator than the rest; what a cloud runs is of
    another kind for each mode.
    """
    engine = engine_of(model)
    llm = engine is ServingEngine.KSERVE and model.type is ModelType.LLM
    if engine in HOSTED and model.serve.mode is not Mode.REALTIME:
        return f"{engine}/{model.serve.mode}"
    return f"{engine}/llm" if llm else str(engine)


def _loading(blueprint: Blueprint, model: Model, site: str, at: Path) -> Iterator[Demand]:
    """What a model's weights and a batch run's data lie on, and the accelerators it may use."""
    serve, place = model.serve, blueprint.sites[site]
    copies, draft = copies_of(place), serve.speculative and serve.speculative.model
    addresses = {
        (*at, "source"): lies_at(copies, model.source, model.revision),
        (*at, "serve", "speculative", "model"): draft and lies_at(copies, draft),
        (*at, "serve", "input"): serve.input,
        (*at, "serve", "output"): serve.output,
    }
    for path, address in addresses.items():
        if address and address.startswith("s3://"):
            yield Demand(C.OBJECT_STORE, "", site, path, f"'{model.name}' uses {address}")
    had = isinstance(place, CloudSite) or bool(place.gpus.nodes)
    in_cluster = engine_of(model) not in HOSTED
    if in_cluster and (serve.gpu or (had and model.type is not ModelType.PREDICTIVE)):
        yield Demand(C.GPU_POOL, "", site, (*at, "serve"), f"'{model.name}' may use accelerators")


def _autoscaling(model: Model, site: str, path: Path) -> Demand:
    """By the queue where the engine tells of it, by CPU load elsewhere."""
    engine = autoscaler(model)
    because = "scales on its queue" if engine == KEDA else "scales on load"
    return Demand(C.AUTOSCALING, engine, site, path, because, model.name)


def pipelines_of(blueprint: Blueprint) -> tuple[str, str]:
    """Engine and site of what runs retraining and promotion."""
    pipelines = blueprint.pipelines or Pipelines.left_out()
    return str(pipelines.engine), site_of(blueprint, pipelines.on)


def _retraining(blueprint: Blueprint, model: Model, at: Path) -> Iterator[Demand]:
    if model.retrain is None:
        return
    engine, site = pipelines_of(blueprint)
    if model.retrain.every or model.retrain.on or engine in OUTSIDE:
        path = (*at, "retrain", *(["every"] if model.retrain.every else []))
        yield Demand(C.RETRAINING, engine, site, path, "it is trained anew", model.name)
    if model.retrain.gpus and engine not in OUTSIDE:
        because = f"'{model.name}' is trained on GPUs"
        yield Demand(C.GPU_POOL, "", site, (*at, "retrain", "gpus"), because)
    if model.artifact:
        scan = f"{engine}/scan" if engine in OUTSIDE else "scan"
        yield Demand(C.ARTIFACT_CHECK, scan, site, (*at, "artifact"), "asked for", model.name)
    for i, trigger in enumerate(model.retrain.on):
        path = (*at, "retrain", "on", i)
        verdict = f"{engine}/{trigger}" if engine in OUTSIDE else str(trigger)
        because, known = "on a verdict", tuple(map(str, RetrainTrigger))
        yield Demand(C.RETRAINING_TRIGGER, verdict, site, path, because, model.name, known)
    if engine in OUTSIDE and heard(blueprint, model):
        path, because = (*at, "retrain", "on"), "Prometheus is asked"
        yield Demand(C.RETRAINING_TRIGGER, f"{engine}/alerts", site, path, because, model.name)


def _promotion(blueprint: Blueprint, model: Model, at: Path) -> Iterator[Demand]:
    engine, site = pipelines_of(blueprint)
    promote, path = model.promote, (*at, "promote")
    if promoted(model):
        decided = promote.approval is Approval.REQUIRED
        where = (*path, "approval") if decided else (*at, "retrain")
        because = "a person decides" if decided else "training brings new versions"
        yield Demand(C.PROMOTION, engine, site, where, because, model.name)
    for capability in (C.BENCHMARK, C.SHADOW, C.FAIRNESS):
        if getattr(promote, capability.field):
            where = (*path, capability.field)
            gate = f"{engine}/gate" if engine in OUTSIDE else "gate"
            yield Demand(capability, gate, site, where, "a gate", model.name)
    # Pipelines of a cloud run none of them, which the checks have said.
    for i, check in enumerate(promote.checks if engine not in OUTSIDE else ()):
        where, (capability, _) = (*path, "checks", i), MEASURED_BY[check]
        yield Demand(capability, "gate", site, where, "a gate", model.name)


_FOLDER = "watch the folder of documents: `monitor: {freshness: {at: s3://…, age: 24h}}` of a model"


def _llm(blueprint: Blueprint) -> Iterator[Demand]:
    llm = blueprint.llm
    if llm is None:
        return
    site = site_of(blueprint, llm.on)
    asked: list[tuple[C, str | None, str]] = [
        (C.GATEWAY, llm.gateway, "gateway"),
        (C.LLM_CACHE, llm.cache, "cache"),
        (C.PROMPTS, llm.prompts, "prompts"),
        (C.EVALUATION, llm.evaluation, "evaluation"),
    ]
    for capability, engine, key in asked:
        if engine:
            yield Demand(capability, str(engine), site, ("llm", key), "asked for")
    of_gateway = {"routes": C.GATEWAY, "secret": C.GATEWAY, "budgets": C.TOKEN_BUDGETS}
    for key, capability in of_gateway.items():
        if getattr(llm, key):
            engine = str(llm.gateway or "a gateway")
            yield Demand(capability, engine, site, ("llm", key), "asked for")
    if llm.rag:
        store, at = str(llm.rag.store), ("llm", "rag")
        yield Demand(C.RAG, store, site, (*at, "store"), "asked for")
        if llm.rag.freshness:
            fresh = f"{store}/freshness"
            yield Demand(C.RAG, fresh, site, (*at, "freshness"), "asked for", next=_FOLDER)
    for i, guardrail in enumerate(llm.guardrails):
        path: Path = ("llm", "guardrails", i, "engine")
        yield Demand(C.GUARDRAILS, str(guardrail.engine), site, path, "asked for")
