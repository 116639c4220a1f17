"""What is watched of one model: which rows, how far they may wander, and how often one looks."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from modelyard.blueprint.section import SOME, Flag, Name, Number, Positive, Section
from modelyard.blueprint.units import Bound, Duration, Percent

Address = Annotated[str, Field(pattern=r"^s3://[^/\s]+/[^\s]+$")]
"""A file, or a folder that ends in `/`, in the site's object store: `s3://bucket/path`."""
Column = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_ .:/()%-]{0,127}$")]
"""A column as the rows name it."""


class Task(StrEnum):
    CLASSIFICATION = "classification"
    REGRESSION = "regression"


class Metric(StrEnum):
    """What performance is measured by; the last two of a regression, the others of classes."""

    ACCURACY = "accuracy"
    F1 = "f1"
    AUC = "auc"
    RMSE = "rmse"
    MAE = "mae"


class Rows(Section):
    """The rows that a model is judged by: Parquet, CSV or JSON lines, with their columns."""

    reference: Address | None = None
    """What it was trained on, or answered well."""
    current: Address | None = None
    """What it was asked lately, with its answers."""
    window: Duration | None = None
    """How far back `current` is looked at, by `timestamp`; all of it when left out."""
    timestamp: Column | None = None
    task: Task | None = None
    target: Column | None = None
    """What turned out to be true."""
    prediction: Column | None = None
    score: Column | None = None
    """The probability of the positive class."""
    features: tuple[Column, ...] = ()
    """Columns to look at; all others than the named ones when left out."""
    sensitive: tuple[Column, ...] = ()
    """Columns of groups that are to be treated alike."""
    embedding: Column | None = None
    """Column of vectors."""
    minimum: Positive | None = None
    """Fewer rows than these are not judged; 200 when left out."""


class Drift(Section):
    """How far inputs may wander from the training data."""

    psi: Annotated[Number, Field(gt=0, le=10)] | None = None
    """Population stability index; 0.2 when left out."""
    ks: Annotated[Number, Field(gt=0, lt=1)] | None = None
    """Level of the Kolmogorov-Smirnov test; measured, and held to nothing, when left out."""
    embedding: Annotated[Number, Field(gt=0, le=10)] | None = None
    """Share of a vector's components that may have drifted; 0.2 when left out."""
    share: Percent | None = None
    """How many of the features have to have drifted; one is enough when left out."""
    distance: Annotated[Number, Field(gt=0, lt=1)] | None = None
    """Largest difference between two distributions of a feature, which SageMaker measures."""
    features: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")], ...] = ()
    """The features that `distance` is about, as the captured data name them."""


class Answers(StrEnum):
    """What answers of a language model are measured by."""

    FAITHFULNESS = "faithfulness"
    ANSWER_RELEVANCE = "answer_relevance"
    CONTEXT_RELEVANCE = "context_relevance"
    HALLUCINATION = "hallucination_rate"
    TOXICITY = "toxicity"
    LATENCY = "latency_p95_seconds"
    COST = "cost_per_query_usd"


class TokenPrice(Section):
    """USD for a million tokens of the model itself."""

    input: Annotated[Number, Field(ge=0)]
    output: Annotated[Number, Field(ge=0)]


class Evaluation(Section):
    """Questions that a language model is asked again and again, and who judges its answers."""

    dataset: Address
    """Lines of JSON: `question`, and `contexts` where the answer is to follow from some."""
    judge: Name
    """Another language model of this blueprint, on the same site."""
    embeddings: Name | None = None
    """A model of embeddings there, by which answer relevance is measured."""
    classifier: Name | None = None
    """A model there that tells toxicity at `/predict`, as text-embeddings-inference does."""
    price: TokenPrice | None = None
    """What a query costs follows from it."""
    limits: dict[Answers, Bound] = {}
    """What each measure is held to; the field's limits where one is left out."""


class Freshness(Section):
    """How old the newest of the documents may be that a model is given to answer by."""

    at: Address
    """Their folder, which ends in `/`."""
    age: Duration | None = None
    """A day when left out."""


