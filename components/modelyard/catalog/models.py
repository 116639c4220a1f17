"""Shapes of open model families: what sizing needs to know of a model without downloading it.

One row of `models.csv` is one published checkpoint, with where its numbers were read and when.
Parameters are in billions: for dense text models the arithmetic over the shape, otherwise the
maker's published total. `confirmed` is false where the shape could not be read in a stored copy
of the model's configuration. `gated` is a hint: makers open and close their licence gates.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

ModelType = Literal["llm", "embedding"]

_TABLE = Path(__file__).with_name("models.csv")

_QUANTISED = re.compile(
    r"^(awq|gptq|gguf|exl[23]|fp[48]|nvfp4|mxfp[48]|int[48]|[48]bit|bnb|w\d+a\d+|qat|q\d(_\w+)?"
    r"|quantized(\.w\d+a\d+)?)$"
)
_QUANTISED_RIDERS = frozenset({"dynamic", "static", "block", "kv", "unsloth", "hf", "pertensor"})
_VARIANTS = frozenset({"instruct", "it", "chat", "base", "thinking", "sft", "dpo", "hf", "meta"})
# Organisations that publish other makers' weights under the maker's own model name.
_MIRRORS = frozenset(
    {"unsloth", "nousresearch", "bartowski", "mlx-community", "lmstudio-community", "ggml-org"}
)
_RENAMED = {"cohereforai": "coherelabs", "thudm": "zai-org"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelShape:
    """Layers, heads and parameters of one checkpoint.

    `full_attention_layers` keep every token; the others keep `sliding_window` tokens (0 for linear
    and state-space layers, whose state does not grow). `kv_elements` replaces
    `2 * kv_heads * head_dim` where a layer caches something else: a latent (multi-head latent
    attention: `kv_lora_rank + qk_rope_head_dim`, plus the indexer's key with sparse attention) or,
    at 0, nothing at all (encoders). `weight_bits` is the width of the weights as published, scales
    included: the checkpoint's size over its parameters where it is not 16.
    """

    model: str
    family: str
    type: ModelType
    parameters_b: float
    weight_bits: float
    active_parameters_b: float
    layers: int
    full_attention_layers: int
    sliding_window: int | None
    heads: int
    kv_heads: int
    head_dim: int
    kv_elements: int | None
    context: int
    gated: bool
    licence: str
    source: str
    as_of: str
    confirmed: bool

    @property
    def kv_elements_per_layer(self) -> int:
        """Cached elements per token in a layer; multiply by the bytes of the cache's dtype."""
        if self.kv_elements is not None:
            return self.kv_elements
        return 2 * self.kv_heads * self.head_dim

    @property
    def latent_cache(self) -> bool:
        """Whether a layer caches one latent, which tensor parallelism copies instead of splits."""
        return bool(self.kv_elements)

    @property
    def mixture_of_experts(self) -> bool:
        return self.active_parameters_b < self.parameters_b

    def cache_elements(self, tokens: int) -> int:
        """Elements that one sequence of `tokens` keeps over all layers."""
        bounded = self.layers - self.full_attention_layers
        kept = self.full_attention_layers * tokens + bounded * min(tokens, self.sliding_window or 0)
        return kept * self.kv_elements_per_layer


@cache
def models() -> Mapping[str, ModelShape]:
    """Every known shape by its Hugging Face id, as written there."""
    with _TABLE.open(encoding="utf-8", newline="") as table:
        return MappingProxyType({row["model"]: _shape(row) for row in csv.DictReader(table)})


def find(source: str) -> ModelShape | None:
    """The shape of `hf://org/name` or `org/name`, or None when it has to come from the blueprint.

    The exact id wins, whatever its case. Failing that, a trailing quantisation (`-AWQ`,
    `-GPTQ-Int4`, `-FP8-dynamic`, `-GGUF`) and the words that mark a training stage (`Instruct`,
    `it`, `Chat`, `Base`, `Meta`) are left out on both sides, since neither changes the shape. The
    organisation must match too, unless the id is a quantised copy or comes from a known mirror:
    another maker's model of the same name may be another model. Sizes, versions and dates always
    have to match.
    """
    model = _model_id(source)
    if model is None:
        return None
    exact = _by_id().get(model)
    if exact is not None:
        return exact
    organisation, _, name = model.partition("/")
    base, quantised = _unquantised(name)
    organisation = _RENAMED.get(organisation, organisation)
    found = _by_stem().get((organisation, _stem(base)))
    if found is None and (quantised or organisation in _MIRRORS):
        found = _by_name().get(_stem(base))
    return found


def quantised(source: str) -> bool:
    """Whether a model's name says that its weights are quantized, as in `-AWQ` or `-GPTQ-Int4`."""
    model = _model_id(source)
    return model is not None and _unquantised(model.partition("/")[2])[1]


def _model_id(source: str) -> str | None:
    scheme, separator, rest = source.partition("://")
    if separator and scheme.lower() != "hf":
        return None
    parts = (rest if separator else source).strip().lower().split("/")
    if len(parts) < 2 or not all(parts[:2]):
        return None
    return "/".join(parts[:2]).partition("@")[0]


def _unquantised(name: str) -> tuple[str, bool]:
    words = name.split("-")
    end = len(words)
    while end > 1 and (_QUANTISED.match(words[end - 1]) or words[end - 1] in _QUANTISED_RIDERS):
        end -= 1
    quantised = any(_QUANTISED.match(word) for word in words[end:])
    return ("-".join(words[:end]), True) if quantised else (name, False)


def _stem(name: str) -> str:
    return "-".join(word for word in name.split("-") if word not in _VARIANTS)


@cache
def _by_id() -> Mapping[str, ModelShape]:
    return {model.lower(): shape for model, shape in models().items()}


@cache
def _by_stem() -> Mapping[tuple[str, str], ModelShape]:
    stems: dict[tuple[str, str], ModelShape] = {}
    for model, shape in _by_id().items():
        organisation, _, name = model.partition("/")
        stems.setdefault((organisation, _stem(_unquantised(name)[0])), shape)
    return stems


@cache
def _by_name() -> Mapping[str, ModelShape]:
    names: dict[str, ModelShape] = {}
    for (_, stem), shape in _by_stem().items():
        names.setdefault(stem, shape)
    return names


def _shape(row: Mapping[str, str]) -> ModelShape:
    layers = int(row["layers"])
    parameters = float(row["parameters_b"])
    return ModelShape(
        model=row["model"],
        family=row["family"],
        type="embedding" if row["type"] == "embedding" else "llm",
        parameters_b=parameters,
        weight_bits=float(row["weight_bits"] or 16),
        active_parameters_b=float(row["active_parameters_b"] or parameters),
        layers=layers,
        full_attention_layers=int(row["full_attention_layers"] or layers),
        sliding_window=_optional(row["sliding_window"]),
        heads=int(row["heads"]),
        kv_heads=int(row["kv_heads"]),
        head_dim=int(row["head_dim"]),
        kv_elements=_optional(row["kv_elements"]),
        context=int(row["context"]),
        gated=row["gated"] == "true",
        licence=row["licence"],
        source=row["source"],
        as_of=row["as_of"],
        confirmed=row["confirmed"] == "yes",
    )


def _optional(cell: str) -> int | None:
    return int(cell) if cell else None
