"""GGUF: weights in one file for each precision, as llama.cpp and Ollama read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelyard.blueprint.serve import Quantization
from modelyard.workloads.serving.sources import repository

if TYPE_CHECKING:
    from modelyard.blueprint.model import Model

TAGS = {
    Quantization.NONE: "F16",
    Quantization.GGUF_Q4: "Q4_K_M",
    Quantization.GGUF_Q5: "Q5_K_M",
    Quantization.GGUF_Q8: "Q8_0",
}
"""Precision as repositories name it; without one both engines would take Q4_K_M."""
CACHE_8_BIT = "q8_0"
"""The KV cache at 8 bits: the nearest that both engines have to `fp8`."""


def tagged(model: Model) -> str:
    """`org/name:Q4_K_M`."""
    return f"{repository(model.source)}:{TAGS[model.serve.quantization]}"
