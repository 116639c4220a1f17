"""All files of a model's pipeline."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.serving import engine_of
from modelyard.blueprint.checks.watching import OUTSIDE
from modelyard.blueprint.errors import ModelyardError
from modelyard.blueprint.serve import ServingEngine
from modelyard.catalog.images import image
from modelyard.contracts.context import Purpose
from modelyard.plan.capability import Capability
from modelyard.platform import context_of
from modelyard.review.pipeline.documents import documents, keys
from modelyard.review.pipeline.hosts import HOSTS
from modelyard.review.pipeline.stages import Pipeline, stages, train
from modelyard.workloads.jobs import IMAGE

if TYPE_CHECKING:
    from modelyard.blueprint.model import Model
    from modelyard.plan.plan import Plan
    from modelyard.recorder import Graph


def pipelined(plan: Plan) -> Mapping[str, str]:
    """The models whose versions pass gates in a cluster, and so have a pipeline; by their sites."""
    return {
        placement.model: placement.site
        for placement in plan.capabilities
        if placement.capability is Capability.PROMOTION
        and placement.engine not in OUTSIDE
        and placement.model
    }


def pipeline_files(
    plan: Plan, graph: Graph, name: str, host: str, *, blueprint: str
) -> Mapping[str, str]:
    """Texts by their paths in the model's repository. Raises ModelyardError for a model without."""
    if name not in pipelined(plan):
        there = ", ".join(pipelined(plan)) or "none"
        raise ModelyardError(
            f"'{name}' has no gates in the cluster, before which a pipeline would stand; those "
            f"that have: {there}. Next: add `promote:` to it, or name another"
        )
    return dict(_files(plan, graph, name, host, blueprint))


def _files(
    plan: Plan, graph: Graph, name: str, host: str, blueprint: str
) -> Iterator[tuple[str, str]]:
    model, scope = plan.blueprint.model(name), context_of(plan, pipelined(plan)[name]).scope
    key = keys(graph, model)
    jobs = plan.blueprint.jobs
    it = Pipeline(
        model=model,
        blueprint=blueprint,
        environment=plan.environment,
        namespace=f"{scope}-{Purpose.TRAINING}",
        image=(jobs.image if jobs else None) or image(IMAGE).reference,
        server=_server(model),
        signed=key is not None,
    )
    made = stages(it)
    yield HOSTS[host](it, made)
    for stage in made:
        yield f"{it.folder}/{stage.file}", stage.script(it.folder)
    for job, document in documents(graph, model).items():
        text = json.dumps(document, indent=2, sort_keys=True).replace("/etc/modelyard", "/out")
        yield f"{it.folder}/{job}.json", text + "\n"
    if model.retrain is not None:
        yield f"{it.folder}/train.yaml", train(it)
    if key is not None:
        yield f"{it.folder}/signer.pem", key
    yield f"{it.folder}/.gitignore", "out/\n"


def _server(model: Model) -> str | None:
    """What serves a candidate of the registry, whatever serves it in production."""
    if model.retrain is None:
        return None
    own = engine_of(model) is ServingEngine.MLFLOW and model.serve.image
    return own or image("mlflow").reference


def write(files: Mapping[str, str], folder: Path) -> None:
    """Write them below a folder; scripts may be run."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        if name.endswith(".sh"):
            path.chmod(0o755)
