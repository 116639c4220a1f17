"""The jobs by name. Neither they nor this need a library of statistics to be imported."""

from __future__ import annotations

from importlib import import_module
from typing import Any

JOBS = (
    "attest",
    "audit",
    "bias",
    "drift",
    "evaluate",
    "explain",
    "freshness",
    "gate",
    "materialize",
    "parity",
    "performance",
    "pii",
    "promote",
    "recheck",
    "revalidate",
    "robustness",
    "rollback",
    "scan-artifact",
    "shadow",
    "trigger",
    "validate-data",
)
"""Each is a module with `Settings` and `run(config, settings) -> Report`."""


def module_of(job: str) -> Any:
    """The module of a job, by its name."""
    return import_module(f"modelyard_jobs.{job.replace('-', '_')}")
