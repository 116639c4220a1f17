"""Servers that are real, each on a port of its own; MLflow's, once for each process of tests."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from urllib.request import urlopen

import pytest

PATIENCE = 300


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def until_answering(address: str, process: subprocess.Popen[bytes]) -> None:
    """Wait for a server that was started, and fail where it has ended."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert process.poll() is None, f"what serves {address} has ended"
        try:
            with urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"{address} does not answer")


@contextmanager
def running(
    command: list[str], folder: Path, address: str, environment: Mapping[str, str] = os.environ
) -> Iterator[None]:
    """A server that answers, until it is no longer needed."""
    with (folder / f"{Path(command[0]).name}.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=log, env=environment, start_new_session=True
        )
        try:
            until_answering(address, process)
            yield
        finally:
            # Asked to stop MLflow takes half a minute, with its workers; nothing is lost here.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(PATIENCE)


@pytest.fixture(scope="session")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of MLflow, with a database and artifacts of its own."""
    folder: Path = tmp_path_factory.mktemp("mlflow")
    port = free_port()
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--workers", "1"]
    command += ["--port", str(port), "--backend-store-uri", f"sqlite:///{folder}/mlflow.db"]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    address = f"http://127.0.0.1:{port}"
    alone = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
    with running(command, folder, f"{address}/health", {**os.environ, **alone}):
        yield address


@pytest.fixture
def registry(mlflow_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The registry, as jobs find it: by their environment."""
    import mlflow

    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_server)
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(mlflow_server)
    yield mlflow_server
    mlflow.set_tracking_uri(before)


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


@contextmanager
def object_store(bucket: str, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Moto's server, which `s3://` then means, with one bucket."""
    import boto3
    import s3fs
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "key",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        patch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    try:
        boto3.client("s3").create_bucket(Bucket=bucket)
        yield
    finally:
        server.stop()
        s3fs.S3FileSystem.clear_instance_cache()
