"""What an endpoint of SageMaker's keeps of each request and its answer, as rows.

A record has both as their clients sent them, and a request may be about several rows. Source:
SageMaker developer guide, capture data from real-time endpoints.
"""

from __future__ import annotations

import csv
import io
import json
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from modelyard_jobs.config import Data
from modelyard_jobs.errors import Misconfigured

if TYPE_CHECKING:
    import pandas as pd

CAPTURED = "captureData"
_LISTS = ("instances", "predictions")
"""Keys of a JSON object that has rows, or answers, and nothing else."""

Row = Mapping[str, Any]


def is_captured(frame: pd.DataFrame) -> bool:
    return CAPTURED in frame


def unfolded(records: pd.DataFrame, data: Data) -> tuple[pd.DataFrame, int]:
    """The rows of all records, and how many records are of no form that is known here.

    CSV has no names: its columns are `data.features`, and those of answers `data.prediction` and
    `data.score`, in this order. The time of a record is the column `data.timestamp` of its rows.
    Raises `Misconfigured` where there is CSV, and no features are named.
    """
    import pandas as pd

    found: list[Row] = []
    unknown = 0
    for record in records.to_dict("records"):
        rows = _rows(record, data)
        found += rows
        unknown += not rows
    return pd.DataFrame(found), unknown


def _rows(record: Mapping[str, Any], data: Data) -> list[Row]:
    """Empty where a question or an answer cannot be read, or has no counterpart."""
    answers = tuple(name for name in (data.prediction, data.score) if name)
    try:
        captured = record[CAPTURED]
        asked = list(_read(captured["endpointInput"], data.features))
        told = list(_read(captured["endpointOutput"], answers))
        at = record["eventMetadata"]["inferenceTime"]
        pairs = list(zip(asked, told, strict=True))
    except (KeyError, TypeError, ValueError):
        return []
    time = {data.timestamp: at} if data.timestamp else {}
    return [{**time, **inputs, **outputs} for inputs, outputs in pairs]


def _read(part: Mapping[str, str], names: Sequence[str]) -> Iterator[Row]:
    """One row for each thing that was asked, or answered."""
    text, form = part["data"], part["encoding"]
    if form == "BASE64":
        text, form = b64decode(text, validate=True).decode("utf-8"), _form(part)
    if form == "CSV":
        yield from _csv(text, names)
    elif form == "JSON":
        yield from _json(json.loads(text), names)
    else:
        raise ValueError(f"{form} is not read")


def _form(part: Mapping[str, str]) -> str:
    kind = part["observedContentType"].partition(";")[0].strip()
    return {"text/csv": "CSV", "application/json": "JSON"}.get(kind, kind)


def _csv(text: str, names: Sequence[str]) -> Iterator[Row]:
    if not names:
        raise Misconfigured(
            "what was captured is CSV, which has no names of columns",
            "name data.features in their order, and data.prediction or data.score",
        )
    for values in csv.reader(io.StringIO(text)):
        yield dict(zip(names, map(_value, values), strict=True))


def _value(text: str) -> float | str | None:
    """As pandas reads a cell: nothing, a number, or text."""
    try:
        return float(text) if text else None
    except ValueError:
        return text


def _json(read: Any, names: Sequence[str]) -> Iterator[Row]:
    """Objects have names; lists of values have those that are given, and one value the first."""
    if isinstance(read, dict):
        inside = next((read[key] for key in _LISTS if len(read) == 1 and key in read), None)
        rows = [read] if inside is None else inside
    else:
        rows = read if isinstance(read, list) else [read]
    for row in rows:
        if isinstance(row, dict):
            yield row
        else:
            values = row if isinstance(row, list) else [row]
            yield dict(zip(names, values, strict=True))
