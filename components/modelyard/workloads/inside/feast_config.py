"""Writes Feast's `feature_store.yaml`, which has passwords in it.

Environment: `STORE`, the settings without secrets, as JSON; `DATABASE_URI`; `CACHE_PASSWORD` where
there is a cache; `FEAST_FS_YAML_FILE_PATH`, where to write. JSON is YAML too.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


def postgres(uri: str) -> dict[str, Any]:
    """The parts of an address, as Feast's stores want them."""
    parts = urlsplit(uri)
    options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    found = {
        "host": parts.hostname,
        "port": parts.port or 5432,
        "database": parts.path.lstrip("/"),
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "sslmode": options.get("sslmode", "require"),
        "sslrootcert_path": options.get("sslrootcert"),
    }
    return {key: value for key, value in found.items() if value is not None}


def redis(settings: Mapping[str, Any], password: str) -> dict[str, Any]:
    """The store with the password in its connection string. Raises ValueError if it cannot be."""
    if "," in password:
        raise ValueError("Feast cannot use a cache whose password has a comma in it")
    # In quotes, for Feast reads a value that looks like a number as one.
    word = json.dumps(password)
    return {**settings, "connection_string": f"{settings['connection_string']},password={word}"}


def completed(environment: Mapping[str, str]) -> dict[str, Any]:
    """The settings with their secrets."""
    store, uri = json.loads(environment["STORE"]), environment["DATABASE_URI"]
    for part in ("online_store", "offline_store"):
        if store[part]["type"] == "postgres":
            store[part] |= postgres(uri)
        elif store[part]["type"] == "redis":
            store[part] = redis(store[part], environment["CACHE_PASSWORD"])
    # Feast's own choice of driver, said aloud.
    store["registry"]["path"] = uri.replace("postgresql://", "postgresql+psycopg://", 1)
    return store


def main(environment: Mapping[str, str]) -> None:
    """Write the file so that nobody but its owner can read it."""
    path = Path(environment["FEAST_FS_YAML_FILE_PATH"])
    path.touch(mode=0o600)
    path.write_text(json.dumps(completed(environment)), encoding="utf-8")


if __name__ == "__main__":
    main(os.environ)
