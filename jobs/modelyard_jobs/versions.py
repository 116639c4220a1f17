"""Versions of a model on their way: candidates, the incumbent, the one before, and the alias that
moves from one to the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from modelyard_jobs import registry
from modelyard_jobs.config import Model

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

PREVIOUS = "previous"
"""The alias of what to go back to."""
FROM = "modelyard.promoted_from"
WORKFLOW = "modelyard.workflow"
AUTHORS = ("modelyard.author", "modelyard.by")
"""Tags of who made or proposed a version, beside what MLflow knows of it."""


@dataclass(frozen=True)
class Version:
    """A version with what is known of it."""

    model: str
    number: str
    metrics: Mapping[str, float]
    """What training logged, and over it what the platform's jobs have measured since."""
    tags: Mapping[str, str]
    authors: frozenset[str]
    """Who trained, registered or proposed it."""
    registered: datetime
    """When it came into the registry."""

    @property
    def address(self) -> str:
        return f"models:/{self.model}/{self.number}"


def known(client: MlflowClient, name: str, number: str) -> Version | None:
    """None where there is no such version."""
    with registry.answering():
        found = _found(client, name, number)
        return None if found is None else _version(client, found)


def incumbent(client: MlflowClient, model: Model) -> Version | None:
    """What the alias names; None where it names nothing."""
    number = holder(client, registry.registered(model), model.alias)
    return None if number is None else known(client, registry.registered(model), number)


def newest(client: MlflowClient, name: str) -> str | None:
    """The highest number; None where there is no version."""
    with registry.answering():
        numbers = (int(each.version) for each in client.search_model_versions(f"name='{name}'"))
        return max(map(str, numbers), key=int, default=None)


def _found(client: MlflowClient, name: str, number: str) -> ModelVersion | None:
    from mlflow.exceptions import MlflowException

    try:
        return client.get_model_version(name, number)
    except MlflowException as error:
        if error.error_code in registry.ABSENT:
            return None
        raise


def _version(client: MlflowClient, found: ModelVersion) -> Version:
    metrics, authors = registry.metrics_of(found), {found.user_id}
    if found.run_id:
        run = client.get_run(found.run_id)
        authors |= {run.info.user_id, run.data.tags.get("mlflow.user")}
    authors |= {found.tags.get(tag) for tag in AUTHORS}
    return Version(
        model=found.name,
        number=str(found.version),
        metrics={**metrics, **registry.measures_of(found)},
        tags=dict(found.tags),
        authors=frozenset(author for author in authors if author),
        registered=datetime.fromtimestamp(found.creation_timestamp / 1000, UTC),
    )


def holder(client: MlflowClient, model: str, alias: str) -> str | None:
    """The version that an alias names; None when it names none."""
    from mlflow.exceptions import MlflowException

    with registry.answering():
        try:
            return str(client.get_model_version_by_alias(model, alias).version)
        except MlflowException as error:
            if error.error_code in registry.ABSENT:
                return None
            raise


def admit(client: MlflowClient, model: str, origin: str) -> str:
    """Make a candidate (`models:/churn-candidate/7`) a version of the model, or what lies elsewhere
    (`hf://acme/x@main`), once. What is one already stays as it is.
    """
    if origin.startswith(f"models:/{model}/"):
        return origin.rpartition("/")[2]
    with registry.answering():
        for there in client.search_model_versions(f"name='{model}'"):
            if there.tags.get(FROM) == origin:
                return str(there.version)
        _have(client, model)
        if origin.startswith("models:/"):
            made = client.copy_model_version(origin, model)
        else:
            made = client.create_model_version(model, origin.rpartition("@")[0] or origin)
        client.set_model_version_tag(model, made.version, FROM, origin)
        return str(made.version)


def _have(client: MlflowClient, model: str) -> None:
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(model)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


def point(client: MlflowClient, model: str, alias: str, version: str) -> None:
    """Have the alias name this version, and `previous` the one it named."""
    current = holder(client, model, alias)
    if current == version:
        return
    with registry.answering():
        if current is not None:
            client.set_registered_model_alias(model, PREVIOUS, current)
        client.set_registered_model_alias(model, alias, version)
