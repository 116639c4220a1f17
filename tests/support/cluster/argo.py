"""Argo's controller, as far as a promotion needs it: it makes every step that waits for nobody."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from kubernetes.client import ApiClient, ApiException, CustomObjectsApi
from tests.support.cluster.api import Api
from tests.support.cluster.background import repeated
from tests.support.cluster.rights import Person, impersonating

CONTROLLER = Person.account("argo", "argo-workflows-workflow-controller")
_KIND = ("argoproj.io", "v1alpha1")
_LOOK = 0.05
REPORT = {
    "facts": {"version": "7", "incumbent": "3", "digest": "sha256:0f"},
    "findings": [{"measure": "auc", "verdict": "passed", "value": 0.95, "limit": 0.92}],
}
"""What its gates tell."""


class Controller:
    """Carries out every run of a namespace; `last` does what the run does at its end."""

    def __init__(
        self,
        client: ApiClient,
        namespace: str,
        last: Callable[[Mapping[str, Any]], None] = lambda run: None,
    ) -> None:
        self._runs: Any = CustomObjectsApi(impersonating(client, CONTROLLER))
        self._namespace, self._last = namespace, last

    def running(self) -> AbstractContextManager[None]:
        return repeated(self._look, _LOOK)

    def _look(self) -> None:
        found = self._runs.list_namespaced_custom_object(*_KIND, self._namespace, "workflows")
        for run in found["items"]:
            if status := _next(run):
                if status["phase"] == "Succeeded":
                    self._last(run)
                self._write(run, status)

    def _write(self, run: Mapping[str, Any], status: Mapping[str, Any]) -> None:
        name, version = run["metadata"]["name"], run["metadata"]["resourceVersion"]
        body = {"metadata": {"resourceVersion": version}, "status": status}
        where = (*_KIND, self._namespace, "workflows", name)
        try:
            self._runs.patch_namespaced_custom_object(*where, body)
        except ApiException as error:
            if error.status != 409:  # somebody was first: next time
                raise


def _next(run: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The next status of a run; None where there is nothing to do."""
    name, status = run["spec"]["workflowTemplateRef"]["name"], run.get("status", {})
    nodes = status.get("nodes", {})
    if status.get("phase") == "Succeeded":
        return None
    if not nodes:
        gate = _node("gate", "Succeeded", [{"name": "report", "value": json.dumps(REPORT)}])
        waits = _node("approve", "Running", [{"name": "approver", "valueFrom": {"supplied": {}}}])
        if name.endswith("-promote"):
            return {"phase": "Running", "nodes": {"1": gate, "2": {**waits, "type": "Suspend"}}}
        return {"phase": "Succeeded", "nodes": {"1": gate}}
    if nodes.get("2", {}).get("phase") == "Running":
        return None
    return {"phase": "Succeeded", "nodes": {"3": _node("move-alias", "Succeeded", [])}}


def _node(template: str, phase: str, outputs: list[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "id": template,
        "name": template,
        "displayName": template,
        "templateName": template,
        "type": "Pod",
        "phase": phase,
        "outputs": {"parameters": outputs},
    }


def admitted(api: Api, namespace: str) -> None:
    """The rights that the operator's chart gives its controller."""
    group = "rbac.authorization.k8s.io"
    of = {"name": "controller", "namespace": namespace}
    role = {"apiGroups": [_KIND[0]], "resources": ["workflows"], "verbs": ["*"]}
    _, _, home, name = CONTROLLER.name.split(":")
    who = {"kind": "ServiceAccount", "name": name, "namespace": home}
    api.apply({"apiVersion": f"{group}/v1", "kind": "Role", "metadata": of, "rules": [role]})
    bound = {"apiGroup": group, "kind": "Role", "name": "controller"}
    binding = {"kind": "RoleBinding", "metadata": of, "roleRef": bound, "subjects": [who]}
    api.apply({"apiVersion": f"{group}/v1", **binding})
