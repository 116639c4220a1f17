"""A simulated API server: what it knows of kinds, the objects it holds, and who may do what."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

Object = Mapping[str, Any]
KINDS = {
    "v1": "Namespace Node Service Secret ConfigMap ServiceAccount PersistentVolumeClaim"
    " ResourceQuota LimitRange",
    "apps/v1": "DaemonSet Deployment StatefulSet",
    "batch/v1": "Job CronJob",
    "autoscaling/v2": "HorizontalPodAutoscaler",
    "policy/v1": "PodDisruptionBudget",
    "networking.k8s.io/v1": "NetworkPolicy",
    "storage.k8s.io/v1": "StorageClass",
    "rbac.authorization.k8s.io/v1": "Role RoleBinding ClusterRole ClusterRoleBinding",
    "apiextensions.k8s.io/v1": "CustomResourceDefinition",
    "admissionregistration.k8s.io/v1": "ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding",
    "authorization.k8s.io/v1": "SelfSubjectAccessReview",
}
"""By version, what a plain cluster knows of all that is asked here."""
EVERYWHERE = (
    *("Namespace", "Node", "StorageClass", "CustomResourceDefinition", "ClusterIssuer"),
    *("ClusterSecretStore", "GatewayClass", "ClusterRole", "ClusterRoleBinding"),
    *("SelfSubjectAccessReview", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"),
)
"""Kinds that have no namespace, as far as it matters here."""
_POLL = 0.01
"""Seconds after which it notices that it is to end."""


@dataclass
class SimulatedCluster:
    """A cluster as its API tells of it."""

    objects: Sequence[Object] = ()
    version: str = "v1.36.2"
    kinds: Mapping[str, str] = field(default_factory=dict)
    """Kinds beside those of a plain cluster, by version."""
    forbidden: tuple[str, ...] = ()
    """Kinds that nobody may list or create."""
    asked: list[str] = field(default_factory=list)
    """Methods and paths, in the order in which they came."""

    def answer(self, method: str, path: str, query: Mapping[str, list[str]], body: Any) -> Any:
        """The answer to a request; None for what is not there, "no" for what is not allowed."""
        parts = path.strip("/").split("/")
        if parts == ["version"]:
            return {"major": "1", "minor": "36", "gitVersion": self.version}
        if parts == ["api"]:
            return {"kind": "APIVersions", "versions": ["v1"]}
        if parts == ["apis"]:
            return {"kind": "APIGroupList", "groups": [*self._groups()]}
        version = parts[1] if parts[0] == "api" else "/".join(parts[1:3])
        rest = parts[2:] if parts[0] == "api" else parts[3:]
        if not rest:
            return self._resources(version)
        if method == "POST":
            return self._reviewed(body)
        return self._read(version, rest, query)

    def _known(self) -> Mapping[str, list[str]]:
        versions = dict.fromkeys((*KINDS, *self.kinds))
        return {v: f"{KINDS.get(v, '')} {self.kinds.get(v, '')}".split() for v in versions}

    def _groups(self) -> Iterator[Object]:
        for version in self._known():
            group, _, short = version.rpartition("/")
            if group:
                named = {"groupVersion": version, "version": short}
                yield {"name": group, "versions": [named], "preferredVersion": named}

    def _resources(self, version: str) -> Any:
        known = self._known().get(version)
        if known is None:
            return None
        listed = [
            {"name": _plural(kind), "kind": kind, "verbs": ["get", "list", "create"]}
            | {"singularName": "", "namespaced": kind not in EVERYWHERE}
            for kind in known
        ]
        return {"kind": "APIResourceList", "groupVersion": version, "resources": listed}

    def _reviewed(self, body: Any) -> Any:
        refused = map(_plural, self.forbidden)
        allowed = body["spec"]["resourceAttributes"]["resource"] not in refused
        return {**body, "status": {"allowed": allowed}}

    def _read(self, version: str, rest: list[str], query: Mapping[str, list[str]]) -> Any:
        namespace = rest[1] if rest[0] == "namespaces" and len(rest) > 2 else None
        plural, *name = rest[2:] if namespace else rest
        if plural in map(_plural, self.forbidden):
            return "no"
        found = [
            each
            for each in self.objects
            if each["apiVersion"] == version
            and _plural(each["kind"]) == plural
            and namespace in (None, each["metadata"].get("namespace"))
            and _chosen(each, query)
        ]
        if name:
            return next((each for each in found if each["metadata"]["name"] == name[0]), None)
        return {"kind": "List", "apiVersion": version, "metadata": {}, "items": found}

    @contextmanager
    def running(self, folder: Path) -> Iterator[Path]:
        """Serves, and gives the kubeconfig that leads there."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        Thread(target=server.serve_forever, args=(_POLL,), daemon=True).start()
        try:
            yield _kubeconfig(folder, f"http://127.0.0.1:{server.server_port}")
        finally:
            server.shutdown()
            server.server_close()


def _handler(cluster: SimulatedCluster) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(None)

        def do_POST(self) -> None:
            self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def _answer(self, body: Any) -> None:
            where = urlsplit(self.path)
            cluster.asked.append(f"{self.command} {where.path}")
            found = cluster.answer(self.command, where.path, parse_qs(where.query), body)
            status = 404 if found is None else 403 if found == "no" else 200
            refusal = {"kind": "Status", "message": "not for you" if status == 403 else "not found"}
            content = json.dumps(found if status == 200 else refusal).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    return Handler


def _kubeconfig(folder: Path, address: str) -> Path:
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "here",
        "clusters": [{"name": "here", "cluster": {"server": address}}],
        "users": [{"name": "ann", "user": {}}],
        "contexts": [{"name": "here", "context": {"cluster": "here", "user": "ann"}}],
    }
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump(config))
    return path


def _chosen(item: Object, query: Mapping[str, list[str]]) -> bool:
    """Whether the labels are those that are asked for."""
    wanted = dict(pair.split("=") for text in query.get("labelSelector", []) for pair in [text])
    return wanted.items() <= (item["metadata"].get("labels") or {}).items()


def _plural(kind: str) -> str:
    lower = kind.lower()
    if lower.endswith("y"):
        return f"{lower[:-1]}ies"
    return f"{lower}es" if lower.endswith(("s", "ss")) else f"{lower}s"


def item(version: str, kind: str, name: str, namespace: str | None = None, **more: Any) -> Object:
    """An object; `labels` and `annotations` go where they belong."""
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    metadata |= {key: more.pop(key) for key in ("labels", "annotations") if key in more}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": {}, **more}
