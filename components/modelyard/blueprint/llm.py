"""What language models need around them: gateway, prompts, guardrails, evaluation, retrieval."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from modelyard.blueprint.section import Name, Number, Positive, Section, Text
from modelyard.blueprint.units import Duration, Percent


class GatewayEngine(StrEnum):
    LITELLM = "litellm"
    ENVOY_AI = "envoy-ai-gateway"
    HELICONE = "helicone"


class PromptEngine(StrEnum):
    LANGFUSE = "langfuse"
    MLFLOW = "mlflow"
    LANGSMITH = "langsmith"
    PROMPT_FLOW = "prompt-flow"


class EvaluationEngine(StrEnum):
    RAGAS = "ragas"
    TRULENS = "trulens"
    PROMPT_FLOW = "prompt-flow"


class GuardrailEngine(StrEnum):
    BEDROCK = "bedrock"
    MODEL_ARMOR = "model-armor"
    DETOXIFY = "detoxify"
    PRESIDIO = "presidio"
    PERSPECTIVE = "perspective-api"


class VectorStore(StrEnum):
    QDRANT = "qdrant"
    PGVECTOR = "pgvector"
    OPENSEARCH = "opensearch"
    S3_VECTORS = "s3-vectors"
    VERTEX = "vertex"


class Route(Section):
    """A name that callers use, and the models behind it in order of preference."""

    name: Name
    models: Annotated[tuple[Name, ...], Field(min_length=1)]
    fallback: tuple[Name, ...] = ()


class TokenBudget(Section):
    """What one team may spend through the gateway."""

    name: Name
    monthly_usd: Annotated[Number, Field(gt=0)] | None = None
    tokens_per_minute: Positive | None = None
    alert_at: tuple[Percent, ...] = (0.8, 1.0)


class Guardrail(Section):
    """A check on what goes into a model or comes out of it."""

    name: Name
    engine: GuardrailEngine
    on: Literal["input", "output", "both"] = "both"
    threshold: Annotated[Number, Field(gt=0, le=1)] | None = None


class Rag(Section):
    """Retrieval: where the documents' vectors are, and how old they may be."""

    store: VectorStore
    embedding: Name | None = None
    """The embedding model, by its name in this blueprint."""
    freshness: Duration | None = None


class Llm(Section):
    """The parts around the language models."""

    gateway: GatewayEngine | None = None
    on: Name | None = None
    routes: tuple[Route, ...] = ()
    cache: Literal["semantic", "exact"] | None = None
    budgets: tuple[TokenBudget, ...] = ()
    guardrails: tuple[Guardrail, ...] = ()
    prompts: PromptEngine | None = None
    evaluation: EvaluationEngine | None = None
    rag: Rag | None = None
    secret: Text | None = None
    """Reference to the keys of outside model providers."""
