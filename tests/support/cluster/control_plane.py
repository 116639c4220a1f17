"""etcd, API server, controllers, scheduler and kwok: started, waited for, and ended."""

from __future__ import annotations

import secrets
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from kubernetes.client import ApiClient, CoreV1Api
from kubernetes.config import new_client_from_config
from kubernetes.dynamic import DynamicClient
from tests.support.cluster.nodes import Node
from tests.support.cluster.process import Process, free_ports
from tests.support.cluster.volumes import Provisioner

import tools

COMMANDS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok")
CONTEXT = "simulated"
_START = 120.0
"""Seconds that a program may take to get ready on a busy machine."""


def reason_to_skip() -> str | None:
    """Why there can be no control plane here and how to get one; None if there can."""
    return tools.missing(*COMMANDS)


class ControlPlane:
    """A cluster without machines. `stop` ends it; the folder holds its state and its logs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kubeconfig = folder / "kubeconfig"
        self._etcd, self._etcd_peers, self._port, self._controllers, self._scheduler = free_ports(5)
        self._token = secrets.token_hex(16)
        self._processes: list[Process] = []
        self._provisioner: Provisioner | None = None
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self._port}"

    def client(self) -> ApiClient:
        """A client with all rights."""
        return new_client_from_config(str(self.kubeconfig))

    def dynamic(self) -> DynamicClient:
        """A client for objects of any kind."""
        return DynamicClient(self.client())

    def write_kubeconfig(self, file: Path, contexts: Iterable[str]) -> None:
        """Write a kubeconfig that reaches this cluster by each of these names of contexts."""
        named = [{"name": name, "context": {"cluster": "c", "user": "u"}} for name in contexts]
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "c", "cluster": self._reached()}],
            "users": [{"name": "u", "user": {"token": self._token}}],
            "contexts": named,
            "current-context": named[0]["name"],
        }
        file.write_text(yaml.safe_dump(content), encoding="utf-8")

    def add_nodes(self, nodes: Iterable[Node]) -> None:
        """Register nodes, and wait until kwok has made them ready."""
        api = CoreV1Api(self.client())
        names = set()
        for node in nodes:
            api.create_node(node.manifest())
            api.patch_node_status(node.name, {"status": node.status()})
            names.add(node.name)
        self._kwok.wait_until(lambda: names <= _ready_nodes(api), _START)

    def remove_nodes(self, nodes: Iterable[Node]) -> None:
        """Take nodes away."""
        api = CoreV1Api(self.client())
        for node in nodes:
            api.delete_node(node.name)

    def stop(self) -> None:
        """End everything that was started, the last first."""
        if self._provisioner:
            self._provisioner.stop()
        for process in reversed(self._processes):
            process.stop()

    def _reached(self) -> dict[str, Any]:
        certificate = self.folder / "certificates" / "apiserver.crt"
        return {"server": self.url, "certificate-authority": str(certificate)}

    def _start(self) -> None:
        self._credentials()
        self._run("etcd", *self._etcd_flags()).wait_until(self._etcd_ready, _START)
        self._run("kube-apiserver", *self._server_flags()).wait_until(self._server_ready, _START)
        self.write_kubeconfig(self.kubeconfig, [CONTEXT])
        controllers = self._run("kube-controller-manager", *self._controller_flags())
        scheduler = self._run("kube-scheduler", *self._scheduler_flags())
        self._kwok = self._run("kwok", *self._kwok_flags())
        controllers.wait_until(lambda: _answers(_health(self._controllers)), _START)
        scheduler.wait_until(lambda: _answers(_health(self._scheduler)), _START)
        self._provisioner = Provisioner(CoreV1Api(self.client()))

    def _run(self, name: str, *flags: str) -> Process:
        command = tools.find(name)
        assert command is not None, reason_to_skip()
        process = Process(name, [str(command), *flags], self.folder)
        self._processes.append(process)
        return process

    def _credentials(self) -> None:
        """A token with all rights, and the key that signs those of service accounts."""
        admin = f'{self._token},admin,admin,"system:masters"\n'
        (self.folder / "tokens.csv").write_text(admin, encoding="utf-8")
        key = str(self.folder / "accounts.key")
        subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)

    def _etcd_flags(self) -> list[str]:
        here, peers = (f"http://127.0.0.1:{port}" for port in (self._etcd, self._etcd_peers))
        return [
            f"--data-dir={self.folder / 'etcd'}",
            f"--listen-client-urls={here}",
            f"--advertise-client-urls={here}",
            f"--listen-peer-urls={peers}",
            f"--initial-advertise-peer-urls={peers}",
            f"--initial-cluster=default={peers}",
            # Nothing of it has to survive a power cut.
            "--unsafe-no-fsync",
        ]

    def _server_flags(self) -> list[str]:
        key = self.folder / "accounts.key"
        return [
            f"--etcd-servers=http://127.0.0.1:{self._etcd}",
            "--bind-address=127.0.0.1",
            f"--secure-port={self._port}",
            f"--cert-dir={self.folder / 'certificates'}",
            f"--token-auth-file={self.folder / 'tokens.csv'}",
            "--authorization-mode=RBAC",
            f"--service-account-key-file={key}",
            f"--service-account-signing-key-file={key}",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-cluster-ip-range=10.96.0.0/16",
            "--allow-privileged=true",
        ]

    def _controller_flags(self) -> list[str]:
        return [
            f"--kubeconfig={self.kubeconfig}",
            f"--secure-port={self._controllers}",
            "--bind-address=127.0.0.1",
            "--leader-elect=false",
            f"--service-account-private-key-file={self.folder / 'accounts.key'}",
            "--concurrent-deployment-syncs=20",
            "--concurrent-namespace-syncs=20",
            "--horizontal-pod-autoscaler-sync-period=1s",
            "--kube-api-qps=200",
            "--kube-api-burst=400",
        ]

    def _scheduler_flags(self) -> list[str]:
        return [
            f"--kubeconfig={self.kubeconfig}",
            f"--secure-port={self._scheduler}",
            "--bind-address=127.0.0.1",
            "--leader-elect=false",
        ]

    def _kwok_flags(self) -> list[str]:
        stages = Path(__file__).parent / "stages.yaml"
        return [
            f"--kubeconfig={self.kubeconfig}",
            "--manage-all-nodes=true",
            f"--config={stages}",
            "--node-ip=127.0.0.1",
            "--node-lease-duration-seconds=0",
        ]

    def _etcd_ready(self) -> bool:
        return _answers(f"http://127.0.0.1:{self._etcd}/readyz")

    def _server_ready(self) -> bool:
        return _answers(f"{self.url}/readyz", self._token)


def _health(port: int) -> str:
    return f"https://127.0.0.1:{port}/healthz"


def _ready_nodes(api: CoreV1Api) -> set[str]:
    """Those that pods are placed on: the controllers have taken the taint of new nodes off."""
    return {
        node.metadata.name
        for node in api.list_node().items
        if not any(t.key.startswith("node.kubernetes.io/") for t in node.spec.taints or ())
        for condition in node.status.conditions or ()
        if condition.type == "Ready" and condition.status == "True"
    }


def _answers(url: str, token: str = "") -> bool:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    # Loopback, and the certificate is made while the server starts.
    unverified = ssl._create_unverified_context()
    try:
        with urllib.request.urlopen(request, timeout=2, context=unverified):
            return True
    except (urllib.error.URLError, OSError):
        return False
