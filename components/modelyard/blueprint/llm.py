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


class DeniedTopic(Section):
    """Something that is not to be talked about."""

    name: Annotated[str, Field(pattern=r"^[0-9a-zA-Z_ !?.-]{1,100}$")]
    definition: Annotated[str, Field(min_length=1, max_length=200)]
    examples: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=100)], ...], Field(max_length=5)
    ] = ()


class Guardrail(Section):
    """A check on what goes into a model or comes out of it."""

    name: Name
    engine: GuardrailEngine
    on: Literal["input", "output", "both"] = "both"
    threshold: Annotated[Number, Field(gt=0, le=1)] | None = None
    """How well an answer has to be founded on its sources, and how relevant it has to be."""
    filters: Literal["none", "low", "medium", "high"] = "high"
    """How strictly hate, insults, sexual content, violence, misconduct and attacks are caught."""
    pii: Literal["anonymize", "block", "allow"] = "anonymize"
    """What is done with personal data."""
    topics: Annotated[tuple[DeniedTopic, ...], Field(max_length=30)] = ()
    words: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=100)], ...], Field(max_length=10_000)
    ] = ()
    """Words that are not to be said."""


class Rag(Section):
    """Retrieval: where the documents' vectors are, and how old they may be."""

    store: VectorStore
    embedding: Name | None = None
    """The embedding model, by its name in this blueprint."""
    dimension: Annotated[int, Field(strict=True, ge=1, le=4096)] | None = None
    """Length of the vectors; that of the embedding model where the catalog knows it."""
    metric: Literal["cosine", "euclidean"] = "cosine"
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
