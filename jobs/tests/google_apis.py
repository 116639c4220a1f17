"""A stand-in on loopback for the two APIs of Google's by which training is started."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

PLACE = "projects/acme/locations/europe-west4"
WORKFLOW = f"{PLACE}/workflows/yard-churn-train"
RUNS, EXECUTIONS = f"/vertex/{PLACE}/pipelineJobs", f"/workflows/{WORKFLOW}/executions"


@dataclass
class Google:
    """What there is, newest first, and what it was asked."""

    runs: list[dict[str, Any]] = field(default_factory=list)
    executions: list[dict[str, Any]] = field(default_factory=list)
    started: list[dict[str, Any]] = field(default_factory=list)
    denies: bool = False

    def ran(self, at: datetime, state: str) -> None:
        self.runs.insert(0, {"createTime": _written(at), "state": f"PIPELINE_STATE_{state}"})

    def get(self, path: str, query: dict[str, list[str]]) -> dict[str, Any]:
        if path == RUNS:
            assert query["filter"] == ['display_name="yard-churn-train"']
            assert query["orderBy"] == ["create_time desc"]
            return {"pipelineJobs": self.runs[: int(query["pageSize"][0])]} if self.runs else {}
        assert path == EXECUTIONS
        assert query["filter"] == ['state="ACTIVE"']
        return {"executions": self.executions} if self.executions else {}

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        assert path == EXECUTIONS
        self.started.append(json.loads(body["argument"]))
        made = {"state": "ACTIVE", "startTime": _written(datetime.now(UTC))}
        self.executions.append(made)
        return made


def _written(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@contextmanager
def google(patch: pytest.MonkeyPatch) -> Iterator[Google]:
    """Google's APIs, which jobs then reach, as nobody in particular."""
    from google.auth.credentials import AnonymousCredentials

    told = Google()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(told))
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    patch.setattr("modelyard_jobs.starting.VERTEX", f"{address}/vertex")
    patch.setattr("modelyard_jobs.starting.EXECUTIONS", f"{address}/workflows")
    patch.setattr("google.auth.default", lambda **_: (AnonymousCredentials(), None))
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()


def _handler(told: Google) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            self._say(told.get(asked.path, parse_qs(asked.query)))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._say(told.post(self.path, body))

        def _say(self, what: object) -> None:
            self.send_response(403 if told.denies else 200)
            self.end_headers()
            self.wfile.write(json.dumps(what).encode())

        def log_message(self, *_: object) -> None:
            """Nothing."""

    return Handler
