"""Writes Feast's `feature_store.yaml`, which has passwords in it.

Environment: `STORE`, the settings without secrets, as JSON; `DATABASE_URI`; `CACHE_PASSWORD` where
there is a cache, and `CACHE_AUTHORITY`, who signs its certificate, if that is nobody whom all know;
`FEAST_FS_YAML_FILE_PATH`, where to write. JSON is YAML too.
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


def redis(settings: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """The store with the password in its connection string. Raises ValueError if it cannot be.

    A cache may have no password.
    """
    password = environment["CACHE_PASSWORD"]
    if "," in password:
        raise ValueError("Feast cannot use a cache whose password has a comma in it")
    # In quotes, for Feast reads a value that looks like a number as one.
    parts = [settings["connection_string"]]
    parts += [f"password={json.dumps(password)}"] if password else []
    parts += [f"ssl_ca_certs={authority(environment)}"] if "CACHE_AUTHORITY" in environment else []
    return {**settings, "connection_string": ",".join(parts)}


def authority(environment: Mapping[str, str]) -> Path:
    """Where the certificate of the cache's own authority lies: beside the file itself."""
    return Path(environment["FEAST_FS_YAML_FILE_PATH"]).with_name("cache-authority.crt")


def completed(environment: Mapping[str, str]) -> dict[str, Any]:
    """The settings with their secrets."""
    store, uri = json.loads(environment["STORE"]), environment["DATABASE_URI"]
    for part in ("online_store", "offline_store"):
        if store[part]["type"] == "postgres":
            store[part] |= postgres(uri)
        elif store[part]["type"] == "redis":
            store[part] = redis(store[part], environment)
    # Feast's own choice of driver, said aloud.
    store["registry"]["path"] = uri.replace("postgresql://", "postgresql+psycopg://", 1)
    return store


def main(environment: Mapping[str, str]) -> None:
    """Write the file so that nobody but its owner can read it."""
    path = Path(environment["FEAST_FS_YAML_FILE_PATH"])
    if certificate := environment.get("CACHE_AUTHORITY"):
        authority(environment).write_text(certificate, encoding="utf-8")
    path.touch(mode=0o600)
    path.write_text(json.dumps(completed(environment)), encoding="utf-8")


if __name__ == "__main__":
    main(os.environ)
