"""What a job is told: one JSON document, written by the plan and mounted beside the job.

Addresses of servers and what they are asked with come from the environment, by the libraries' own
names (`MLFLOW_TRACKING_*`, `AWS_*`): nothing secret is in the document.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Bound(Section):
    """What a measure is held to."""

    min: float | None = None
    max: float | None = None


class Task(StrEnum):
    CLASSIFICATION = "classification"
    REGRESSION = "regression"


class Model(Section):
    """The model that a job is about."""

    name: str
    """In the blueprint."""
    registered: str | None = None
    """In the registry; the blueprint's where it is left out."""
    alias: str = "champion"
    """Of the version in production."""
    candidate: str | None = None
    """Where training registers."""
    version: str | None = None
    """Of the candidate, where the job is about one; whatever `alias` points at otherwise."""


class Data(Section):
    """Windows of rows, and what their columns are. Addresses are files or folders (`s3://`, `gs://`,
    a path) of Parquet, CSV or JSON lines.
    """

    reference: str | None = None
    """What the model was trained on, or answered well."""
    current: str | None = None
    """What it was asked lately, with its answers."""
    window: float | None = None
    """Seconds back from now that `current` is about, by `timestamp`; all of it where left out."""
    timestamp: str | None = None
    """Column of a row's time: text with or without a zone (none is UTC), or seconds since 1970."""
    task: Task | None = None
    """What kind of answer it is; left out, labels unless a number has many values."""
    target: str | None = None
    """Column of what turned out to be true."""
    prediction: str | None = None
    """Column of the answer."""
    score: str | None = None
    """Column of the probability of the positive class."""
    features: tuple[str, ...] = ()
    """Columns to look at; all others than the named ones where left out."""
    sensitive: tuple[str, ...] = ()
    """Columns of groups that are to be treated alike."""
    embedding: str | None = None
    """Column of vectors."""
    minimum: int = 200
    """Fewer rows than these are not judged."""


class Output(Section):
    """Where the verdict goes, besides the log and the exit code."""

    push: str | None = None
    """Address of a Pushgateway."""
    file: str | None = None
    """An OpenMetrics file."""
    report: str | None = None
    """The whole report as JSON: a file, `s3://` or `gs://`."""
    tags: bool = True
    """Whether the version in the registry is tagged with the verdict."""


class Config(Section):
    """One run of one job."""

    job: str
    model: Model
    data: Data = Data()
    output: Output = Output()
    settings: dict[str, Any] = {}
    """The job's own: see `Settings` of its module."""
