"""What single engines cannot do with a model, however well its keys fit together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelyard.blueprint.checks.airgap import shut_in
from modelyard.blueprint.checks.finding import Finding, Findings, Path
from modelyard.blueprint.checks.serving import engine_of
from modelyard.blueprint.model import Model
from modelyard.blueprint.serve import Mode, Quantization, ServingEngine
from modelyard.catalog.models import find, quantised

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint

E, Q = ServingEngine, Quantization

FROM_THE_HUB = (E.VLLM, E.TENSORRT_LLM, E.KSERVE, E.OLLAMA, E.LLAMA_CPP)
"""Engines whose weights are fetched for them; a container of one's own sees to that itself."""
BY_REVISION = (E.VLLM, E.TENSORRT_LLM, E.KSERVE, E.VERTEX)
"""Engines whose weights are fetched at a revision; the GGUF ones take what is newest."""
WITH_TOKEN = (E.VLLM, E.TENSORRT_LLM, E.KSERVE, E.LLAMA_CPP)
"""Engines whose weights may be behind a licence: Ollama knows no token of the hub."""
FROM_CHECKPOINT = {
    E.VLLM: (Q.INT8, Q.AWQ_INT4, Q.GPTQ_INT4),
    E.KSERVE: (Q.INT8, Q.AWQ_INT4, Q.GPTQ_INT4),
    E.SAGEMAKER: (Q.INT8, Q.AWQ_INT4, Q.GPTQ_INT4),
    E.VERTEX: (Q.INT8, Q.AWQ_INT4, Q.GPTQ_INT4),
    E.TENSORRT_LLM: (Q.FP8, Q.AWQ_INT4),
}
"""Precisions that an engine loads but does not make: the checkpoint has to be in them."""
NEVER = {E.TENSORRT_LLM: (Q.INT8, Q.GPTQ_INT4)}
"""Precisions that only TensorRT-LLM's old backend knew."""
BATCH_FILES = {E.VLLM: (".jsonl",), E.MLFLOW: (".csv", ".json")}
"""What a batch run of an engine reads: one file of such a kind, in a bucket."""


def revisions(blueprint: Blueprint) -> Findings:
    """A revision and a token go to engines that can use them; copies were made at the revision."""
    keys = {"revision": BY_REVISION, "token": WITH_TOKEN}
    for i, model in enumerate(blueprint.models):
        for key, engines in keys.items():
            engine = engine_of(model)
            if getattr(model, key) is None or shut_in(blueprint, model):
                continue
            if engine in FROM_THE_HUB and engine not in engines:
                what = f"{engine} cannot fetch a model by its {key}"
                next = f"remove it, or choose {', '.join(engines)}"
                yield Finding(("models", i, key), what, next, tuple(engines))


def precisions(blueprint: Blueprint) -> Findings:
    """A checkpoint is published in the precision that it is to be loaded in."""
    for i, model in enumerate(blueprint.models):
        engine, precision = engine_of(model), model.serve.quantization
        at: Path = ("models", i, "serve", "quantization")
        if precision in NEVER.get(engine, ()):
            allowed = (Q.NONE, *FROM_CHECKPOINT[engine])
            what = f"{engine} does not load {precision} weights"
            yield Finding(at, what, f"choose one of {', '.join(allowed)}", allowed)
        elif precision in FROM_CHECKPOINT.get(engine, ()) and _unquantized(model):
            what = (
                f"{model.source} is not published as {precision}, and {engine} does not make it so"
            )
            next = f"name a {precision} checkpoint of it as the source"
            yield Finding(at, what, next)


def _unquantized(model: Model) -> bool:
    """Whether the catalog knows the model at 16 bits a weight, under a name that says no other."""
    shape = find(model.source)
    return shape is not None and shape.weight_bits == 16 and not quantised(model.source)


def batch_files(blueprint: Blueprint) -> Findings:
    """A batch run reads one file of a kind that its engine knows, and writes to a bucket."""
    for i, model in enumerate(blueprint.models):
        serve, kinds = model.serve, BATCH_FILES.get(engine_of(model))
        if serve.mode is not Mode.BATCH or kinds is None:
            continue
        for key in ("input", "output"):
            address, at = getattr(serve, key), ("models", i, "serve", key)
            if address and not address.startswith("s3://"):
                what = f"a batch run of {engine_of(model)} has no way to {address}"
                yield Finding(at, what, "name an address in a bucket: s3://bucket/path")
            elif address and key == "input" and not address.endswith(kinds):
                what = f"{engine_of(model)} reads one file that ends in {' or '.join(kinds)}"
                yield Finding(at, what, "bring the input into such a file")


def kserve(blueprint: Blueprint) -> Findings:
    """KServe's runtimes listen where they always do."""
    for i, model in enumerate(blueprint.models):
        if engine_of(model) is not E.KSERVE:
            continue
        for key in ("port", "health"):
            if getattr(model.serve, key) is not None:
                what = f"KServe does not let '{key}' be chosen"
                yield Finding(("models", i, "serve", key), what, "remove it, or choose fastapi")


def drafts(blueprint: Blueprint) -> Findings:
    """A draft model comes from the hub."""
    for i, model in enumerate(blueprint.models):
        draft = model.serve.speculative
        if draft is not None and not draft.model.startswith("hf://"):
            at: Path = ("models", i, "serve", "speculative", "model")
            yield Finding(at, f"a draft model cannot be {draft.model}", "take one from hf://")


RULES = (revisions, precisions, batch_files, kserve, drafts)
