"""A candidate beside the incumbent: both are asked the same of what was asked lately, and their
answers and times are held against each other.

Both are MLflow's servers: https://mlflow.org/docs/latest/deployment/deploy-model-locally.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from pydantic import Field

from modelyard_jobs import parity
from modelyard_jobs.config import Bound, Config, Data, Section
from modelyard_jobs.data import CURRENT, features, window
from modelyard_jobs.errors import Unavailable
from modelyard_jobs.judging import judged, undecided
from modelyard_jobs.verdict import Finding, Report

if TYPE_CHECKING:
    import pandas as pd

ERRORS = "errors"
KEY, ANSWER, TOOK = "row", "answer", "seconds"
PATIENCE = 30.0
"""Seconds that an answer may take."""


class Settings(Section):
    incumbent: str
    """Address of the server of what is in production."""
    candidate: str
    """Address of the server of what is to be."""
    rows: int = Field(default=500, gt=0)
    """How many of what was asked last are asked again."""
    share: float = Field(default=0.15, ge=0, le=1)
    """Of answers that may differ: a candidate is there to answer otherwise, but not everything."""
    tolerance: float = Field(default=0.05, ge=0)
    """By which two numbers may differ, relative to the incumbent's."""
    ratio: float = Field(default=1.2, gt=0)
    """Of the 95th percentiles of latency, the candidate's to the incumbent's."""
    errors: float = Field(default=0.0, ge=0, le=1)
    """Of requests that the candidate may fail at where the incumbent answers."""


def run(config: Config, settings: Settings) -> Report:
    asked = window(CURRENT, config.data)
    rows = asked.frame[list(features(config.data, asked))].tail(settings.rows)
    notes = tuple(undecided("rows", note, asked.name) for note in asked.notes)
    if len(rows) < min(config.data.minimum, settings.rows):
        reason = f"{len(rows)} rows, and fewer than {config.data.minimum} are not judged"
        found: tuple[Finding, ...] = (undecided(parity.DIFFERING, reason),)
    else:
        found = tuple(_compared(rows, config, settings))
    return Report(config.job, config.model.name, (*notes, *found), {asked.name: len(rows)})


def _compared(rows: pd.DataFrame, config: Config, settings: Settings) -> Iterator[Finding]:
    """Its failures, and then what `parity` says of what both answered."""
    old, new = (_answers(url, rows) for url in (settings.incumbent, settings.candidate))
    if not old:
        raise Unavailable(
            f"{settings.incumbent} answers nothing that was asked before",
            "see whether data.current and its features are what the model takes",
        )
    failed = len(set(old) - set(new)) / len(old)
    yield judged(ERRORS, failed, Bound(max=settings.errors))
    with TemporaryDirectory() as folder:
        paths = [_written(Path(folder) / name, told) for name, told in (("o", old), ("n", new))]
        data = Data(
            reference=paths[0], current=paths[1], prediction=ANSWER, minimum=config.data.minimum
        )
        held = parity.Settings(
            key=KEY,
            tolerance=settings.tolerance,
            share=settings.share,
            latency=TOOK,
            ratio=settings.ratio,
        )
        yield from parity.run(config.model_copy(update={"data": data}), held).findings


def _answers(url: str, rows: pd.DataFrame) -> dict[int, tuple[Any, float]]:
    """What was answered to each row, and in how many seconds, where it was answered."""
    found: dict[int, tuple[Any, float]] = {}
    for number in range(len(rows)):
        began = time.perf_counter()
        answer = _answer(url, rows.iloc[[number]])
        if answer is not None:
            found[number] = (answer, time.perf_counter() - began)
    return found


def _answer(url: str, row: pd.DataFrame) -> Any:
    """None where the server refuses the row; raises `Unavailable` where it is not there."""
    body = json.dumps({"dataframe_split": json.loads(row.to_json(orient="split", index=False))})
    headers = {"Content-Type": "application/json"}
    request = Request(f"{url}/invocations", body.encode(), headers)
    try:
        with urlopen(request, timeout=PATIENCE) as answered:
            told = json.loads(answered.read())["predictions"]
    except HTTPError:
        return None
    except (OSError, ValueError, KeyError) as error:
        raise Unavailable(f"{url} does not answer: {error}", "see whether its pods run") from error
    return _plain(told)


def _plain(told: Any) -> Any:
    """One answer as one value: text, where it is a list or a document."""
    value = told[0] if isinstance(told, list) and len(told) == 1 else told
    if isinstance(value, dict) and len(value) == 1:
        [value] = value.values()
    return value if isinstance(value, (int, float, str)) else json.dumps(value, sort_keys=True)


def _written(path: Path, told: dict[int, tuple[Any, float]]) -> str:
    rows = ({KEY: key, ANSWER: answer, TOOK: took} for key, (answer, took) in told.items())
    file = path.with_suffix(".jsonl")
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return str(file)
