"""The cache: with a password, on a volume, within its memory."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from tests.support.facilities import GPUS, site, stood

from modelyard.plan.capability import Capability as C
from modelyard.recorder import Graph
from modelyard.sites.kubernetes.cache import server_config

SERVER = shutil.which("valkey-server") or shutil.which("redis-server")


def stands(text: str) -> tuple[Graph, Any]:
    return stood(site(text), lambda platform: platform.part(C.CACHE))


def server(graph: Graph) -> Any:
    (made,) = [r for r in graph.of_type("kubernetes:apps/v1:StatefulSet") if "cache" in r.name]
    return made.inputs["spec"]


@pytest.mark.parametrize("software", ["valkey", "redis"])
def test_the_software_of_the_blueprint_runs(software: str) -> None:
    graph, cache = stands(f"cache: {{engine: {software}}}, {GPUS}")
    (container,) = server(graph)["template"]["spec"]["containers"]
    assert f"/{software}:" in container["image"]
    assert container["command"][0] == f"{software}-server"
    assert cache.endpoint.url == "redis://cache.yard-platform.svc:6379"
    assert cache.tls is False


def test_there_is_room_for_a_rewrite_of_the_log() -> None:
    graph, _ = stands(f"cache: {{memory: 2Gi}}, {GPUS}")
    spec = server(graph)
    (container,) = spec["template"]["spec"]["containers"]
    assert container["resources"]["limits"]["memory"] == "3Gi"
    (claim,) = spec["volumeClaimTemplates"]
    assert claim["spec"]["resources"]["requests"]["storage"] == "4Gi"


def test_an_attached_server_is_spoken_to_in_its_own_way() -> None:
    attach = "cache: {attach: {host: redis.example, port: 6380, secret: 'secret://redis'}}"
    _, cache = stands(f"{attach}, {GPUS}")
    assert cache.endpoint.url == "rediss://redis.example:6380"
    assert (cache.tls, cache.secret.name) == (True, "redis")


@pytest.mark.skipif(SERVER is None, reason="no Valkey or Redis: install Debian's package redis")
def test_the_server_takes_its_configuration(tmp_path: Path) -> None:
    port = _free_port()
    config = server_config("hunter2", 64 * 2**20)
    text = config.replace("port 6379", f"port {port}").replace("dir /data", f"dir {tmp_path}")
    (tmp_path / "server.conf").write_text(text)
    with subprocess.Popen(
        [str(SERVER), str(tmp_path / "server.conf")], stdout=subprocess.DEVNULL
    ) as run:
        try:
            assert _ask(port, "PING").startswith(b"-NOAUTH")
            answers = _ask(port, "AUTH hunter2\r\nCONFIG GET maxmemory")
            assert b"67108864" in answers
        finally:
            run.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _ask(port: int, command: str) -> bytes:
    """What the server says, once it is up."""
    deadline = time.monotonic() + 20
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
                connection.sendall(f"{command}\r\nQUIT\r\n".encode())
                return b"".join(iter(lambda: connection.recv(4096), b""))
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
