"""The model registry: MLflow, at the address in `MLFLOW_TRACKING_URI`."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from modelyard_jobs.config import Model
from modelyard_jobs.errors import JobError, Unavailable
from modelyard_jobs.verdict import WHOLE, Report

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

ADDRESS = "MLFLOW_TRACKING_URI"
PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3", "MLFLOW_HTTP_REQUEST_TIMEOUT": "30"}
"""MLflow's own are seven attempts of two minutes each, in which nobody learns that it is down."""
QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}
"""What runs inside a platform tells nobody outside of it, and its log is read later."""
SUBJECTS = 20
"""Of a measure with more subjects only the whole is told."""
ABSENT = {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}
"""What MLflow answers where there is no such model, version or alias."""

MEASURE = "modelyard.measure."
"""How the tag begins that has the newest value of a measure."""


def client() -> MlflowClient:
    """Raises `Unavailable` where no registry is named."""
    if not os.environ.get(ADDRESS):
        raise Unavailable(f"{ADDRESS} is not set", "set it to the registry's address")
    for name, value in {**PATIENCE, **QUIET}.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient

    return MlflowClient(os.environ[ADDRESS])


@contextmanager
def answering() -> Iterator[None]:
    """What the registry has for an error becomes one of ours; a missing library stays one."""
    try:
        yield
    except (JobError, ImportError):
        raise
    except Exception as error:
        raise Unavailable(
            f"the registry at {os.environ.get(ADDRESS)} does not answer: {_first_line(error)}",
            "see that it runs, that this job may reach it, and who it logs in as",
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def registered(model: Model) -> str:
    """The model's name in the registry."""
    return model.registered or model.name


def candidates(model: Model) -> str:
    """The name under which training registers."""
    return model.candidate or registered(model)


def version_of(model: Model) -> ModelVersion | None:
    """The version that the job is about: the one named, or what the alias points at; None where
    there is none.
    """
    from mlflow.exceptions import MlflowException

    asked = client()
    with answering():
        try:
            if model.version is not None:
                return asked.get_model_version(candidates(model), model.version)
            return asked.get_model_version_by_alias(registered(model), model.alias)
        except MlflowException as error:
            if error.error_code in ABSENT:
                return None
            raise


def metrics_of(version: ModelVersion) -> dict[str, float]:
    """What training measured of it: the metrics of its run and of the logged model itself."""
    if not version.run_id:
        return {}
    with answering():
        return dict(client().get_run(version.run_id).data.metrics)


def measures_of(version: ModelVersion) -> dict[str, float]:
    """What the platform's jobs measured of it last."""
    tags = version.tags.items()
    return {k.removeprefix(MEASURE): float(v) for k, v in tags if k.startswith(MEASURE)}


def tag_of(name: str, key: str) -> str | None:
    """A tag of the model as a whole; None where there is no such tag or no such model."""
    from mlflow.exceptions import MlflowException

    with answering():
        try:
            return client().get_registered_model(name).tags.get(key)
        except MlflowException as error:
            if error.error_code in ABSENT:
                return None
            raise


def tagged(report: Report, model: Model, at: datetime | None = None) -> bool:
    """Tell the version its verdict, and what it was found to be; False where there is none. `at` is
    of when it is true, where that is not now.
    """
    version = version_of(model)
    if version is None:
        return False
    with answering():
        for key, value in _tags(report, at or datetime.now(UTC)).items():
            client().set_model_version_tag(version.name, version.version, key, value)
    return True


def _tags(report: Report, at: datetime) -> dict[str, str]:
    about = {
        "": str(report.verdict),
        ".at": at.isoformat(timespec="seconds"),
        ".run": os.environ.get("MODELYARD_RUN") or os.environ.get("HOSTNAME", ""),
        **{f".{name}": fact for name, fact in report.facts.items()},
    }
    verdicts = {f"modelyard.{report.check}{key}": value for key, value in about.items()}
    return {**verdicts, **dict(_measured(report))}


def _measured(report: Report) -> Iterator[tuple[str, str]]:
    """Values by the name of the measure, and of its subject where there is one."""
    subjects = Counter(finding.measure for finding in report.findings)
    for each in report.findings:
        few = each.subject == WHOLE or subjects[each.measure] <= SUBJECTS
        if each.value is not None and few:
            subject = f".{each.subject}" if each.subject != WHOLE else ""
            yield f"{MEASURE}{each.measure}{subject}", repr(float(each.value))


def kept(version: ModelVersion, document: dict[str, Any], path: str) -> None:
    """Keep a JSON document among the artifacts of the run that made a version."""
    with answering():
        client().log_dict(version.run_id, document, path)


def loaded(version: ModelVersion) -> Any:
    """The model itself, as MLflow's Python function. Raises `ImportError` where it needs a library
    that is not here.
    """
    import mlflow

    with answering():
        return mlflow.pyfunc.load_model(f"models:/{version.name}/{version.version}")
