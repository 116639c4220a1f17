"""What the platform tells its jobs of a model, as a pipeline outside it tells them the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from modelyard.plan.promotion import RECORDS, alias, candidate_name, registered_name

if TYPE_CHECKING:
    from modelyard.blueprint.model import Model
    from modelyard.recorder import Graph

VERSION = "@VERSION@"
"""Where a pipeline fills in the candidate's number."""
OUT = "/out"
"""Where a job finds and leaves files."""
_FILLED = re.compile(r"\{\{=toJson\([a-z.]+\)\}\}")
_PEM = "signer.pem"
_ROWS = {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 1}}
"""The least that can be expected of data: there are some."""

Document = Mapping[str, Any]


def documents(graph: Graph, model: Model) -> Mapping[str, Document]:
    """By job: what the platform renders for itself, and the least where it renders nothing."""
    found = dict(_rendered(graph, model.name))
    records = _records(found) or f"{OUT}/{RECORDS}"
    least: Mapping[str, Mapping[str, Any]] = {
        "validate-data": {"expectations": [_ROWS]},
        **{str(check): {} for check in model.promote.checks},
        "scan-artifact": {} if model.retrain else {"artifact": model.source},
        "bias": {},
        "robustness": {},
        "audit": {"folder": records},
    }
    data = next((each["data"] for each in found.values() if each.get("data")), {})
    for job, settings in least.items():
        about = {"job": job, "model": _about(model), "data": data, "settings": settings}
        found.setdefault(job, about)
    return {job: _outside(found[job], model) for job in least}


def keys(graph: Graph, model: Model) -> str | None:
    """The key of whoever signs the model's versions."""
    for resource in _templates(graph, model.name):
        for _, path, text in _files(resource):
            if path.endswith(_PEM):
                return text
    return None


def _outside(document: Document, model: Model) -> Document:
    """Without what only stands in the cluster; about the version that the pipeline has made."""
    job = document["job"]
    about = {**document["model"], **({"version": VERSION} if model.retrain else {})}
    return {
        **{key: value for key, value in document.items() if value},
        "model": about,
        "output": {"report": f"{OUT}/{job}.report.json", "tags": model.retrain is not None},
    }


def _about(model: Model) -> Mapping[str, str]:
    return {
        "name": model.name,
        "registered": registered_name(model),
        "alias": alias(model),
        "candidate": candidate_name(model),
    }


def _rendered(graph: Graph, name: str) -> Iterator[tuple[str, Document]]:
    for resource in graph.of_type("kubernetes:core/v1:ConfigMap"):
        if text := (resource.inputs.get("data") or {}).get("job.json"):
            document = json.loads(text)
            if document["model"]["name"] == name:
                yield document["job"], document
    for resource in _templates(graph, name):
        for _, path, text in _files(resource):
            if path.endswith(".json"):
                document = json.loads(_FILLED.sub(f'"{VERSION}"', text))
                yield document["job"], document


def _templates(graph: Graph, name: str) -> Iterator[Any]:
    for resource in graph.of_type("kubernetes:argoproj.io/v1alpha1:WorkflowTemplate"):
        if resource.inputs["metadata"]["name"] in (f"{name}-train", f"{name}-promote"):
            yield resource


def _files(resource: Any) -> Iterator[tuple[str, str, str]]:
    for template in resource.inputs["spec"]["templates"]:
        for file in (template.get("inputs") or {}).get("artifacts", ()):
            yield template["name"], file["path"], file["raw"]["data"]


def _records(found: Mapping[str, Document]) -> str | None:
    """Where the platform keeps who moved which version."""
    return found["promote"]["settings"]["audit"] if "promote" in found else None
