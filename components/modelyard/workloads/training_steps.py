"""What stands around a training run: its data are validated before, and what came of it is scanned
and held against its bounds after, so that nothing is proposed which could not be let in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelyard.blueprint.data_plane import ValidationEngine
from modelyard.objects.manifests import selector
from modelyard.objects.workflows import arguments, task
from modelyard.plan.bounds import bounds
from modelyard.plan.promotion import follows_alias
from modelyard.workloads.jobs import FILE, FOLDER, LABELS, Job, located

if TYPE_CHECKING:
    from modelyard.blueprint.model import Artifact
    from modelyard.contracts.pipelines import LifecycleArgs

JOBS = "-jobs"
VALIDATE, SCAN, GATE = "validate-data", "scan-artifact", "gate"
VERSION = "{{steps.newest.outputs.parameters.version}}"
_GIVEN = "{{inputs.parameters.version}}"


@dataclass(frozen=True)
class TrainingSteps:
    """The steps that the blueprint asks for, by when they run."""

    args: LifecycleArgs

    @property
    def before(self) -> tuple[str, ...]:
        retrain, ingestion = self.args.model.retrain, self.args.blueprint.ingestion
        chosen = ingestion is not None and ingestion.validation
        wanted = chosen is ValidationEngine.GREAT_EXPECTATIONS and retrain and retrain.suite
        return (VALIDATE,) if wanted else ()

    @property
    def after(self) -> tuple[str, ...]:
        model = self.args.model
        held = model.promote.benchmark or model.promote.fairness
        return (*([SCAN] if model.artifact else []), *([GATE] if held else []))

    def steps(self, names: tuple[str, ...]) -> list[Mapping[str, Any]]:
        """Steps of a workflow; those after training are about the version that it brought."""
        version = {"arguments": arguments({"version": VERSION})}
        return [
            {"name": name, "template": name, **({} if name == VALIDATE else version)}
            for name in names
        ]

    def templates(self) -> list[Mapping[str, Any]]:
        return [self._template(name) for name in (*self.before, *self.after)]

    def _template(self, name: str) -> Mapping[str, Any]:
        """A run of one job, which fails the workflow unless its verdict is `passed`."""
        about = None if name == VALIDATE else _GIVEN
        return job_step(self.args, job(self.args, name, self._settings(name)), about)

    def _settings(self, name: str) -> Mapping[str, Any]:
        model, store = self.args.model, self.args.object_store
        if name == VALIDATE:
            assert model.retrain is not None
            return {"suite": located(store, model.retrain.suite)}
        if name == SCAN:
            assert model.artifact is not None
            return scanned(model.artifact)
        return {
            "version": _GIVEN,
            "benchmark": bounds(model.promote.benchmark),
            "fairness": bounds(model.promote.fairness),
            "checks": [each for each in self.after if each != GATE],
            "incumbent": follows_alias(model),
        }


def scanned(artifact: Artifact) -> Mapping[str, Any]:
    """What `scan-artifact` holds a version to."""
    signed = {"required": True, "public_key": artifact.public_key}
    given = {
        "sha256": artifact.sha256,
        "signature": signed if artifact.signature else None,
        "allow": list(artifact.allow) or None,
    }
    return {key: value for key, value in given.items() if value is not None}


def job(args: LifecycleArgs, name: str, settings: Mapping[str, Any]) -> Job:
    """One of the platform's jobs about the model that is trained."""
    return Job(
        name,
        args.model,
        settings,
        args.jobs,
        args.cluster,
        args.object_store,
        args.registry,
        args.monitoring,
    )


def job_step(
    args: LifecycleArgs,
    asked: Job,
    version: str | None = None,
    flags: Sequence[str] = (),
    outputs: Mapping[str, str] | None = None,
) -> Mapping[str, Any]:
    """A template that runs a job; `version` becomes its parameter, and is filled in by Argo."""
    reads = trained_on(args) if asked.name == VALIDATE else ()
    return task(
        asked.container(asked.environment(args.pipelines.runner, reads), args=flags),
        labels={**LABELS, **selector(f"{args.model.name}{JOBS}")},
        inputs=("version",) if version else (),
        files={f"{FOLDER}/{FILE}": asked.document(version)},
        outputs=outputs,
    )


def trained_on(args: LifecycleArgs) -> tuple[str, ...]:
    """What training reads, and the suite that this has to meet."""
    retrain = args.model.retrain
    given = (retrain.data, retrain.suite) if retrain else ()
    return tuple(address for address in given if address)
