"""A candidate and an incumbent that answer over HTTP, and what is made of their answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pandas as pd
import pytest
from asking import finding

from modelyard_jobs import shadow
from modelyard_jobs.config import Config, Data, Model
from modelyard_jobs.errors import Unavailable
from modelyard_jobs.verdict import Report, Verdict

ROWS = 300
Answers = Callable[[dict[str, Any]], Any]


@contextmanager
def serving(answers: Answers) -> Iterator[str]:
    """A server that speaks as MLflow's does; what it raises is an answer of 500."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            split = body["dataframe_split"]
            row = dict(zip(split["columns"], split["data"][0], strict=True))
            try:
                content, status = json.dumps({"predictions": [answers(row)]}).encode(), 200
            except ValueError:
                content, status = b"{}", 500
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def twice(row: dict[str, Any]) -> float:
    return row["x"] * 2


def compared(folder: Path, old: Answers, new: Answers, rows: int = ROWS, **more: Any) -> Report:
    path = folder / "asked.jsonl"
    asked = pd.DataFrame({"x": range(1, rows + 1), "score": 0.5})
    asked.to_json(path, orient="records", lines=True)
    data = Data(current=str(path), features=("x",), minimum=200)
    config = Config(job="shadow", model=Model(name="churn"), data=data)
    with serving(old) as incumbent, serving(new) as candidate:
        # How long this machine takes is not what is tested, unless it is.
        settings = {"incumbent": incumbent, "candidate": candidate, "ratio": 1e9, **more}
        return shadow.run(config, shadow.Settings.model_validate(settings))


def test_one_that_answers_alike_passes(tmp_path: Path) -> None:
    report = compared(tmp_path, twice, twice)
    assert report.verdict is Verdict.PASSED
    assert finding(report, "differing").value == 0
    assert report.samples == {"current": ROWS}


def test_one_that_answers_otherwise_too_often_does_not(tmp_path: Path) -> None:
    def otherwise(row: dict[str, Any]) -> float:
        return twice(row) if row["x"] > 60 else -1.0

    report = compared(tmp_path, twice, otherwise)
    assert finding(report, "differing").value == pytest.approx(0.2)
    assert report.verdict is Verdict.BREACHED
    assert compared(tmp_path, twice, otherwise, share=0.25).verdict is Verdict.PASSED


def test_one_that_fails_where_the_other_answers_does_not(tmp_path: Path) -> None:
    def failing(row: dict[str, Any]) -> float:
        if row["x"] <= 3:
            raise ValueError
        return twice(row)

    report = compared(tmp_path, twice, failing)
    assert finding(report, "errors").value == pytest.approx(0.01)
    assert report.verdict is Verdict.BREACHED


def test_what_the_incumbent_fails_at_counts_against_nobody(tmp_path: Path) -> None:
    def failing(row: dict[str, Any]) -> float:
        if row["x"] <= 3:
            raise ValueError
        return twice(row)

    assert finding(compared(tmp_path, failing, twice), "errors").value == 0


def test_labels_are_compared_as_they_are(tmp_path: Path) -> None:
    report = compared(tmp_path, lambda row: {"label": "a"}, lambda row: {"label": "b"})
    assert finding(report, "differing").value == 1


def test_few_rows_are_not_judged(tmp_path: Path) -> None:
    report = compared(tmp_path, twice, twice, rows=20)
    assert report.verdict is Verdict.UNDECIDED


def test_a_server_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        compared(tmp_path, twice, twice, candidate="http://127.0.0.1:9")
