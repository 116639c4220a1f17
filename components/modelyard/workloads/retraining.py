"""Training anew: on a cadence, by hand, or when something else starts the template.

`<model>-train` validates the data where a suite is named, runs the team's own image, finds the
version that it registered, scans it and holds it against its bounds where there are any, and
proposes it for production. The image's files are read-only: it writes to /tmp, its home too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from zlib import crc32

import pulumi

from modelyard.blueprint.model import Retrain
from modelyard.blueprint.units import show_cpu, show_memory
from modelyard.contracts.context import Purpose
from modelyard.contracts.endpoint import Environment
from modelyard.contracts.gpu_pool import Scheduling
from modelyard.contracts.pipelines import LifecycleArgs
from modelyard.objects.manifests import Manifest, network_policy, selector
from modelyard.objects.objects import Objects
from modelyard.objects.pods import Container, Resources
from modelyard.objects.workflows import API, CANDIDATE, task, workflow_template
from modelyard.plan.cadence import cadence
from modelyard.plan.promotion import candidate_name
from modelyard.workloads import inside
from modelyard.workloads.argo import PROGRAMS
from modelyard.workloads.images import named
from modelyard.workloads.inside.newest_version import RESULT
from modelyard.workloads.jobs import SMALL
from modelyard.workloads.promotion import PROPOSE
from modelyard.workloads.retrain_on import retrain_on, single_flight
from modelyard.workloads.serving.batch import QUEUE_LABEL
from modelyard.workloads.training_steps import JOBS, VERSION, TrainingSteps, trained_on

IMAGE = "mlflow"
TRAIN, RETRAIN = "-train", "-retrain"
CPU, MEMORY_GIB = 4, 32
"""What a training run asks for beside each GPU, and as a whole where it has none."""

_DAY, _HOUR, _MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


class Retraining(pulumi.ComponentResource):
    """A model's training as a template, and the clock that starts it."""

    def __init__(
        self, name: str, args: LifecycleArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:retraining:Retraining", name, None, opts)
        assert args.model.retrain is not None  # placed only where the blueprint asks for it
        self._args, self._model, self._retrain = args, args.model.name, args.model.retrain
        labels = args.context.labels("retraining", args.tags)
        namespace = args.identity.namespaces[Purpose.TRAINING]
        objects = Objects(self, name, args.cluster, namespace, labels)
        self._around = TrainingSteps(args)
        train = objects.add(self._train(labels), "train")
        if every := cadence(args.blueprint, args.model):
            objects.add(clock(self._model, every, labels), "every", after=[train])
        if self._on:
            asks = retrain_on(args, self._spec(labels), f"{self._model}{TRAIN}")
            objects.add(asks, "on", after=[train])
        if self._on or self._around.templates():
            objects.add(self._reached(), "jobs")
        self.register_outputs({"train": f"{self._model}{TRAIN}"})

    @property
    def _on(self) -> bool:
        """Whether verdicts start it."""
        return bool(self._args.watch and self._args.watch.on)

    def _spec(self, labels: Mapping[str, str]) -> dict[str, Any]:
        """What every run begins with."""
        defaults = self._args.pipelines.defaults
        return {
            **defaults,
            "podMetadata": {"labels": {**defaults["podMetadata"]["labels"], **labels}},
            "serviceAccountName": self._args.pipelines.runner.name,
        }

    def _train(self, labels: Mapping[str, str]) -> Manifest:
        around = self._around
        propose = {"name": f"{self._model}{PROPOSE}", "template": "propose"}
        asks = {"parameters": [{"name": "version", "value": VERSION}]}
        steps = [
            *around.steps(around.before),
            {"name": "train", "template": "train"},
            {"name": "newest", "template": "newest"},
            *around.steps(around.after),
        ]
        asked = {"name": "propose", "templateRef": propose, "arguments": asks}
        once = single_flight(self._model) if self._on else {}
        spec = {
            **self._spec(labels),
            "entrypoint": "run",
            "templates": [
                {"name": "run", "steps": [[step] for step in (*steps, asked)], **once},
                # For pipelines that look at what came of it before they propose it themselves.
                {"name": CANDIDATE, "steps": [[step] for step in steps], **once},
                self._training_run(),
                self._newest(),
                *around.templates(),
            ],
        }
        what = f"Trains {self._model} and proposes what it registered"
        return workflow_template(f"{self._model}{TRAIN}", spec, what)

    def _reached(self) -> Manifest:
        """What the platform's jobs ask besides what any step may: Prometheus, and its gateway."""
        monitoring, name = self._args.monitoring, f"{self._model}{JOBS}"
        registry, store = self._args.registry.endpoint, self._args.object_store.endpoint
        gateway = [monitoring.pushgateway] if monitoring and monitoring.pushgateway else []
        asked = [monitoring.prometheus] if monitoring and self._on else []
        return network_policy(name, selector(name), egress=[registry, store, *gateway, *asked])

    def _training_run(self) -> Mapping[str, Any]:
        scheduling, timeout = self._scheduling(), self._retrain.timeout
        container = Container(
            name="train",
            image=named(self._args.cluster, self._retrain.image or ""),
            resources=resources(self._retrain),
            command=self._retrain.command,
            environment={
                **self._store(),
                **self._registry(),
                **self._features(),
            },
            mounts={"/dev/shm": "shared-memory"},
        )
        return task(
            container,
            # Loaders hand batches over in shared memory, of which there are 64 MiB otherwise.
            volumes={"shared-memory": {"emptyDir": {"medium": "Memory"}}},
            scheduling=scheduling,
            labels={QUEUE_LABEL: scheduling.queue} if scheduling.queue else None,
            deadline=int(timeout.total_seconds()) if timeout else None,
        )

    def _store(self) -> Environment:
        """A run reads everything of the platform's and what its model does; it writes what runs
        leave behind, what batch runs read, and the rows that the model is compared with.
        """
        store, model = self._args.object_store, self._args.model
        named = [a for a in (model.source, model.serve.input) if a and a.startswith("s3://")]
        inputs = [model.serve.input.rpartition("/")[0] + "/"] if model.serve.input in named else []
        rows = model.monitor.data if model.monitor else None
        learnt = [rows.reference] if rows and rows.reference else []
        return store.environment(
            self._args.pipelines.runner,
            reads=[store.address(""), *named, *trained_on(self._args)],
            writes=[store.address("training/"), *inputs, *learnt],
        )

    def _newest(self) -> Mapping[str, Any]:
        """Finds what the training run registered; the run fails if that is nothing."""
        container = Container(
            name="newest",
            image=self._args.cluster.image(IMAGE),
            resources=SMALL,
            command=["python", f"{inside.MOUNT}/newest_version.py"],
            environment={**self._registry(), "SINCE": "{{workflow.creationTimestamp.s}}"},
            mounts={inside.MOUNT: "programs"},
        )
        volumes = {"programs": {"configMap": {"name": PROGRAMS}}}
        return task(container, volumes=volumes, outputs={"version": RESULT})

    def _registry(self) -> Environment:
        """Where to register, and under which name."""
        registry = self._args.registry.environment(Purpose.TRAINING)
        return {**registry, "MODEL": candidate_name(self._args.model), "HOME": "/tmp"}

    def _features(self) -> Environment:
        """Where training sets are made, and where features are read as in production."""
        features = self._args.features
        if features is None:
            return {}
        return {
            "MODELYARD_FEATURES_URL": features.online.url,
            "MODELYARD_OFFLINE_FEATURES_URL": features.offline.url,
        }

    def _scheduling(self) -> Scheduling:
        """Where the run goes. Raises LookupError where GPUs are asked for and there are none."""
        if not self._retrain.gpus:
            return Scheduling()
        if self._args.gpu_pool is None:
            raise LookupError(f"'{self._model}' trains on GPUs, and its site has none")
        return self._args.gpu_pool.training(self._retrain.gpus)


def resources(retrain: Retrain) -> Resources:
    """What the blueprint says, and otherwise a share for each GPU."""
    share, asked = retrain.gpus or 1, retrain.resources
    return Resources(
        cpu=show_cpu(asked.cpu or CPU * share * 1000),
        memory=show_memory(asked.memory or MEMORY_GIB * share * 2**30),
    )


def clock(model: str, every: timedelta, labels: Mapping[str, str]) -> Manifest:
    """A CronWorkflow that starts training once in so long.

    Cron knows no cadence of 45 days or 36 hours: it looks on every tick of a day, an hour or a
    minute, and `when` lets the first tick through on which enough time has passed.
    """
    waited = "(now() - cronworkflow.lastScheduledTime).Seconds()"
    unit = tick(every)
    # Rounded up to whole ticks; half a tick less, so that a run a moment late counts as in time.
    enough = int((-(-every // unit) * unit - unit / 2).total_seconds())
    return {
        "apiVersion": API,
        "kind": "CronWorkflow",
        "metadata": {"name": f"{model}{RETRAIN}"},
        "spec": {
            "schedules": [ticks(model, every)],
            "timezone": "Etc/UTC",
            "when": f"{{{{= cronworkflow.lastScheduledTime == nil || {waited} > {enough} }}}}",
            "concurrencyPolicy": "Forbid",
            "startingDeadlineSeconds": 3600,
            "successfulJobsHistoryLimit": 3,
            "failedJobsHistoryLimit": 3,
            "workflowMetadata": {"labels": dict(labels)},
            "workflowSpec": {"workflowTemplateRef": {"name": f"{model}{TRAIN}"}},
        },
    }


def tick(every: timedelta) -> timedelta:
    """How often the clock looks: the longest of day, hour and minute that divides the cadence."""
    return next((unit for unit in (_DAY, _HOUR) if not every % unit), _MINUTE)


def ticks(model: str, every: timedelta) -> str:
    """The cron schedule. Models look at different times, so that they do not all train at once."""
    own = crc32(model.encode())
    minute, hour = own % 60, own // 60 % 6
    return {_DAY: f"{minute} {hour} * * *", _HOUR: f"{minute} * * * *"}.get(
        tick(every), "* * * * *"
    )
