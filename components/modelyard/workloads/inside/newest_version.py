"""Finds the version that a training run has registered, and writes its number to a file.

Environment: `MLFLOW_TRACKING_*`, `MODEL` (registered name), `SINCE` (seconds of the epoch).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

RESULT = "/tmp/version"


def newest(versions: Iterable[Any], since: float) -> int | None:
    """The highest version that was registered since then."""
    fresh = (int(v.version) for v in versions if v.creation_timestamp >= since * 1000)
    return max(fresh, default=None)


def main(environment: Mapping[str, str]) -> str | None:
    """Returns what went wrong."""
    from mlflow import MlflowClient  # type: ignore[import-not-found]

    model = environment["MODEL"]
    client = MlflowClient(environment["MLFLOW_TRACKING_URI"])
    found = newest(client.search_model_versions(f"name='{model}'"), float(environment["SINCE"]))
    if found is None:
        return f"training ended without a new version of '{model}': register it under $MODEL"
    Path(RESULT).write_text(str(found), encoding="utf-8")
    return None


if __name__ == "__main__":
    sys.exit(main(os.environ))
