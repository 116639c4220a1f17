"""What is watched of one model: which rows, how far they may wander, and how often one looks."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from modelyard.blueprint.section import Flag, Number, Positive, Section
from modelyard.blueprint.units import Duration, Percent

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
    every: Duration | None = None
    """How often one looks; daily when left out."""
    baseline: Annotated[str, Field(pattern=r"^s3://[^\s]+/$")] | None = None
    """Where `statistics.json` and `constraints.json` of the training data lie, for SageMaker."""
