"""What core devices of AWS IoT Greengrass can and cannot do with a model."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding, Findings, Path
from modelyard.blueprint.checks.serving import ON_DEVICES, engine_of
from modelyard.blueprint.model import Artifact, Model, ModelType, Promote
from modelyard.blueprint.site import AwsSite

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint

ONNX, GGUF = ".onnx", ".gguf"
SERVERS = {ONNX: (ModelType.PREDICTIVE, ModelType.EMBEDDING), GGUF: tuple(ModelType)[1:]}
"""By kind of file, the types of model that the catalog has a server for."""
OBJECT = re.compile(r"^s3://[a-z0-9][a-z0-9.-]*/([A-Za-z0-9=_-][A-Za-z0-9.=_-]*/)*[A-Za-z0-9._-]+$")
"""One object, under a name that needs no quoting on the way to a device."""
OF_LLAMA_CPP = ("context", "concurrency")


def on_devices(model: Model) -> bool:
    return engine_of(model) in ON_DEVICES


def sources(blueprint: Blueprint) -> Findings:
    """What a component is made of: one object that is there, and a server that knows it."""
    for i, model in enumerate(blueprint.models):
        if not on_devices(model):
            continue
        named = [(at, s) for at, s in _versions(model, ("models", i)) if s.startswith("s3://")]
        for at, source in named:
            if not OBJECT.match(source):
                what = f"a component holds single files, and {source} is none that it can name"
                next = (
                    "name one object, of letters, digits and `._-`: s3://bucket/name/7/model.onnx"
                )
                yield Finding(at, what, next)
            elif model.serve.image is None and not _served(model, source):
                what = f"the catalog has no server for {source} as a model of type {model.type}"
                next = "bring it to ONNX (.onnx) or GGUF (.gguf), or add `image:` with a server"
                yield Finding(at, what, next)
            elif (bucket := _to_come(blueprint, model, source)) is not None:
                what = f"a component is made of what lies in {bucket}, which `up` makes, and empty"
                next = (
                    f"name it in `object_store: {{existing: [{bucket}]}}` if it is there, or bring "
                    "the artifact to it after the first `up`, and repeat that"
                )
                yield Finding(at, what, next, severity="warning")


def _versions(model: Model, at: Path) -> Iterator[tuple[Path, str]]:
    yield (*at, "source"), model.source
    if model.rollout and model.rollout.source:
        yield (*at, "rollout", "source"), model.rollout.source


def _served(model: Model, source: str) -> bool:
    return any(source.endswith(end) and model.type in types for end, types in SERVERS.items())


def _to_come(blueprint: Blueprint, model: Model, source: str) -> str | None:
    """The bucket, if `up` makes it because this model names it. The platform's own has its place
    in its name.
    """
    site = blueprint.sites.get(model.on or next(iter(blueprint.sites)))
    bucket = source.removeprefix("s3://").partition("/")[0]
    if not isinstance(site, AwsSite) or site.object_store.attach:
        return None
    own = bucket.endswith(f"-{site.account}-{site.region}")
    return None if own or bucket in site.object_store.existing else bucket


def keys(blueprint: Blueprint) -> Findings:
    """Keys that mean something in a cluster, and nothing on a device."""
    for i, model in enumerate(blueprint.models):
        if on_devices(model):
            for path, what, next in (*_foreign(model), *_unproved(model)):
                yield Finding(("models", i, *path), what, next)
        elif model.rollout and model.rollout.sha256 is not None:
            what = f"nothing holds what {engine_of(model)} serves to the digest of a rollout"
            yield Finding(("models", i, "rollout", "sha256"), what, "remove it")


def _foreign(model: Model) -> Iterator[tuple[Path, str, str]]:
    serve, written = model.serve, model.serve.model_fields_set
    if "nodes" in written:
        what = "devices have no labels: each is in one ring"
        yield ("serve", "nodes"), what, "remove it, and say who is in which ring when it is set up"
    if serve.gpu is not None:
        what = "nobody here knows which accelerators a device has: it serves on its processor"
        yield ("serve", "gpu"), what, "remove it, or use a k3s site with `edge: true`"
    for key in ("kv_cache", "cache"):
        if key in written:
            yield ("serve", key), f"'{key}' cannot be chosen on a device", "remove it"
    for key in OF_LLAMA_CPP:
        if key in written and (serve.image or not model.source.endswith(GGUF)):
            what = f"only llama.cpp is told its {key}"
            yield ("serve", key), what, "remove it, or serve a GGUF file without `image`"
    for name in sorted(name for name, value in serve.env.items() if value.startswith("secret://")):
        what = "a component's recipe can be read by whoever may describe it"
        yield ("serve", "env", name), what, "let the container fetch the secret itself"
    if model.shape is not None:
        yield ("shape",), "what a device holds is not sized: it is its owner's", "remove it"
    if model.depends_on:
        what = "a model on a device is not told where others answer"
        yield ("depends_on",), what, "remove it, or serve both in the cluster"
    if model.monitor is not None and model.monitor.data is None:
        what = "AWS watches devices and deployments, and not what a model answers"
        yield ("monitor",), what, "add `data`: the platform's jobs measure on rows that you bring"
    yield from _training(model)


def _training(model: Model) -> Iterator[tuple[Path, str, str]]:
    """Devices get a version when the blueprint names it, and by no other way."""
    once = "train and approve it as a model of its own, and name its artifact in `rollout`"
    if model.retrain is not None:
        yield ("retrain",), "what training registers reaches no device by itself", once
    for key in sorted(model.promote.model_fields_set):
        if getattr(model.promote, key) != Promote.model_fields[key].get_default():
            what = "nothing holds a version back from devices but the rings of a rollout"
            yield ("promote", key), what, once


def _unproved(model: Model) -> Iterator[tuple[Path, str, str]]:
    """A device holds a file to its digest; it has nothing to check a signature with."""
    artifact, rollout = model.artifact or Artifact.left_out(), model.rollout
    for key in sorted(artifact.model_fields_set - {"sha256"}):
        what = f"a device has nothing to check '{key}' with"
        yield ("artifact", key), what, "remove it; `sha256` is checked before each start"
    if rollout and (artifact.sha256 is None) != (rollout.sha256 is None):
        what = "one of the two versions has a digest, and the other has none"
        yield ("rollout",), what, "give both: `artifact: {sha256: …}` and `rollout: {sha256: …}`"


def rings(blueprint: Blueprint) -> Findings:
    """Each ring has a name of its own."""
    for name, site in blueprint.sites.items():
        if isinstance(site, AwsSite):
            for ring, times in Counter(site.devices.rings).items():
                if times > 1:
                    at: Path = ("sites", name, "devices", "rings")
                    yield Finding(at, f"'{ring}' is named twice", "name it once")


def ports(blueprint: Blueprint) -> Findings:
    """All models of a site run on the same devices, each behind a port of its own."""
    taken: dict[tuple[str, int], str] = {}
    first = next(iter(blueprint.sites))
    for i, model in enumerate(blueprint.models):
        if not on_devices(model):
            continue
        key = (model.on or first, port(model))
        if other := taken.get(key):
            what = f"'{other}' answers on port {key[1]} of the same devices"
            apart = "serve one of them by an `image` of your own, with another `port`"
            yield Finding(("models", i, "serve"), what, apart)
        taken.setdefault(key, model.name)


def port(model: Model) -> int:
    """Where a model answers on its device."""
    return model.serve.port or (8000 if model.source.endswith(ONNX) else 8080)


def dependents(blueprint: Blueprint) -> Findings:
    """Nothing elsewhere has a way to what a device serves."""
    there = {model.name for model in blueprint.models if on_devices(model)}
    for i, model in enumerate(blueprint.models):
        for j, name in enumerate(model.depends_on):
            if name in there and not on_devices(model):
                what = f"'{name}' answers on devices, and to nobody else"
                yield Finding(("models", i, "depends_on", j), what, "serve both in the cluster")
    for i, route in enumerate(blueprint.llm.routes if blueprint.llm else ()):
        for key in ("models", "fallback"):
            for j, name in enumerate(getattr(route, key)):
                if name in there:
                    what = f"'{name}' answers on devices, which the gateway does not reach"
                    yield Finding(("llm", "routes", i, key, j), what, "serve it in the cluster")


RULES = (sources, keys, rings, ports, dependents)
