"""Servers that jobs ask: real ones where they can be had."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

PATIENCE = 120


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def mlflow_server(folder: Path) -> Iterator[str]:
    """MLflow's own server on a database of its own; its address."""
    address = f"http://127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "mlflow", "server", "--port", address.rsplit(":", 1)[1]]
    command += ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--workers", "1"]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=log, start_new_session=True
        )
    try:
        _answers(f"{address}/health", server, folder / "log")
        yield address
    finally:
        os.killpg(server.pid, 9)
        server.wait(30)


def _answers(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError(log.read_text())


@contextmanager
def postgres() -> Iterator[str]:
    """PostgreSQL on a folder of its own; its address. Skips where it is not installed."""
    found = shutil.which("pg_ctl") or next(
        iter(map(str, Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))), None
    )
    if found is None:
        pytest.skip("no PostgreSQL here")
    port, control = free_port(), str(Path(found).resolve())
    user = "postgres" if os.getuid() == 0 else None  # it will not run as root
    with tempfile.TemporaryDirectory() as folder:
        if user:
            shutil.chown(folder, user)
        at = [control, "-s", "-D", f"{folder}/data"]
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1"
        _run([*at, "-o", "-A trust -U jobs", "init"], user)
        _run([*at, "-l", f"{folder}/log", "-o", options, "-w", "start"], user)
        try:
            yield f"postgresql://jobs@127.0.0.1:{port}/postgres"
        finally:
            _run([*at, "-m", "immediate", "stop"], user)


def _run(command: list[str], user: str | None) -> None:
    subprocess.run(command, check=True, user=user, cwd="/", stdout=subprocess.DEVNULL)


@contextmanager
def told() -> Iterator[tuple[str, list[tuple[str, str, bytes]]]]:
    """A server that takes whatever it is sent; its address, and method, path and body of each."""
    seen: list[tuple[str, str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.append((self.command, self.path, body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()
