"""The steps of a promotion: the gate, the alias that moves, the marks on what reads the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelyard.contracts.endpoint import Environment
from modelyard.contracts.identity import WorkloadIdentity
from modelyard.contracts.pipelines import LifecycleArgs
from modelyard.objects.pods import Container
from modelyard.objects.workflows import BY, VERSION, WHY, task
from modelyard.plan.bounds import bounds
from modelyard.plan.promotion import alias, candidate_name, checks, registered_name
from modelyard.workloads import inside
from modelyard.workloads.argo import PROGRAMS
from modelyard.workloads.jobs import SMALL, configuration, given, image, job_step

IMAGE = "mlflow"

Step = Mapping[str, Any]


class PromotionSteps:
    """Templates of one model's runs in production, which run as its promoter."""

    def __init__(self, args: LifecycleArgs, promoter: WorkloadIdentity) -> None:
        self._args, self._model, self._promoter = args, args.model, promoter

    @property
    def _image(self) -> str:
        return image(self._args.cluster, self._args.jobs)

    def gate(self, name: str, *, tried: bool = False) -> Step:
        """Holds a version against the gates; where it is only tried, no verdict ends the run."""
        promote = self._model.promote
        settings = {
            "version": given(f"workflow.parameters.{VERSION}"),
            "benchmark": bounds(promote.benchmark),
            "fairness": bounds(promote.fairness),
            "checks": list(checks(self._model)),
        }
        config = configuration("gate", self._model, settings)
        flags = ["--report-only"] if tried else []
        return job_step(name, self._image, config, self._args.registry.promoter, flags=flags)

    def move(self) -> Step:
        """Makes the candidate a version of the model and moves the alias to it."""
        return self._moved(
            f"{{{{workflow.parameters.{VERSION}}}}}", "{{inputs.parameters.approval}}"
        )

    def back(self) -> Step:
        """Moves the alias to the version that it named before."""
        return self._moved("previous", "")

    def revalidate(self) -> Step | None:
        """Marks the models that read this one, the nearest first; None where nothing does."""
        readers = self._args.readers
        if not readers:
            return None
        marked = [
            {"name": each.name, "registered": registered_name(each), "alias": alias(each)}
            for each in readers
        ]
        settings = {"models": marked, "because": given("workflow.name")}
        config = configuration("revalidate", self._model, settings)
        return job_step("revalidate", self._image, config, self._args.registry.promoter)

    def _moved(self, version: str, approval: str) -> Step:
        model = self._model
        # Without a registry or training, what is approved is a revision of what is elsewhere.
        trained = model.retrain is not None or model.source.startswith("models:/")
        source = f"models:/{candidate_name(model)}" if trained else model.source
        environment: Environment = {
            **self._args.registry.promoter,
            "MODEL": registered_name(model),
            "ALIAS": alias(model),
            "SOURCE": source,
            "VERSION": version,
            "APPROVAL": approval,
            "BY": f"{{{{workflow.parameters.{BY}}}}}",
            "WHY": f"{{{{workflow.parameters.{WHY}}}}}",
            "WORKFLOW": "{{workflow.name}}",
            "HOME": "/tmp",
        }
        container = Container(
            name="move-alias",
            image=self._args.cluster.image(IMAGE),
            resources=SMALL,
            command=["python", f"{inside.MOUNT}/promote.py"],
            environment=environment,
            mounts={inside.MOUNT: "programs"},
        )
        volumes = {"programs": {"configMap": {"name": PROGRAMS}}}
        return task(container, volumes=volumes, inputs=["approval"] if approval else [])
