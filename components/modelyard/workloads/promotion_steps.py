"""The steps of a promotion: the gate, the alias that moves, the marks on what reads the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelyard.blueprint.model import Approval
from modelyard.contracts.endpoint import Environment
from modelyard.contracts.identity import WorkloadIdentity
from modelyard.contracts.pipelines import LifecycleArgs
from modelyard.objects.workflows import BY, VERSION, WHY
from modelyard.plan.bounds import bounds
from modelyard.plan.promotion import RECORDS, checks, trained
from modelyard.plan.rechecks import holding
from modelyard.workloads.jobs import configuration, given, image, job_step, known

GATE, MOVE, REVALIDATE = "gate", "move-alias", "revalidate"
APPROVAL = "approval"
"""What the step that moves the alias is told: who let the version go on."""

Step = Mapping[str, Any]


class PromotionSteps:
    """Templates of one model's runs in production, which run as its promoter."""

    def __init__(self, args: LifecycleArgs, promoter: WorkloadIdentity) -> None:
        self._args, self._model, self._promoter = args, args.model, promoter

    def gate(self, *, tried: bool = False) -> Step:
        """Holds a version against the gates; where it is only tried, no verdict ends the run."""
        settings = {"version": given(f"workflow.parameters.{VERSION}"), **self._bounds()}
        return self._job(GATE, GATE, settings, flags=["--report-only"] if tried else [])

    def move(self) -> Step:
        """Makes the candidate a version of the model and moves the alias to it.

        It asks the gates once more: an approval may have taken days.
        """
        model = self._model
        required = model.promote.approval is Approval.REQUIRED
        settings = {
            **self._asked(),
            "version": given(f"workflow.parameters.{VERSION}"),
            "source": None if trained(model) else model.source,
            "approval": {
                "required": required,
                "by": given(f"inputs.parameters.{APPROVAL}") if required else None,
            },
            "gate": self._bounds(),
        }
        return self._job(MOVE, "promote", settings, inputs=[APPROVAL] if required else [])

    def back(self) -> Step:
        """Moves the alias to the version that it named before."""
        return self._job(MOVE, "rollback", self._asked())

    def revalidate(self) -> Step | None:
        """Marks the models that read this one, the nearest first; None where nothing does."""
        marked = [known(each) for each in self._args.readers]
        settings = {"models": marked, "because": given("workflow.name")}
        return self._job(REVALIDATE, REVALIDATE, settings) if marked else None

    def _bounds(self) -> Mapping[str, Any]:
        promote = self._model.promote
        return {
            "benchmark": bounds(promote.benchmark),
            "fairness": bounds(promote.fairness),
            "checks": list(checks(self._model)),
            "revalidate": [check.job for check in holding(self._args.watch)],
            "reads": [known(each) for each in self._args.reads],
        }

    def _asked(self) -> Mapping[str, str]:
        """Who asked, why, in which run, and where that is written down."""
        return {
            "by": given(f"workflow.parameters.{BY}"),
            "why": given(f"workflow.parameters.{WHY}"),
            "workflow": given("workflow.name"),
            "audit": self._args.object_store.address(RECORDS),
        }

    def _job(self, step: str, job: str, settings: Mapping[str, Any], **more: Any) -> Step:
        args = self._args
        config = configuration(job, self._model, settings)
        return job_step(step, image(args.cluster, args.jobs), config, self._environment(), **more)

    def _environment(self) -> Environment:
        """The registry as its promoter, and the part of the store where records are."""
        store, records = self._args.object_store, [self._args.object_store.address(RECORDS)]
        rights = store.environment(self._promoter, reads=records, adds=records)
        return {**rights, **self._args.registry.promoter}
