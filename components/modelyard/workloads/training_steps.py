"""What stands around a training run: its data are validated and looked through before; what came of
it is scanned, attacked and held against its bounds after, so that nothing is proposed which could
not be let in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelyard.blueprint.data_plane import ValidationEngine
from modelyard.contracts.context import Purpose
from modelyard.objects.manifests import selector
from modelyard.objects.workflows import REPORT, arguments
from modelyard.plan.bounds import bounds
from modelyard.plan.candidates import candidate_checks
from modelyard.plan.promotion import checks
from modelyard.workloads.jobs import (
    FOLDER,
    LABELS,
    SMALL,
    configuration,
    given,
    image,
    job_step,
    located,
    reading,
    rows,
)

if TYPE_CHECKING:
    from modelyard.blueprint.model import Artifact, Model
    from modelyard.contracts.endpoint import Environment
    from modelyard.contracts.pipelines import LifecycleArgs
    from modelyard.objects.pods import Resources
    from modelyard.plan.check import Check

JOBS = "-jobs"
VALIDATE, PII = "validate-data", "pii"
ATTEST, SCAN, ROBUSTNESS, GATE = "attest", "scan-artifact", "robustness", "gate"
KEY = f"{FOLDER}/signer.pem"
"""Where a job finds whose signature it is to be."""
VERSION = "{{steps.newest.outputs.parameters.version}}"
FOUND = f"{{{{steps.{PII}.outputs.parameters.{REPORT}}}}}"
"""What was found in the data, for the version that came of them."""
_GIVEN = given("inputs.parameters.version")


@dataclass(frozen=True)
class TrainingSteps:
    """The steps that the blueprint asks for, by when they run."""

    args: LifecycleArgs

    @property
    def before(self) -> tuple[str, ...]:
        retrain, ingestion = self.args.model.retrain, self.args.blueprint.ingestion
        chosen = ingestion.validation if ingestion else None
        wanted = chosen is ValidationEngine.GREAT_EXPECTATIONS
        validated = bool(wanted and retrain and retrain.suite)
        return (*([VALIDATE] if validated else []), *([PII] if PII in self._checks else []))

    @property
    def after(self) -> tuple[str, ...]:
        """Nothing is loaded that has not been scanned, where it is."""
        model = self.args.model
        held = model.promote.benchmark or model.promote.fairness
        wanted = {
            ATTEST: PII in self._checks,
            SCAN: model.artifact,
            ROBUSTNESS: ROBUSTNESS in self._checks,
            GATE: held,
        }
        return tuple(name for name, asked in wanted.items() if asked)

    @property
    def _checks(self) -> Mapping[str, Check]:
        return candidate_checks(self.args.model)

    def steps(self, names: tuple[str, ...]) -> list[Mapping[str, Any]]:
        """Steps of a workflow; those after training are about the version that it brought."""
        version = {"arguments": arguments({"version": VERSION})}
        told = {
            **{before: {} for before in (VALIDATE, PII)},
            ATTEST: {"arguments": arguments({"version": VERSION, REPORT: FOUND})},
        }
        return [{"name": name, "template": name, **told.get(name, version)} for name in names]

    def templates(self) -> list[Mapping[str, Any]]:
        """Runs of one job each; the workflow fails unless its verdict is `passed`."""
        made = {
            VALIDATE: self._validate,
            PII: self._personal,
            ATTEST: self._attest,
            SCAN: self._scan,
            ROBUSTNESS: self._attack,
            GATE: self._gate,
        }
        return [made[name]() for name in (*self.before, *self.after)]

    def _validate(self) -> Mapping[str, Any]:
        args, retrain = self.args, self.args.model.retrain
        assert retrain is not None  # steps are those of a training run
        store = args.object_store
        environment = store.environment(args.pipelines.runner, reads=trained_on(args))
        data = {"current": located(store, retrain.data)}
        settings = {"suite": located(store, retrain.suite)}
        config = configuration(
            VALIDATE, args.model, settings, data=data, output=pushed(args, tags=False)
        )
        return step(args, config, environment, resources=reading(args.jobs))

    def _personal(self) -> Mapping[str, Any]:
        """Looks through what training is about to read."""
        args, model = self.args, self.args.model
        store, settings = args.object_store, self._checks[PII].settings
        read = learnt_from(model)
        environment = store.environment(args.pipelines.runner, reads=[read])
        data = {"reference": located(store, read)}
        config = configuration(PII, model, settings, data=data, output=pushed(args, tags=False))
        return step(args, config, environment, resources=reading(args.jobs))

    def _attest(self) -> Mapping[str, Any]:
        """Tells the version what was found before there was one."""
        settings = {REPORT: given(f"inputs.parameters.{REPORT}")}
        return self._about_version(ATTEST, settings, inputs=(REPORT,), pushes=False)

    def _attack(self) -> Mapping[str, Any]:
        """The candidate itself, by rows that it was to learn from."""
        args, model = self.args, self.args.model
        store = args.object_store
        data = rows(store, model)
        # Which rows are attacked is known of `reference`; the others are for the clock.
        told = {key: value for key, value in data.items() if key != "current"}
        environment = store.environment(args.pipelines.runner, reads=[learnt(model)])
        return self._about_version(
            ROBUSTNESS,
            self._checks[ROBUSTNESS].settings,
            data=told,
            environment=environment,
            resources=reading(args.jobs),
        )

    def _scan(self) -> Mapping[str, Any]:
        artifact = self.args.model.artifact
        assert artifact is not None  # asked for
        files = {KEY: artifact.public_key} if artifact.public_key else {}
        return self._about_version(SCAN, scanned(artifact), files=files)

    def _gate(self) -> Mapping[str, Any]:
        promote = self.args.model.promote
        settings = {
            "version": _GIVEN,
            "benchmark": bounds(promote.benchmark),
            "fairness": bounds(promote.fairness),
            "checks": list(checks(self.args.model)),
        }
        return self._about_version(GATE, settings)

    def _about_version(
        self,
        name: str,
        settings: Mapping[str, Any],
        *,
        data: Mapping[str, Any] | None = None,
        environment: Environment | None = None,
        inputs: Sequence[str] = (),
        pushes: bool = True,
        **more: Any,
    ) -> Mapping[str, Any]:
        """Of what was just trained, whose versions training may tag."""
        args = self.args
        output = pushed(args, tags=True) if pushes else None
        config = configuration(name, args.model, settings, version=_GIVEN, data=data, output=output)
        return step(args, config, environment or {}, inputs=("version", *inputs), **more)


def pushed(args: LifecycleArgs, *, tags: bool) -> Mapping[str, Any]:
    """Where a verdict goes besides the run: to Prometheus, where it is there, and the registry."""
    gateway = args.monitoring.pushgateway if args.monitoring else None
    return {"tags": tags, **({"push": gateway.url} if gateway else {})}


def step(
    args: LifecycleArgs,
    config: Mapping[str, Any],
    environment: Mapping[str, Any],
    *,
    inputs: Sequence[str] = (),
    flags: Sequence[str] = (),
    outputs: Mapping[str, str] | None = None,
    files: Mapping[str, str] | None = None,
    resources: Resources = SMALL,
) -> Mapping[str, Any]:
    """A template that runs a job beside training, known to the registry as that."""
    return job_step(
        config["job"],
        image(args.cluster, args.jobs),
        config,
        {**environment, **args.registry.environment(Purpose.TRAINING)},
        inputs=inputs,
        flags=flags,
        outputs=outputs,
        files=files,
        resources=resources,
        labels={**LABELS, **selector(f"{args.model.name}{JOBS}")},
    )


def scanned(artifact: Artifact) -> Mapping[str, Any]:
    """What `scan-artifact` holds a version to."""
    signed = {"required": True, "public_key": KEY}
    told = {
        "signature": signed if artifact.signature else None,
        "allow": list(artifact.allow) or None,
    }
    return {key: value for key, value in told.items() if value is not None}


def learnt_from(model: Model) -> str:
    """What training reads, as far as the blueprint says so; the checks hold that it does."""
    return (model.retrain.data if model.retrain else None) or learnt(model)


def learnt(model: Model) -> str:
    """The rows that the model is compared with."""
    data = model.monitor.data if model.monitor else None
    assert data is not None  # the checks hold that it is named
    assert data.reference is not None
    return data.reference


def trained_on(args: LifecycleArgs) -> tuple[str, ...]:
    """What training reads, and the suite that this has to meet."""
    retrain = args.model.retrain
    told = (retrain.data, retrain.suite) if retrain else ()
    return tuple(address for address in told if address)
