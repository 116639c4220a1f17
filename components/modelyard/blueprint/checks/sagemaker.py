"""What SageMaker can and cannot do with what a blueprint says, and what only it can."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding, Findings, Path
from modelyard.blueprint.checks.serving import engine_of
from modelyard.blueprint.checks.watching import analysed
from modelyard.blueprint.data_plane import FeatureEngine
from modelyard.blueprint.lifecycle import PipelineEngine, Pipelines, RegistryEngine
from modelyard.blueprint.model import Model, ModelType
from modelyard.blueprint.serve import Exposure, Mode, ServingEngine
from modelyard.blueprint.site import AwsSite
from modelyard.blueprint.team import Classification
from modelyard.catalog.sagemaker import hosted_image

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint

FEAST_KEYS = ("online", "offline", "repo", "path", "materialize")
"""Keys of `features` that configure Feast; SageMaker's store brings its own."""
RESERVED = ("is_deleted", "write_time", "api_invocation_time")
"""Names that SageMaker adds itself; source: feature store, feature definitions."""
OWN_IMAGE = re.compile(r"^[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/")
VERSION = re.compile(r"^models:/[^@/]+/[1-9][0-9]*$")
LARGEST = 6 * 2**30
"""Memory of a serverless endpoint at most; source: SageMaker developer guide."""


def features(blueprint: Blueprint) -> Findings:
    """Groups are declared where the store keeps no definitions of its own."""
    store = blueprint.features
    if store is None:
        return
    if store.engine is not FeatureEngine.SAGEMAKER:
        if store.groups and store.engine is not FeatureEngine.VERTEX:
            what = f"{store.engine} does not read feature groups from the blueprint"
            next = "remove them, or set `engine: sagemaker` or `engine: vertex`"
            yield Finding(("features", "groups"), what, next)
        return
    if not store.groups:
        what = "nothing says what SageMaker's feature store is to hold"
        next = "add `groups: [{name: …, key: …, time: …, fields: {…}}]`"
        yield Finding(("features", "groups"), what, next)
    for key in sorted(store.model_fields_set & set(FEAST_KEYS)):
        what = f"'{key}' is a setting of Feast, not of SageMaker's feature store"
        yield Finding(("features", key), what, "remove it, or set `engine: feast`")
    yield from _groups(blueprint)


def _groups(blueprint: Blueprint) -> Findings:
    assert blueprint.features is not None
    names: set[str] = set()
    for i, group in enumerate(blueprint.features.groups):
        at: Path = ("features", "groups", i)
        if group.name in names:
            yield Finding((*at, "name"), f"there are two groups '{group.name}'", "rename one")
        names.add(group.name)
        for key in ("ttl", "throughput"):
            if getattr(group, key) is not None and not group.online:
                what = f"'{key}' is for rows that are online"
                yield Finding((*at, key), what, "remove it, or set `online: true`")
        for name in sorted({group.key, group.time, *group.fields} & set(RESERVED)):
            what = f"SageMaker has a feature '{name}' of its own"
            yield Finding((*at, "fields"), what, "give it another name")


def registry(blueprint: Blueprint) -> Findings:
    """What SageMaker's registry keeps is read by what SageMaker runs, and by nothing else yet."""
    section = blueprint.registry
    theirs = section is not None and section.engine is RegistryEngine.SAGEMAKER
    if section is not None and section.share and not theirs:
        what = f"{section.engine} is not shared by accounts of AWS"
        yield Finding(("registry", "share"), what, "remove it, or set `engine: sagemaker`")
    for i, model in enumerate(blueprint.models):
        if model.card is not None and not theirs:
            what = "only SageMaker's registry keeps model cards"
            next = "remove it, or set `registry: {engine: sagemaker}`"
            yield Finding(("models", i, "card"), what, next)
        if theirs and model.source.startswith("models:/") and not _hosted(model):
            what = f"{engine_of(model)} cannot read SageMaker's registry"
            next = "set `serve: {engine: sagemaker}`, or `registry: {engine: mlflow}`"
            yield Finding(("models", i, "serve", "engine"), what, next, ("sagemaker",))


