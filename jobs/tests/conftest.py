"""Windows of rows in files, and jobs asked about them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from asking import Ask
from servers import mlflow_server, registry

from modelyard_jobs.config import Config
from modelyard_jobs.jobs import module_of
from modelyard_jobs.verdict import Report

__all__ = ["ask", "mlflow_server", "registry"]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Ask a job about windows that are frames; `settings` and further keys of `data` by name."""

    def asked(
        job: str,
        reference: pd.DataFrame | None = None,
        current: pd.DataFrame | None = None,
        settings: dict[str, Any] | None = None,
        **data: Any,
    ) -> Report:
        for name, frame in (("reference", reference), ("current", current)):
            if frame is not None:
                data[name] = str(tmp_path / f"{name}.parquet")
                frame.to_parquet(data[name])
        config = Config.model_validate(
            {"job": job, "model": {"name": "it"}, "data": data, "settings": settings or {}}
        )
        module = module_of(job)
        return module.run(config, module.Settings.model_validate(config.settings))

    return asked
