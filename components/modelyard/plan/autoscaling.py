"""What the number of a model's replicas follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelyard.blueprint.checks.serving import HOSTED, engine_of
from modelyard.blueprint.model import ModelType
from modelyard.blueprint.serve import ServingEngine as E

if TYPE_CHECKING:
    from modelyard.blueprint.model import Model

KEDA, HPA = "keda", "hpa"

QUEUES = {E.VLLM, E.TENSORRT_LLM, E.LLAMA_CPP}
"""Engines that tell Prometheus of the requests that wait."""


def autoscaler(model: Model) -> str:
    """KEDA where the engine tells of its queue, which CPU load says nothing about; else HPA.

    What a cloud runs, it scales itself.
    """
    engine = engine_of(model)
    if engine in HOSTED:
        return str(engine)
    queued = engine in QUEUES or (engine is E.KSERVE and model.type is ModelType.LLM)
    return KEDA if queued else HPA
