"""The arithmetic of an accelerator's memory: weights, KV cache, overhead. All in GiB."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from modelyard.blueprint.model import Model, ModelType
from modelyard.blueprint.serve import Quantization
from modelyard.catalog.models import ModelShape, find
from modelyard.catalog.runtimes import Runtime, precisions

GIB = 2**30
DEFAULT_CONTEXT = 8192
DEFAULT_CONCURRENCY = 16


@dataclass(frozen=True)
class Memory:
    """What one replica needs, and what the accelerators chosen for it have to give; GiB."""

    weights: float
    kv_cache: float
    overhead: float
    total: float
    available: float

    def json(self) -> Mapping[str, float]:
        return {key: round(value, 2) for key, value in vars(self).items()}


@dataclass(frozen=True)
class Load:
    """What the arithmetic is done on."""

    shape: ModelShape
    bits: float
    """Bits of one weight."""
    kv_bytes: int
    """Bytes of one element of the KV cache."""
    context: int
    concurrency: int
    draft: ModelShape | None = None
    """The model that drafts in speculative decoding; it shares the accelerators."""


def shape_of(model: Model) -> ModelShape | None:
    """The numbers of a model: the blueprint's own, or the catalog's."""
    if model.shape is None:
        return find(model.source)
    given, billions = model.shape, model.shape.parameters / 1e9
    return ModelShape(
        model=model.source,
        family=model.name,
        type="embedding" if model.type is ModelType.EMBEDDING else "llm",
        parameters_b=billions,
        weight_bits=16,
        active_parameters_b=billions,
        layers=given.layers,
        full_attention_layers=given.layers,
        sliding_window=None,
        heads=given.heads,
        kv_heads=given.kv_heads,
        head_dim=given.head_dim,
        kv_elements=None,
        context=given.context,
        gated=model.token is not None,
        licence="",
        source="blueprint",
        as_of="",
        confirmed=False,
    )


def load_of(model: Model, shape: ModelShape) -> Load:
    """What a replica carries, with the defaults that the blueprint leaves open."""
    serve = model.serve
    return Load(
        shape=shape,
        bits=_bits(serve.quantization, shape),
        kv_bytes=1 if serve.kv_cache == "fp8" else 2,
        context=serve.context or min(shape.context, DEFAULT_CONTEXT),
        concurrency=serve.concurrency or DEFAULT_CONCURRENCY,
        draft=find(serve.speculative.model) if serve.speculative else None,
    )


def _bits(quantization: Quantization, shape: ModelShape) -> float:
    """Bits of a weight: as quantized, or as published."""
    if quantization is Quantization.NONE:
        return shape.weight_bits
    return precisions()[str(quantization)].bits


def need(load: Load, runtime: Runtime, parallel: int) -> Memory:
    """Memory of one replica over `parallel` accelerators, before any are chosen."""
    weights = load.shape.parameters_b * 1e9 * load.bits / 8 / GIB
    kv_cache = _kv_cache(load.shape, load, parallel)
    if load.draft is not None:
        weights += load.draft.parameters_b * 1e9 * load.draft.weight_bits / 8 / GIB
        kv_cache += _kv_cache(load.draft, load, parallel)
    overhead = runtime.overhead_gib * parallel
    return Memory(weights, kv_cache, overhead, weights + kv_cache + overhead, 0.0)


def _kv_cache(shape: ModelShape, load: Load, parallel: int) -> float:
    """2 x layers x kv_heads x head_dim x bytes x tokens in flight, as far as layers keep tokens.

    A latent cache is copied to each accelerator; KV heads are, once there are fewer of them than
    accelerators.
    """
    held = shape.cache_elements(load.context) * load.concurrency * load.kv_bytes / GIB
    shards = 1 if shape.latent_cache else shape.kv_heads
    return held * max(1.0, parallel / shards)
