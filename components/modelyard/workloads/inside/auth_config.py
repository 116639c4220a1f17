"""Writes MLflow's `basic_auth.ini`, whose database address has a password in it.

Environment: `MLFLOW_BACKEND_STORE_URI`, `MLFLOW_AUTH_CONFIG_PATH` (where to write).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

ADMIN = "admin"


def text(database: str) -> str:
    """The file's text. Who has logged in may read; everything else is granted."""
    # ConfigParser would take the % of an encoded password for the name of another value.
    address = database.replace("%", "%%")
    lines = (
        "[mlflow]",
        "default_permission = READ",
        f"database_uri = {address}",
        f"admin_username = {ADMIN}",
        "authorization_function = mlflow.server.auth:authenticate_request_basic_auth",
    )
    return "\n".join(lines) + "\n"


def main(environment: Mapping[str, str]) -> None:
    """Write the file so that nobody but its owner can read it."""
    path = Path(environment["MLFLOW_AUTH_CONFIG_PATH"])
    path.touch(mode=0o600)
    path.write_text(text(environment["MLFLOW_BACKEND_STORE_URI"]), encoding="utf-8")


if __name__ == "__main__":
    main(os.environ)
