"""Brings MLflow's accounts and guarded models to what the platform says. Safe to run again.

Environment: `MLFLOW_TRACKING_URI`, `MLFLOW_TRACKING_USERNAME` and `MLFLOW_TRACKING_PASSWORD` of
the administrator; `ACCOUNT_<NAME>`, the password of each account; `GUARDED`, names of models that
belong to the administrator; `KEEPER`, the account that may change them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import Any

PREFIX = "ACCOUNT_"
ABSENT = "RESOURCE_DOES_NOT_EXIST"
EXISTS = "RESOURCE_ALREADY_EXISTS"


def accounts(environment: Mapping[str, str]) -> dict[str, str]:
    """Passwords by account."""
    found = {k: v for k, v in environment.items() if k.startswith(PREFIX)}
    return {name.removeprefix(PREFIX).lower(): word for name, word in sorted(found.items())}


def keep_account(users: Any, name: str, password: str) -> None:
    """Have an account with this password."""
    try:
        users.get_user(name)
    except Exception as error:
        if getattr(error, "error_code", None) != ABSENT:
            raise
        users.create_user(name, password)
    else:
        users.update_user_password(name, password)


def guard(models: Any, users: Any, name: str, keeper: str) -> None:
    """Have a model that is nobody's but the administrator's, and one account that may change it.

    Whoever creates a model may do everything with it: training must not come first.
    """
    once(lambda: models.create_registered_model(name))
    once(lambda: users.grant_user_permission(keeper, "registered_model", name, "EDIT"))


def once(make: Callable[[], Any]) -> None:
    """Make what may be there already."""
    try:
        make()
    except Exception as error:
        if getattr(error, "error_code", None) != EXISTS:
            raise


def patiently(attempt: Callable[[], Any], tries: int = 60, pause: float = 5.0) -> None:
    """Try until the server answers."""
    for left in reversed(range(tries)):
        try:
            attempt()
            return
        except Exception as error:
            if not left:
                raise
            print(f"the registry does not answer yet: {type(error).__name__}", flush=True)  # noqa: T201
            time.sleep(pause)


def main(environment: Mapping[str, str]) -> None:
    """Wait for the server, then go through accounts and models."""
    from mlflow import MlflowClient  # type: ignore[import-not-found]
    from mlflow.server import get_app_client  # type: ignore[import-not-found]

    address = environment["MLFLOW_TRACKING_URI"]
    users, models = get_app_client("basic-auth", tracking_uri=address), MlflowClient(address)
    patiently(lambda: users.get_user(environment["MLFLOW_TRACKING_USERNAME"]))
    for name, password in accounts(environment).items():
        keep_account(users, name, password)
    for name in environment.get("GUARDED", "").split():
        guard(models, users, name, environment["KEEPER"])


if __name__ == "__main__":
    main(os.environ)
