"""What monitors push to and triggers ask: Prometheus and its Pushgateway where they are installed,
with the rule that the platform renders, and a stand-in for both otherwise.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import urlopen

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from servers import PATIENCE, free_port, running

ALERT = "DataDrift"
SHEET = Path(__file__).parents[2] / "components/modelyard/catalog/alerts.yaml"
REAL = ("prometheus", "prometheus-pushgateway")
ELSEWHERE = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Monitoring:
    """Where to push, whom to ask, and a way to wait until what was pushed is seen."""

    push: str
    prometheus: str

    def until(self, query: str) -> None:
        """Wait until a query finds something."""
        end = time.monotonic() + PATIENCE
        while not self.asked(query):
            assert time.monotonic() < end, f"Prometheus finds nothing by {query}"
            time.sleep(0.5)

    def asked(self, query: str) -> list[dict[str, Any]]:
        address = f"{self.prometheus}/api/v1/query?{urlencode({'query': query})}"
        with urlopen(address, timeout=PATIENCE) as answer:
            return json.load(answer)["data"]["result"]


def missing() -> list[str]:
    """What is not installed of the servers themselves."""
    return [name for name in REAL if shutil.which(name) is None]


@contextmanager
def real(folder: Path) -> Iterator[Monitoring]:
    """The servers themselves. Skips where they are not installed."""
    if missing():
        pytest.skip(f"not installed: {', '.join(missing())} (Debian's packages of these names)")
    gateway, prometheus = (f"127.0.0.1:{free_port()}" for _ in range(2))
    (folder / "rules.yaml").write_text(json.dumps({"groups": [_group()]}))
    (folder / "prometheus.yaml").write_text(json.dumps(_configuration(gateway)))
    with ExitStack() as stack:
        # Debian's would begin with what the last one was pushed.
        command = [REAL[1], f"--web.listen-address={gateway}", "--persistence.file="]
        stack.enter_context(running(command, folder, f"http://{gateway}/-/ready"))
        command = [REAL[0], f"--web.listen-address={prometheus}", "--config.file=prometheus.yaml"]
        command += [f"--storage.tsdb.path={folder / 'data'}"]
        stack.enter_context(running(command, folder, f"http://{prometheus}/-/ready"))
        yield Monitoring(f"http://{gateway}", f"http://{prometheus}")


def _group() -> dict[str, Any]:
    """The platform's own rule of drift, without its five minutes of patience."""
    template = yaml.safe_load(SHEET.read_text(encoding="utf-8"))["alerts"][ALERT]
    series = 'namespace="platform",model="churn",check="drift",measure=~"psi|ks|drifted_share"'
    expression = Template(template["expr"]).substitute(data_drift=series, kept="1h")
    rule = {"alert": ALERT, "expr": expression, "for": "0s", "labels": {"model": "churn"}}
    return {"name": "churn", "interval": "1s", "rules": [rule]}


def _configuration(gateway: str) -> dict[str, Any]:
    target = {"targets": [gateway], "labels": {"namespace": "platform"}}
    scraped = {"job_name": "gateway", "honor_labels": True, "static_configs": [target]}
    return {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": ["rules.yaml"],
        "scrape_configs": [scraped],
    }


@dataclass
class StandIn:
    """Fires what it is told to, and `DataDrift` once a PSI that is pushed breaches."""

    firing: set[str] = field(default_factory=set)

    def pushed(self, text: str) -> None:
        samples = [s for family in text_string_to_metric_families(text) for s in family.samples]
        held = [
            s for s in samples if s.name == "modelyard_breached" and s.labels["check"] == "drift"
        ]
        if not held:
            return
        drifted = any(sample.value for sample in held if sample.labels["measure"] == "psi")
        (self.firing.add if drifted else self.firing.discard)(ALERT)

    def answer(self, query: str) -> list[dict[str, Any]]:
        firing = sorted(name for name in self.firing if name in query)
        return [{"metric": {"alertname": name}} for name in firing]


@contextmanager
def stand_in() -> Iterator[tuple[Monitoring, StandIn]]:
    """A server on loopback in the place of both."""
    told = StandIn()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(told))
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield Monitoring(address, address), told
    finally:
        server.shutdown()


def _handler(told: StandIn) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            told.pushed(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self._say({})

        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)["query"][0]
            self._say({"data": {"result": told.answer(query)}})

        def _say(self, what: object) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(what).encode())

        def log_message(self, *_: object) -> None:
            """Nothing."""

    return Handler