class Entity(StrEnum):
    """Kinds of personal data, as Presidio calls them; the last four are found only where the image
    of the jobs has a model of the language.
    """

    CREDIT_CARD = "CREDIT_CARD"
    CRYPTO = "CRYPTO"
    EMAIL_ADDRESS = "EMAIL_ADDRESS"
    IBAN_CODE = "IBAN_CODE"
    IP_ADDRESS = "IP_ADDRESS"
    MAC_ADDRESS = "MAC_ADDRESS"
    MEDICAL_LICENSE = "MEDICAL_LICENSE"
    PHONE_NUMBER = "PHONE_NUMBER"
    URL = "URL"
    UK_NHS = "UK_NHS"
    US_BANK_NUMBER = "US_BANK_NUMBER"
    US_DRIVER_LICENSE = "US_DRIVER_LICENSE"
    US_ITIN = "US_ITIN"
    US_PASSPORT = "US_PASSPORT"
    US_SSN = "US_SSN"
    LOCATION = "LOCATION"
    NRP = "NRP"
    ORGANIZATION = "ORGANIZATION"
    PERSON = "PERSON"


class PersonalData(Section):
    """What must not be in the rows that a model learns from and is asked."""

    entities: Annotated[tuple[Entity, ...], Field(max_length=SOME)] = ()
    """Kinds to look for; those with a pattern of their own, and persons, when left out."""
    allowed: Annotated[tuple[Column, ...], Field(max_length=SOME)] = ()
    """Columns in which there may be some."""
    threshold: Annotated[Number, Field(gt=0, le=1)] | None = None
    """How sure it has to be; 0.5 when left out."""


class Robustness(Section):
    """How a model stands inputs that are made to mislead it."""

    drop: Percent | None = None
    """Share of its accuracy that a classifier may lose by them; 10% when left out."""
    epsilon: Annotated[Number, Field(gt=0, le=10)] | None = None
    """By how many standard deviations each feature is changed; 0.1 when left out."""
    injected: Percent | None = None
    """Share of injections that a language model may follow; none when left out."""
    probes: Address | None = None
    """Injections of one's own: lines of JSON with `prompt` and `canary`."""


class Parity(Section):
    """Whether batch runs answer as the model does in `data.current`."""

    batch: Address
    """Answers of a batch run to the same inputs, in the same columns."""
    key: Column
    """Column that tells one input from another."""
    share: Percent | None = None
    """Of the inputs whose answers may differ; 1% when left out."""
    tolerance: Annotated[Number, Field(ge=0, le=1)] | None = None
    """By which two numbers count as the same, relative to the batch's; 0.01 when left out."""


class Monitor(Section):
    """What is watched of one model's answers.

    Everything is measured that `data` has the columns for, held to the field's thresholds where the
    model says nothing else.
    """

    data: Rows | None = None
    drift: Drift | None = None
    accuracy_drop: Percent | None = None
    """How much worse than its baseline it may be, relative to that; 5% when left out."""
    prediction_shift: Percent | None = None
    """How far the distribution of answers may shift; 15% when left out."""
    metrics: tuple[Metric, ...] = ()
    """What performance is measured by; what suits the task when left out."""
    expected: dict[Metric, Number] = {}
    """The baseline of performance; the metrics of the version in MLflow when left out."""
    bias: Flag = False
    """Whether groups are treated alike, by the bounds of `promote.fairness`."""
    explain: Flag = False
    """Whether it is told which features answers depend on most."""
    evaluation: Evaluation | None = None
    """How well a language model answers."""
    freshness: Freshness | None = None
    pii: PersonalData | None = None
    robustness: Robustness | None = None
    parity: Parity | None = None
    every: Duration | None = None
    """How often one looks; daily when left out."""
    baseline: Annotated[str, Field(pattern=r"^s3://[^\s]+/$")] | None = None
    """Where `statistics.json` and `constraints.json` of the training data lie, for SageMaker."""
