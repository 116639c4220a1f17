"""A model: where it comes from, how it is served, watched, retrained and promoted."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from modelyard.blueprint.monitor import Address, Monitor
from modelyard.blueprint.section import (
    MANY,
    SOME,
    Name,
    NonNegative,
    Positive,
    Section,
    Text,
)
from modelyard.blueprint.serve import Resources, Serve
from modelyard.blueprint.units import Bound, Duration, Parameters

Source = Annotated[str, Field(pattern=r"^(models:/|hf://|s3://|gs://|oci://)[^\s]+$")]
"""Where the weights are: a registry entry, the Hugging Face hub, a bucket, or an OCI artifact."""


Revision = Annotated[str, Field(pattern=r"^[A-Za-z0-9._/-]{1,100}$")]


class ModelType(StrEnum):
    PREDICTIVE = "predictive"
    EMBEDDING = "embedding"
    LLM = "llm"


class Shape(Section):
    """The numbers that sizing needs of a model that the catalog does not know."""

    parameters: Parameters
    layers: Positive
    heads: Positive
    kv_heads: Positive
    head_dim: Positive
    context: Positive = 8192


class RetrainTrigger(StrEnum):
    DRIFT = "drift"
    ACCURACY = "accuracy"
    PREDICTION_SHIFT = "prediction-shift"
    DATA = "data"


class Retrain(Section):
    """When and with what the model is trained anew."""

    every: Duration | None = None
    """Cadence: 30, 60 or 90 days are usual."""
    on: tuple[RetrainTrigger, ...] = ()
    """Verdicts of monitoring that start a run."""
    cooldown: Duration | None = None
    """How long after one run the verdicts of `on` start no other; a day when left out."""
    data: Address | None = None
    """What training reads, where `ingestion.validation` holds it to a suite first, or
    `promote.checks` look for personal data in it."""
    suite: Address | None = None
    """The suite of expectations that `data` have to meet: a file as Great Expectations saves it."""
    image: Text | None = None
    command: Annotated[tuple[str, ...], Field(max_length=MANY)] = ()
    """Registers a new version under the name in `$MODEL`, with MLflow's own variables set.

    It may write to `/tmp`, and nowhere else.
    """
    resources: Resources = Resources.left_out()
    """What a run asks for; 4 cores and 32Gi for each GPU, or as a whole without one."""
    gpus: Positive | None = None
    timeout: Duration | None = None


class Approval(StrEnum):
    REQUIRED = "required"
    NONE = "none"


class CandidateCheck(StrEnum):
    """What can be looked for in a candidate before anybody lets it in."""

    ROBUSTNESS = "robustness"
    PII = "pii"


class Promote(Section):
    """The gates between a new version and production."""

    benchmark: dict[str, Bound] = {}
    """Metrics that a candidate must reach."""
    shadow: Duration | None = None
    """How long the candidate answers beside the incumbent before it may take over."""
    approval: Approval = Approval.NONE
    fairness: dict[str, Bound] = {}
    checks: tuple[CandidateCheck, ...] = ()
    """Checks that a candidate has to pass, by what `monitor` says of them: personal data are looked
    for in what training reads, before it does; a candidate is attacked after it."""


PUBLIC_KEY = r"^-----BEGIN PUBLIC KEY-----\n[A-Za-z0-9+/=\n]+\n-----END PUBLIC KEY-----\n?$"


Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Artifact(Section):
    """How the artifact proves that it is the right one."""

    sha256: Digest | None = None
    signature: Literal["required"] | None = None
    public_key: Annotated[str, Field(pattern=PUBLIC_KEY, max_length=500)] | None = None
    """What it was signed with, as PEM: the counterpart of the key of `model_signing sign key`."""
    allow: tuple[Text, ...] = ()
    """Files that it may be made of, as patterns: `*.onnx`; all that no scanner objects to when
    left out."""


class Risk(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Card(Section):
    """What a model card says that nothing else of the blueprint does."""

    purpose: Text
    """What the model is for, and for whom."""
    not_for: Text | None = None
    """What it must not be used for."""
    risk: Risk
    reason: Text | None = None
    """Why the risk is rated so."""


class Rollout(Section):
    """A version on its way through a fleet. Whoever is not reached keeps the model's own."""

    source: Source | None = None
    """Where it is, if not where the model's own is."""
    revision: Revision | None = None
    """Its commit on the hub."""
    sha256: Digest | None = None
    """Its digest, for devices that hold it to one."""
    rings: NonNegative
    """How many rings have it. Raise it to go on; 0 takes the version back everywhere."""


class Model(Section):
    """One model of the platform."""

    name: Name
    type: ModelType
    source: Source
    revision: Revision | None = None
    """Branch, tag or commit on the hub."""
    rollout: Rollout | None = None
    """A further version, on its way through the fleet that the model stands on."""
    on: Name | None = None
    """The site it stands on."""
    domain: Name | None = None
    """Business domain, where it differs from the team's."""
    token: Text | None = None
    """Reference to the secret that opens a gated model: `secret://name/key`."""
    shape: Shape | None = None
    artifact: Artifact | None = None
    serve: Serve = Serve.left_out()
    monitor: Monitor | None = None
    retrain: Retrain | None = None
    promote: Promote = Promote.left_out()
    card: Card | None = None
    """For registries that keep model cards: SageMaker's."""
    depends_on: Annotated[tuple[Name, ...], Field(max_length=SOME)] = ()
    """Models whose output this one reads."""

    def standing_in(self) -> Model | None:
        """The model as it is on the site that takes what its own does not."""
        there = self.serve.fallback
        if there is None:
            return None
        own = {"replicas": there.replicas, "gpu": there.gpu, "fallback": None}
        return self.model_copy(
            update={"on": there.on, "serve": self.serve.model_copy(update=own), "rollout": None}
        )

    def rolled_out(self) -> Model:
        """The model with the version that is on its way."""
        if self.rollout is None:
            return self
        new = self.rollout
        own = {"source": new.source or self.source, "revision": new.revision, "rollout": None}
        proof = {"artifact": Artifact(sha256=new.sha256)} if new.sha256 else {}
        return self.model_copy(update={**own, **proof})
