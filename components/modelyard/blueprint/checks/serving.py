"""Whether a model can be served as its blueprint says: engine, mode, precision, source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding, Findings, Path
from modelyard.blueprint.model import Model, ModelType
from modelyard.blueprint.serve import Exposure, Mode, Quantization, ServingEngine

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint

E, Q, M = ServingEngine, Quantization, ModelType

TYPES: dict[ServingEngine, tuple[ModelType, ...]] = {
    E.VLLM: (M.LLM, M.EMBEDDING),
    E.TENSORRT_LLM: (M.LLM,),
    E.OLLAMA: (M.LLM, M.EMBEDDING),
    E.LLAMA_CPP: (M.LLM, M.EMBEDDING),
    E.ONNX: (M.PREDICTIVE, M.EMBEDDING),
    E.KSERVE: (M.PREDICTIVE, M.EMBEDDING, M.LLM),
    E.MLFLOW: (M.PREDICTIVE, M.EMBEDDING),
    E.FASTAPI: (M.PREDICTIVE, M.EMBEDDING, M.LLM),
    E.GREENGRASS: (M.PREDICTIVE, M.EMBEDDING, M.LLM),
    E.SAGEMAKER: (M.PREDICTIVE, M.EMBEDDING, M.LLM),
    E.VERTEX: (M.EMBEDDING, M.LLM),
    E.CLOUD_RUN: (M.PREDICTIVE, M.EMBEDDING, M.LLM),
    E.DATABRICKS: (M.PREDICTIVE, M.EMBEDDING, M.LLM),
    E.MODAL: (M.PREDICTIVE, M.EMBEDDING, M.LLM),
}
"""Which kinds of model an engine serves."""

_SERVER = (Q.NONE, Q.FP8, Q.INT8, Q.AWQ_INT4, Q.GPTQ_INT4)
_GGUF = (Q.NONE, Q.GGUF_Q4, Q.GGUF_Q5, Q.GGUF_Q8)
PRECISIONS: dict[ServingEngine, tuple[Quantization, ...]] = {
    E.VLLM: _SERVER,
    E.TENSORRT_LLM: _SERVER,
    E.KSERVE: _SERVER,
    E.SAGEMAKER: _SERVER,
    E.VERTEX: _SERVER,
    E.OLLAMA: _GGUF,
    E.LLAMA_CPP: _GGUF,
}
"""Which precisions of the weights an engine loads; unquantized weights where not listed."""

MODES: dict[ServingEngine, tuple[Mode, ...]] = {
    E.VLLM: (Mode.REALTIME, Mode.BATCH),
    E.TENSORRT_LLM: (Mode.REALTIME,),
    E.OLLAMA: (Mode.REALTIME, Mode.EDGE),
    E.LLAMA_CPP: (Mode.REALTIME, Mode.EDGE),
    E.ONNX: (Mode.REALTIME, Mode.EDGE),
    E.KSERVE: (Mode.REALTIME,),
    E.MLFLOW: (Mode.REALTIME, Mode.BATCH, Mode.EDGE),
    E.FASTAPI: (Mode.REALTIME, Mode.BATCH, Mode.EDGE),
    E.GREENGRASS: (Mode.EDGE,),
    E.SAGEMAKER: (Mode.REALTIME, Mode.BATCH, Mode.ASYNC, Mode.SERVERLESS),
    E.VERTEX: (Mode.REALTIME,),
    E.CLOUD_RUN: (Mode.REALTIME, Mode.BATCH),
}
"""In which forms an engine runs; realtime and batch where not listed."""

SOURCES: dict[ServingEngine, tuple[str, ...]] = {
    E.MLFLOW: ("models:/",),
    E.VLLM: ("hf://", "s3://"),
    E.TENSORRT_LLM: ("hf://",),
    E.OLLAMA: ("hf://",),
    E.LLAMA_CPP: ("hf://",),
    E.ONNX: ("s3://",),
    E.KSERVE: ("hf://", "s3://", "gs://", "oci://"),
    E.GREENGRASS: ("s3://",),
    E.SAGEMAKER: ("hf://", "s3://", "models:/"),
}
"""Where an engine takes weights from; a container of one's own sees to that itself."""

ONLY_IN: dict[str, tuple[Mode, ...]] = {
    "replicas": (Mode.REALTIME, Mode.ASYNC, Mode.SERVERLESS),
    "target": (Mode.REALTIME, Mode.SERVERLESS),
    "expose": (Mode.REALTIME,),
    "fallback": (Mode.REALTIME,),
    "schedule": (Mode.BATCH,),
    "input": (Mode.BATCH,),
    "output": (Mode.BATCH,),
    "nodes": (Mode.EDGE,),
}
"""Keys of `serve` that mean nothing in the other modes."""

LANGUAGE_ONLY = ("quantization", "kv_cache", "context", "concurrency", "speculative", "cache")
AT_A_TIME = (E.CLOUD_RUN,)
"""Engines that are told how many requests a container takes at a time, whatever its model."""
ON_DEVICES = (E.GREENGRASS,)
"""Engines whose servers run on devices of one's own, as a cloud tells them."""
HOSTED = (*ON_DEVICES, E.SAGEMAKER, E.VERTEX, E.CLOUD_RUN)
"""Engines whose servers a cloud runs, or has run, outside the cluster."""
WAKING = (E.CLOUD_RUN,)
"""Engines that start a replica for a request when there is none."""
SPECULATES = (E.VLLM,)
CUSTOM_IMAGE_KEYS = ("port", "health")


