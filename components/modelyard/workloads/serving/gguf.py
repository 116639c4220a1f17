"""GGUF: weights in one file for each precision, as llama.cpp and Ollama read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelyard.blueprint.serve import Quantization
from modelyard.workloads.serving import sources
from modelyard.workloads.serving.engine import WEIGHTS

if TYPE_CHECKING:
    from modelyard.blueprint.model import Model
    from modelyard.contracts.serving import ServingArgs
    from modelyard.objects.pods import Container

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
    return f"{sources.repository(model.source)}:{TAGS[model.serve.quantization]}"


def file(model: Model) -> str:
    """`Q4_K_M.gguf`: what a copy of the file is called, whatever its repository calls it."""
    return f"{TAGS[model.serve.quantization]}.gguf"


def path(args: ServingArgs) -> str | None:
    """Where the file lies on the volume; None where the engine fetches it from the hub itself."""
    model = args.model
    if not sources.stored(args, model.source):
        return None
    return f"{sources.folder(model.source, model.revision)}/{file(model)}"


def fetch(args: ServingArgs) -> list[Container]:
    """What copies the file from the object store, where that is where it lies."""
    into, model = path(args), args.model
    if into is None:
        return []
    start = sources.remote(f"{sources.located(args, model.source)}/{file(model)}")
    return [sources.copy(args, "weights", start, into, WEIGHTS)]