def pipelines(blueprint: Blueprint) -> Findings:
    """Registry and pipelines are of one house: neither knows how to speak to the other's."""
    registry = blueprint.registry
    theirs = registry is not None and registry.engine is RegistryEngine.SAGEMAKER
    run = (blueprint.pipelines or Pipelines.left_out()).engine is PipelineEngine.SAGEMAKER
    if run and blueprint.pipelines and blueprint.pipelines.keep is not None:
        what = "SageMaker keeps its runs, whatever `keep` says"
        yield Finding(("pipelines", "keep"), what, "remove it")
    asked = blueprint.pipelines is not None or any(m.retrain for m in blueprint.models)
    if asked and theirs != run:
        what = (
            "SageMaker's registry is filled by SageMaker's pipelines alone"
            if theirs
            else "SageMaker's pipelines fill SageMaker's registry alone"
        )
        next = "set both `registry` and `pipelines` to `{engine: sagemaker}`"
        yield Finding(("pipelines", "engine"), what, next)


def tracking(blueprint: Blueprint) -> Findings:
    """A size is that of a server of SageMaker's."""
    section = blueprint.tracking
    if section and section.size and section.engine is not RegistryEngine.SAGEMAKER:
        what = f"tracking by {section.engine} has no sizes"
        yield Finding(("tracking", "size"), what, "remove it, or set `engine: sagemaker`")


def sources(blueprint: Blueprint) -> Findings:
    """Where a hosted model's weights and its image come from."""
    for i, model in enumerate(blueprint.models):
        if not _hosted(model):
            continue
        at: Path = ("models", i)
        for key in ("source", "challenger"):
            address = model.source if key == "source" else model.serve.challenger
            if address and address.startswith("models:/"):
                yield from _registered(blueprint, at, key, address)
        yield from _image(model, at)
        if model.source.startswith("hf://") and model.type is ModelType.PREDICTIVE:
            what = f"SageMaker has no server of its own for {model.source}"
            yield Finding((*at, "source"), what, "bring the artifact to s3://, with an `image`")


def _registered(blueprint: Blueprint, at: Path, key: str, address: str) -> Findings:
    path = (*at, "source") if key == "source" else (*at, "serve", "challenger")
    section = blueprint.registry
    if section is None or section.engine is not RegistryEngine.SAGEMAKER:
        what = f"SageMaker reads {address} from its own registry, and that is not this platform's"
        yield Finding(path, what, "set `registry: {engine: sagemaker}`, or name s3://…")
    elif not VERSION.fullmatch(address):
        what = f"SageMaker's registry has versions and no aliases: {address} names none"
        yield Finding(path, what, "name a version: models:/name/3")


def _image(model: Model, at: Path) -> Findings:
    image, packaged = model.serve.image, model.source.startswith("models:/")
    if image is None and model.type is ModelType.PREDICTIVE and not packaged:
        next = "add `image:` with a container in ECR that answers /ping and /invocations on 8080"
        yield Finding((*at, "serve"), "SageMaker has no image for a model of this kind", next)
    if image is not None and not OWN_IMAGE.match(image):
        what = f"SageMaker pulls images from ECR alone, not {image}"
        next = "push it to ECR: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/name:tag"
        yield Finding((*at, "serve", "image"), what, next)


def keys(blueprint: Blueprint) -> Findings:
    """Keys that mean something in a cluster and nothing in SageMaker, and the other way round."""
    for i, model in enumerate(blueprint.models):
        at: Path = ("models", i)
        if not _hosted(model):
            if model.serve.challenger is not None:
                what = f"{engine_of(model)} answers with one model, without a challenger"
                next = "remove it, or set `engine: sagemaker`"
                yield Finding((*at, "serve", "challenger"), what, next)
            continue
        for path, what, next in _foreign(model):
            yield Finding((*at, *path), what, next)


def _foreign(model: Model) -> Iterator[tuple[Path, str, str]]:
    serve = model.serve
    for key in ("port", "health", "cache"):
        if getattr(serve, key) is not None:
            yield ("serve", key), f"SageMaker does not let '{key}' be chosen", "remove it"
    if serve.expose is Exposure.GATEWAY:
        what = "a SageMaker endpoint answers those whom IAM lets, not through the gateway"
        yield ("serve", "expose"), what, "remove it, and attach the endpoint's policy to callers"
    if model.token is not None:
        what = "SageMaker keeps a model's environment in the open, so that a token is no secret"
        yield ("token",), what, "bring the weights to a bucket: s3://…"
    for name in sorted(name for name, value in serve.env.items() if value.startswith("secret://")):
        what = "SageMaker keeps a model's environment in the open"
        yield ("serve", "env", name), what, "let the container read the secret itself"
    if model.depends_on:
        what = "a model that SageMaker runs is not told where others answer yet"
        yield ("depends_on",), what, "remove it, or serve both in the cluster"


