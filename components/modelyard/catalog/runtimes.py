"""What inference runtimes keep of an accelerator's memory, and how wide quantized weights are."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Runtime:
    """An inference runtime's use of memory."""

    name: str
    usable_share: float
    """Share of an accelerator's memory that the runtime may fill."""
    overhead_gib: float
    """What it needs on each accelerator besides weights and KV cache, GiB."""


@dataclass(frozen=True)
class Precision:
    """How wide a weight is, scales included."""

    name: str
    bits: float


@cache
def runtimes() -> Mapping[str, Runtime]:
    """Runtimes by engine; source: `runtimes.csv`."""
    return {
        row["runtime"]: Runtime(
            row["runtime"], float(row["usable_share"]), float(row["overhead_gib"])
        )
        for row in _rows("runtimes.csv")
    }


@cache
def precisions() -> Mapping[str, Precision]:
    """Precisions by name; source: `precisions.csv`."""
    rows = _rows("precisions.csv")
    return {row["precision"]: Precision(row["precision"], float(row["bits"])) for row in rows}


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
