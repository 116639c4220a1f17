"""How a model is served."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal, cast

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from modelyard.blueprint.section import (
    SOME,
    Flag,
    Name,
    NonNegative,
    Number,
    Positive,
    Section,
    Text,
)
from modelyard.blueprint.units import Cpu, Memory


class ServingEngine(StrEnum):
    VLLM = "vllm"
    TENSORRT_LLM = "tensorrt-llm"
    OLLAMA = "ollama"
    LLAMA_CPP = "llama-cpp"
    ONNX = "onnx-runtime"
    KSERVE = "kserve"
    MLFLOW = "mlflow"
    """MLflow's pyfunc server."""
    FASTAPI = "fastapi"
    """A container of your own that answers HTTP."""
    GREENGRASS = "greengrass"
    """A container on the core devices of AWS IoT Greengrass."""
    SAGEMAKER = "sagemaker"
    VERTEX = "vertex"
    CLOUD_RUN = "cloud-run"
    """A container of your own that Google runs while there is something to do."""
    DATABRICKS = "databricks"
    MODAL = "modal"


class Mode(StrEnum):
    REALTIME = "realtime"
    BATCH = "batch"
    ASYNC = "async"
    """Requests wait in a queue, answers go to a bucket; without requests nothing runs."""
    SERVERLESS = "serverless"
    """Containers come and go with the requests."""
    EDGE = "edge"


class Quantization(StrEnum):
    NONE = "none"
    FP8 = "fp8"
    INT8 = "int8"
    AWQ_INT4 = "awq-int4"
    GPTQ_INT4 = "gptq-int4"
    GGUF_Q4 = "gguf-q4"
    GGUF_Q5 = "gguf-q5"
    GGUF_Q8 = "gguf-q8"


class Exposure(StrEnum):
    CLUSTER = "cluster"
    """Other workloads of the platform, and nobody else."""
    GATEWAY = "gateway"
    """Through the site's gateway."""


class Replicas(Section):
    """How many copies run: as few as `min`, as many as `max`."""

    min: NonNegative = 1
    max: Positive = 1

    @model_validator(mode="before")
    @classmethod
    def _max_follows_min(cls, value: object) -> object:
        """`{min: 3}` alone means exactly three."""
        if not isinstance(value, dict):
            return value
        given = cast("dict[str, Any]", value)
        fewest = given.get("min")
        return (
            {**given, "max": max(1, fewest)}
            if "max" not in given and type(fewest) is int
            else given
        )

    @model_validator(mode="after")
    def _ordered(self) -> Replicas:
        if self.min > self.max:
            raise PydanticCustomError(
                "order",
                "min {min} is above max {max}",
                {"min": self.min, "max": self.max, "next": "raise max or lower min"},
            )
        return self

    @property
    def scales(self) -> bool:
        return self.max > self.min


class Target(Section):
    """What the service must hold; alerts and scaling follow from it."""

    p95_ms: Positive | None = None
    """95th percentile of the answer time, milliseconds."""
    rps: Positive | None = None
    """Requests a second."""
    availability: Annotated[Number, Field(gt=0.5, lt=1)] | None = None
    """Share of requests answered without a server error, such as 0.999."""


class Resources(Section):
    """What one replica asks of its node."""

    cpu: Cpu | None = None
    memory: Memory | None = None


class GpuChoice(Section):
    """A choice of accelerator that overrides the plan's own."""

    accelerator: Name
    count: Positive | None = None
    """Accelerators a replica uses; as many as it needs when left out."""


class Speculative(Section):
    """Speculative decoding: a small model drafts, the large one checks."""

    model: Text
    """The draft model, such as `hf://meta-llama/Llama-3.2-1B-Instruct`."""
    tokens: Positive = 5
    """Tokens drafted at a time."""


class Fallback(Section):
    """A second site on which the model stands, for what its own does not take."""

    on: Name
    """That site."""
    replicas: Replicas = Replicas.left_out()
    """How many run there."""
    gpu: GpuChoice | None = None
    """Accelerators there; the plan's own choice when left out."""
    everything: Flag = False
    """Whether all requests go there, as long as it says so: to fail over before anything fails."""


Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]

Caller = Annotated[
    str, Field(pattern=r"^(user|group|serviceAccount|principal|principalSet):[!-~]{3,500}$")
]
"""A member of Google's policies: `serviceAccount:shop@acme-prod.iam.gserviceaccount.com`."""


class Serve(Section):
    """How one model is served."""

    engine: ServingEngine | None = None
    """vLLM for language and embedding models, MLflow for the rest, when left out."""
    mode: Mode = Mode.REALTIME
    replicas: Replicas = Replicas.left_out()
    target: Target = Target.left_out()
    resources: Resources = Resources.left_out()
    gpu: GpuChoice | None = None
    image: Text | None = None
    """Container that answers HTTP; needed by `fastapi`, overrides the engine's own elsewhere."""
    port: Annotated[int, Field(strict=True, ge=1024, le=65535)] | None = None
    health: Annotated[str, Field(pattern=r"^/[!-~]*$")] | None = None
    """Path that answers 200 when the container can serve."""
    env: Annotated[dict[Variable, str], Field(max_length=SOME)] = {}
    """Environment of the container; a secret is a reference such as `secret://name/key`."""
    expose: Exposure = Exposure.CLUSTER
    fallback: Fallback | None = None
    """Another site that takes what its own replicas do not."""
    quantization: Quantization = Quantization.NONE
    kv_cache: Annotated[str, Field(pattern=r"^(auto|fp8)$")] = "auto"
    """Precision of the KV cache: that of the weights (`auto`), or `fp8`."""
    context: Annotated[int, Field(strict=True, ge=128, le=20_000_000)] | None = None
    """Tokens of a sequence, prompt and answer; the model's own limit, at most 8192, if left out."""
    concurrency: Annotated[int, Field(strict=True, ge=1, le=10_000)] | None = None
    """Sequences at a time on one replica; 16 when left out."""
    speculative: Speculative | None = None
    schedule: Text | None = None
    """Cron schedule of a batch run; a single run when left out."""
    input: Text | None = None
    """What a batch run reads, such as `s3://bucket/requests.jsonl`."""
    output: Text | None = None
    """Where a batch run writes."""
    challenger: Annotated[str, Field(pattern=r"^(models:/|hf://|s3://)[^\s]+$")] | None = None
    """A second model that gets a copy of every request, and whose answers are kept, not given."""
    callers: Annotated[tuple[Caller, ...], Field(max_length=SOME)] = ()
    """Who may ask a model that Google runs, besides whoever may in the whole project."""
    eula: Literal["accepted"] | None = None
    """Says that somebody has read and accepted the model's terms, which Model Garden asks for."""
    nodes: dict[str, str] = {}
    """Labels of the nodes an edge model runs on."""
    cache: Memory | None = None
    """Size of the volume that keeps the weights; one and a half times their size when left out."""
