"""Jobs of the platform's own image as steps of a run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from modelyard.objects.pods import Container, Resources
from modelyard.objects.workflows import REPORT, task
from modelyard.plan.promotion import alias, candidate_name, registered_name

if TYPE_CHECKING:
    from modelyard.blueprint.model import Model
    from modelyard.contracts.cluster import Cluster
    from modelyard.contracts.endpoint import Environment

IMAGE = "modelyard-jobs"
COMMAND = "modelyard-job"
FOLDER = "/etc/modelyard"
"""Where a job finds what it is told."""
RESULT = "/tmp/report.json"
SMALL = Resources(cpu="100m", memory="1Gi")
_MARK = "\N{INFORMATION SEPARATOR ONE}"


def given(expression: str) -> str:
    """A text of a configuration that the run fills in: `workflow.parameters.version`.

    Whatever it is, it stays one text: it is written as JSON has texts.
    """
    return f"{_MARK}{expression}{_MARK}"


def job_step(
    step: str,
    cluster: Cluster,
    config: Mapping[str, Any],
    environment: Environment,
    *,
    inputs: Sequence[str] = (),
    report_only: bool = False,
    deadline: int | None = None,
) -> Mapping[str, Any]:
    """A template that runs one job and hands its report on."""
    path = f"{FOLDER}/{step}.json"
    container = Container(
        name=step,
        image=cluster.image(IMAGE),
        resources=SMALL,
        command=[COMMAND, path, *(["--report-only"] if report_only else [])],
        environment={**environment, "HOME": "/tmp"},
    )
    return task(
        container,
        inputs=inputs,
        files={path: document(config)},
        outputs={REPORT: RESULT},
        deadline=deadline,
    )


def configuration(job: str, model: Model, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a job is told of a model, in the form of `modelyard_jobs.config.Config`.

    It tags nothing: what becomes of a candidate is for the run to say, in its record.
    """
    about = {
        "name": model.name,
        "registered": registered_name(model),
        "alias": alias(model),
        "candidate": candidate_name(model),
    }
    output = {"report": RESULT, "tags": False}
    return {"job": job, "model": about, "output": output, "settings": settings}


def document(config: Mapping[str, Any]) -> str:
    """As JSON, with Argo's expressions where a run fills something in."""
    text = json.dumps(config, sort_keys=True)
    mark = json.dumps(_MARK)[1:-1]
    return text.replace(f'"{mark}', "{{=toJson(").replace(f'{mark}"', ")}}")