def dependents(blueprint: Blueprint) -> Findings:
    """A model in the cluster has no way to one that SageMaker runs."""
    hosted = {model.name for model in blueprint.models if _hosted(model)}
    for i, model in enumerate(blueprint.models):
        for j, name in enumerate(model.depends_on):
            if name in hosted and not _hosted(model):
                what = f"'{name}' is run by SageMaker, which '{model.name}' is not told of yet"
                yield Finding(("models", i, "depends_on", j), what, "serve both in the cluster")


def modes(blueprint: Blueprint) -> Findings:
    """Serverless endpoints have a size, a number, and no network of ours."""
    guarded = (Classification.CONFIDENTIAL, Classification.RESTRICTED)
    for i, model in enumerate(blueprint.models):
        serve, at = model.serve, ("models", i, "serve")
        if not _hosted(model):
            continue
        if serve.challenger is not None and serve.mode is not Mode.REALTIME:
            what = f"there is no challenger in {serve.mode} mode"
            yield Finding((*at, "challenger"), what, "remove it, or set `mode: realtime`")
        if serve.mode is not Mode.SERVERLESS:
            continue
        if "replicas" not in serve.model_fields_set:
            what = "nothing says how many requests a serverless endpoint answers at a time"
            next = "add `replicas: {min: 0, max: 20}`; what `min` says is paid for all the time"
            yield Finding(at, what, next)
        if serve.replicas.max > 200:
            what = "a serverless endpoint answers 200 requests at a time at most"
            yield Finding((*at, "replicas", "max"), what, "lower it, or set `mode: realtime`")
        if (serve.resources.memory or 0) > LARGEST:
            what = "a serverless endpoint has 6Gi of memory at most"
            yield Finding((*at, "resources", "memory"), what, "set `mode: realtime`")
        if serve.resources.cpu is not None:
            what = "a serverless endpoint has as many cores as its memory brings"
            yield Finding((*at, "resources", "cpu"), what, "remove it")
        if serve.gpu is not None or model.type is not ModelType.PREDICTIVE:
            yield Finding((*at, "mode"), "a serverless endpoint has no GPU", "set `mode: async`")
        if blueprint.data.classification in guarded:
            kind = blueprint.data.classification
            what = f"a serverless endpoint stands outside the network: not for {kind} data"
            yield Finding((*at, "mode"), what, "set `mode: realtime` or `mode: async`")


def places(blueprint: Blueprint) -> Findings:
    """Images that AWS keeps in some regions, and weights that come over the internet."""
    for i, model in enumerate(blueprint.models):
        site = blueprint.sites.get(model.on or next(iter(blueprint.sites)))
        if not _hosted(model) or not isinstance(site, AwsSite):
            continue
        packaged = model.source.startswith("models:/")
        ours = model.serve.image is None and model.type is not ModelType.PREDICTIVE
        if ours and not packaged and hosted_image("vllm", site.region) is None:
            what = f"AWS keeps no image of vLLM in {site.region} that the catalog knows"
            yield Finding(("models", i, "serve"), what, "add `image:` with one in ECR")
        if model.source.startswith("hf://") and site.network.nat == "none":
            what = f"there is no way to {model.source} from a network without NAT"
            yield Finding(("models", i, "source"), what, "bring the weights to a bucket: s3://…")
        if analysed(model) and hosted_image("model-monitor", site.region) is None:
            what = f"SageMaker has no monitor in {site.region} that the catalog knows"
            yield Finding(("models", i, "monitor", "drift"), what, "remove it for now")


def _hosted(model: Model) -> bool:
    return engine_of(model) is ServingEngine.SAGEMAKER


RULES = (features, registry, pipelines, tracking, sources, keys, dependents, modes, places)