def engine_of(model: Model) -> ServingEngine:
    """The engine of a model; a default by its type when the blueprint names none."""
    if model.serve.engine is not None:
        return model.serve.engine
    return E.MLFLOW if model.type is M.PREDICTIVE else E.VLLM


def _choice(path: Path, what: str, allowed: tuple[str, ...]) -> Finding:
    return Finding(path, what, f"choose one of {', '.join(allowed)}", tuple(allowed))


def engines(blueprint: Blueprint) -> Findings:
    """Engine, type, mode, precision and source fit together."""
    for i, model in enumerate(blueprint.models):
        engine, serve = engine_of(model), model.serve
        at: Path = ("models", i, "serve")
        if model.type not in TYPES[engine]:
            fits = tuple(e.value for e, types in TYPES.items() if model.type in types)
            yield _choice((*at, "engine"), f"{engine} does not serve {model.type} models", fits)
        precisions = PRECISIONS.get(engine, (Q.NONE,))
        if serve.quantization not in precisions:
            what = f"{engine} does not load {serve.quantization} weights"
            yield _choice((*at, "quantization"), what, tuple(q.value for q in precisions))
        modes = MODES.get(engine, (Mode.REALTIME, Mode.BATCH))
        if serve.mode not in modes:
            what = f"{engine} does not run in {serve.mode} mode"
            yield _choice((*at, "mode"), what, tuple(mode.value for mode in modes))
        schemes = SOURCES.get(engine)
        if schemes and not model.source.startswith(schemes):
            what = f"{engine} cannot load {model.source}"
            yield _choice(("models", i, "source"), what, schemes)


def idle_keys(blueprint: Blueprint) -> Findings:
    """No key of `serve` is set where it would do nothing."""
    for i, model in enumerate(blueprint.models):
        serve, at = model.serve, ("models", i, "serve")
        for key in sorted(serve.model_fields_set & ONLY_IN.keys()):
            if serve.mode not in ONLY_IN[key]:
                modes = ", ".join(ONLY_IN[key])
                what = f"'{key}' has no meaning in {serve.mode} mode, only in {modes}"
                yield Finding((*at, key), what, f"remove it, or set `mode: {ONLY_IN[key][0]}`")
        if model.type is M.PREDICTIVE:
            for key in sorted(serve.model_fields_set & set(LANGUAGE_ONLY)):
                if key == "concurrency" and engine_of(model) in AT_A_TIME:
                    continue
                what = f"'{key}' has no meaning for a predictive model"
                yield Finding((*at, key), what, "remove it, or set the model's type to llm")
        if serve.image is None:
            for key in sorted(serve.model_fields_set & set(CUSTOM_IMAGE_KEYS)):
                what = f"'{key}' belongs to an image of your own"
                yield Finding((*at, key), what, "remove it, or name the image")
        if serve.speculative and engine_of(model) not in SPECULATES:
            what = f"{engine_of(model)} does not decode speculatively here"
            yield _choice((*at, "speculative"), what, tuple(e.value for e in SPECULATES))


def needed_keys(blueprint: Blueprint) -> Findings:
    """What an engine or a mode cannot do without."""
    for i, model in enumerate(blueprint.models):
        serve, at = model.serve, ("models", i, "serve")
        if engine_of(model) is E.FASTAPI and serve.image is None:
            next = "add `image:` with a container that answers HTTP"
            yield Finding(at, "fastapi serves a container of your own, and none is named", next)
        if serve.mode is Mode.BATCH and not (serve.input and serve.output):
            next = "add `input:` and `output:`, such as s3://bucket/requests.jsonl"
            yield Finding(at, "a batch run reads and writes somewhere, and this one does not", next)


def hub_keys(blueprint: Blueprint) -> Findings:
    """Keys that speak of the Hugging Face hub belong to models from there."""
    for i, model in enumerate(blueprint.models):
        for key in ("token", "revision"):
            if getattr(model, key) is not None and not model.source.startswith("hf://"):
                what = f"'{key}' belongs to a model from the hub, and this is {model.source}"
                yield Finding(("models", i, key), what, "remove it, or take the model from hf://")
        if model.shape is not None and model.type is M.PREDICTIVE:
            what = "'shape' is for sizing language models"
            yield Finding(("models", i, "shape"), what, "remove it, or set the type to llm")


def exposure(blueprint: Blueprint) -> Findings:
    """What is exposed through a gateway has one."""
    for i, model in enumerate(blueprint.models):
        site = blueprint.sites.get(model.on or next(iter(blueprint.sites)))
        if model.serve.expose is Exposure.GATEWAY and getattr(site, "ingress", True) is None:
            what = f"'{model.name}' is exposed through a gateway, and its site has none"
            next_step = "add `ingress: {domain: …}` to the site, or set `expose: cluster`"
            yield Finding(("models", i, "serve", "expose"), what, next_step)


RULES = (engines, idle_keys, needed_keys, hub_keys, exposure)
