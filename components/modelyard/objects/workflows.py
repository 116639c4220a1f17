"""Objects of Argo Workflows, and what every run on the platform has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from modelyard.contracts.gpu_pool import Scheduling
from modelyard.objects.manifests import Manifest
from modelyard.objects.pods import API_CLIENT, USER, Container, scratch_name

API = "argoproj.io/v1alpha1"
RUNNER = "workflow-runner"
"""Service account of runs in the training namespace."""
KEEP = timedelta(days=7)
PROMOTE, ROLLBACK, GATE = "-promote", "-rollback", "-gate"
PRODUCTION_TEMPLATES = (PROMOTE, ROLLBACK, GATE)
"""How the names of templates end that may run in production."""
CANDIDATE = "candidate"
"""The template of a training run that proposes nothing."""
APPROVE, APPROVER = "approve", "approver"
"""The step that waits for a person, and the output in which that person signs."""
VERSION, BY, WHY = "version", "by", "why"
"""What a run in production is told. Who asks is held against who really does."""
REPORT = "report"
"""The output in which a job's report is found."""

CONTAINER_SECURITY: Mapping[str, Any] = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
}
"""What the restricted standard asks of each container, those of Argo itself among them."""


def run_defaults(keep: timedelta | None = None) -> Mapping[str, Any]:
    """What the spec of every run begins with; finished runs stay for `keep`, a week if None."""
    return {
        # The executor beside each step reports to the API server what came of it.
        "automountServiceAccountToken": True,
        "podGC": {"strategy": "OnWorkflowSuccess"},
        "podMetadata": {"labels": dict(API_CLIENT)},
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "ttlStrategy": {"secondsAfterCompletion": int((keep or KEEP).total_seconds())},
    }


def workflow_template(name: str, spec: Mapping[str, Any], description: str) -> Manifest:
    """A WorkflowTemplate; `description` is what Argo's interface says of it."""
    note = {"workflows.argoproj.io/description": description}
    metadata = {"name": name, "annotations": note}
    return {"apiVersion": API, "kind": "WorkflowTemplate", "metadata": metadata, "spec": dict(spec)}


def task(
    container: Container,
    *,
    volumes: Mapping[str, Mapping[str, Any]] | None = None,
    scheduling: Scheduling | None = None,
    labels: Mapping[str, str] | None = None,
    service_account: str | None = None,
    deadline: int | None = None,
    outputs: Mapping[str, str] | None = None,
    inputs: Sequence[str] = (),
    files: Mapping[str, str] | None = None,
) -> Mapping[str, Any]:
    """A template that runs one container, named after it.

    `outputs` are files by the name of the parameter they become, `files` what is put beside the
    container, by path; `deadline` is in seconds.
    """
    where = scheduling or Scheduling()
    given = {
        "inputs": {**(parameters(inputs) if inputs else {}), **_files(files or {})},
        "outputs": _outputs(outputs) if outputs else None,
        "volumes": _volumes(container, volumes or {}),
        "metadata": {"labels": dict(labels)} if labels else None,
        "nodeSelector": dict(where.node_selector),
        "tolerations": [dict(toleration) for toleration in where.tolerations],
        "serviceAccountName": service_account,
        "activeDeadlineSeconds": deadline,
    }
    spec = {"name": container.name, "container": _main(container, where)}
    return spec | {key: value for key, value in given.items() if value}


def parameters(names: Sequence[str]) -> Mapping[str, Any]:
    """Parameters that whoever asks has to give."""
    return {"parameters": [{"name": name} for name in names]}


def arguments(values: Mapping[str, str]) -> Mapping[str, Any]:
    return {"parameters": [{"name": name, "value": values[name]} for name in sorted(values)]}


def _files(files: Mapping[str, str]) -> Mapping[str, Any]:
    """Texts as files; Argo fills in what stands in braces."""
    found = [
        {"name": path.rpartition("/")[2].partition(".")[0], "path": path, "raw": {"data": text}}
        for path, text in files.items()
    ]
    return {"artifacts": found} if found else {}


def _outputs(files: Mapping[str, str]) -> Mapping[str, Any]:
    """Parameters read from files."""
    found = [{"name": name, "valueFrom": {"path": path}} for name, path in files.items()]
    return {"parameters": found}


def _main(container: Container, where: Scheduling) -> Mapping[str, Any]:
    """The container as a template has it: Argo gives it a name of its own."""
    extended = {**container.resources.extended, **where.resources}
    whole = replace(container, resources=replace(container.resources, extended=extended))
    return {key: value for key, value in whole.manifest().items() if key != "name"}


def _volumes(
    container: Container, volumes: Mapping[str, Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    scratch = {scratch_name(container, path): {"emptyDir": {}} for path in container.writable}
    return [{"name": name, **spec} for name, spec in {**volumes, **scratch}.items()]
