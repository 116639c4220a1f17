"""Jobs of the platform's own image (`jobs/`): what they are told, and how they run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from modelyard.blueprint.monitor import Rows
from modelyard.blueprint.units import show_cpu, show_memory
from modelyard.contracts.object_store import Api
from modelyard.objects.pods import Container, Resources
from modelyard.objects.workflows import REPORT, task
from modelyard.plan.promotion import alias, candidate_name, registered_name
from modelyard.workloads.images import named

if TYPE_CHECKING:
    from modelyard.blueprint.lifecycle import Jobs
    from modelyard.blueprint.model import Model
    from modelyard.contracts.cluster import Cluster
    from modelyard.contracts.endpoint import Environment
    from modelyard.contracts.object_store import ObjectStore

IMAGE = "modelyard-jobs"
COMMAND = "modelyard-job"
FOLDER = "/etc/modelyard"
"""Where a job finds what it is told."""
RESULT = "/tmp/report.json"
LABELS = {"app.kubernetes.io/component": "model-check"}
"""By which the Pushgateway lets in what measures."""
SMALL = Resources(cpu="100m", memory="1Gi")
_CPU, _MEMORY = 1000, 4 * 2**30
_MARK = "\N{INFORMATION SEPARATOR ONE}"
_TOLD = ("timestamp", "task", "target", "prediction", "score", "embedding", "minimum")
_LISTED = ("features", "sensitive")


def checks_of(model: str) -> str:
    """The pods that hold a model to its limits, and their account."""
    return f"{model}-checks"


def image(cluster: Cluster, jobs: Jobs) -> str:
    """The team's own build, or the catalog's."""
    return named(cluster, jobs.image) if jobs.image else cluster.image(IMAGE)


def reading(jobs: Jobs) -> Resources:
    """What a job asks for that reads rows: they are in memory all at once."""
    asked = jobs.resources
    memory = show_memory(asked.memory or _MEMORY)
    return Resources(cpu=show_cpu(asked.cpu or _CPU), memory=memory)


def given(expression: str) -> str:
    """A text of a configuration that the run fills in: `workflow.parameters.version`.

    Whatever it is, it stays one text: it is written as JSON has texts.
    """
    return f"{_MARK}{expression}{_MARK}"


def job_step(
    step: str,
    image: str,
    config: Mapping[str, Any],
    environment: Environment,
    *,
    inputs: Sequence[str] = (),
    flags: Sequence[str] = (),
    resources: Resources = SMALL,
    labels: Mapping[str, str] | None = None,
    outputs: Mapping[str, str] | None = None,
    files: Mapping[str, str] | None = None,
    deadline: int | None = None,
) -> Mapping[str, Any]:
    """A template that runs one job and hands its report on, and other `outputs` beside it.

    `files` are texts that it finds besides what it is told, by path.
    """
    path = f"{FOLDER}/{step}.json"
    container = Container(
        name=step,
        image=image,
        resources=resources,
        command=[COMMAND, path, *flags],
        environment={**environment, "HOME": "/tmp"},
    )
    return task(
        container,
        inputs=inputs,
        files={path: document(config), **(files or {})},
        outputs={REPORT: RESULT, **(outputs or {})},
        labels=labels,
        deadline=deadline,
    )


def configuration(
    job: str,
    model: Model,
    settings: Mapping[str, Any],
    *,
    version: str | None = None,
    data: Mapping[str, Any] | None = None,
    output: Mapping[str, Any] | None = None,
) -> Mapping[str, Any]:
    """What a job is told of a model, in the form of `modelyard_jobs.config.Config`.

    It tags nothing, unless `output` says so: what becomes of a candidate is for the run to say, in
    its record. `version` is the candidate's, where the job is about one.
    """
    about = {
        "name": model.name,
        "registered": registered_name(model),
        "alias": alias(model),
        "candidate": candidate_name(model),
        **({"version": version} if version else {}),
    }
    return {
        "job": job,
        "model": about,
        **({"data": dict(data)} if data else {}),
        "output": {"report": RESULT, "tags": False, **(output or {})},
        "settings": settings,
    }


def known(model: Model) -> Mapping[str, str]:
    """A model as the registry knows it."""
    return {"name": model.name, "registered": registered_name(model), "alias": alias(model)}


def document(config: Mapping[str, Any]) -> str:
    """As JSON, with Argo's expressions where a run fills something in."""
    text = json.dumps(config, sort_keys=True)
    mark = json.dumps(_MARK)[1:-1]
    return text.replace(f'"{mark}', "{{=toJson(").replace(f'{mark}"', ")}}")


def rows(store: ObjectStore, model: Model) -> Mapping[str, Any]:
    """The rows that a model is judged by, as the store's own clients address them."""
    told = (model.monitor.data if model.monitor else None) or Rows.left_out()
    known = {
        **{key: getattr(told, key) for key in _TOLD},
        **{key: list(getattr(told, key)) or None for key in _LISTED},
        "reference": located(store, told.reference),
        "current": located(store, told.current),
        "window": int(told.window.total_seconds()) if told.window else None,
    }
    return {key: value for key, value in known.items() if value is not None}


def located(store: ObjectStore, address: str | None) -> str | None:
    """An address of the blueprint, as the clients of the store that holds it write it."""
    if address is None or store.api is Api.S3:
        return address
    return f"gs://{address.removeprefix('s3://')}"


def windows(model: Model) -> tuple[str, ...]:
    """The rows that a model is judged by, as the blueprint addresses them."""
    told = (model.monitor.data if model.monitor else None) or Rows.left_out()
    return tuple(address for address in (told.reference, told.current) if address)
