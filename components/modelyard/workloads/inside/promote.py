"""Moves a model's alias in MLflow: to a new version, or back to the one before.

Environment: `MLFLOW_TRACKING_*` of the account that may; `MODEL` and `ALIAS`; `SOURCE`, the
candidate as `models:/NAME` or an address outside the registry; `VERSION`, its number or revision,
or `previous` to go back; `WORKFLOW`, the run that asks; `BY`, who started it, `APPROVAL`, who let
it go on, and `WHY`.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

PREVIOUS = "previous"
VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")
FROM = "modelyard.promoted_from"
ABSENT = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")


def holder(client: Any, model: str, alias: str) -> str | None:
    """The version that an alias names; None when it names none."""
    try:
        return str(client.get_model_version_by_alias(model, alias).version)
    except Exception as error:
        if getattr(error, "error_code", None) in ABSENT:
            return None
        raise


def admitted(client: Any, model: str, origin: str) -> str | None:
    """The version that was already made from this candidate."""
    versions = client.search_model_versions(f"name='{model}'")
    return next((str(v.version) for v in versions if v.tags.get(FROM) == origin), None)


def admit(client: Any, model: str, source: str, version: str) -> str:
    """Make the candidate a version of the model, once."""
    origin = f"{source}/{version}" if source.startswith("models:/") else f"{source}@{version}"
    if (there := admitted(client, model, origin)) is not None:
        return there
    if source.startswith("models:/"):
        made = client.copy_model_version(origin, model)
    else:
        made = client.create_model_version(model, source)
    client.set_model_version_tag(model, made.version, FROM, origin)
    return str(made.version)


def point(client: Any, model: str, alias: str, version: str) -> None:
    """Have the alias name this version, and `previous` the one it named."""
    current = holder(client, model, alias)
    if current == version:
        return
    if current is not None:
        client.set_registered_model_alias(model, PREVIOUS, current)
    client.set_registered_model_alias(model, alias, version)


def sign(client: Any, model: str, version: str, environment: Mapping[str, str]) -> None:
    """Say on the version when it was let in, by which run, by whom and why."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    told = {key: environment.get(key.upper(), "") for key in ("workflow", "by", "approval", "why")}
    for key, value in {"approved_at": now, **told}.items():
        client.set_model_version_tag(model, version, f"modelyard.{key}", value)


def carried_out(client: Any, environment: Mapping[str, str]) -> str | None:
    """Move the alias; returns what kept it from being moved."""
    model, version = environment["MODEL"], environment["VERSION"]
    if version == PREVIOUS:
        chosen = holder(client, model, PREVIOUS)
    elif VERSION.fullmatch(version):
        chosen = admit(client, model, environment["SOURCE"], version)
    else:
        return f"{version!r} is not a version or revision"
    if chosen is None:
        return f"'{model}' has no previous version to go back to"
    sign(client, model, chosen, environment)
    point(client, model, environment["ALIAS"], chosen)
    print(f"{model}@{environment['ALIAS']} is version {chosen}")  # noqa: T201
    return None


def main(environment: Mapping[str, str]) -> str | None:
    """Returns what went wrong."""
    from mlflow import MlflowClient  # type: ignore[import-not-found]

    return carried_out(MlflowClient(environment["MLFLOW_TRACKING_URI"]), environment)


if __name__ == "__main__":
    sys.exit(main(os.environ))
