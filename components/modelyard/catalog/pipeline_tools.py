"""What generated pipelines of models call, each at one release."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from modelyard.catalog.sheet import entry, rows

_SHEET = Path(__file__).with_name("pipeline_tools.yaml")


@cache
def tool(id: str) -> str:
    """What is installed or named. Raises KeyError, naming the ids there are, if there is none."""
    return entry(rows(_SHEET, "tools"), id, "tool")["reference"]
