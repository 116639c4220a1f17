"""Promotion in SageMaker's registry: a version is in production from when it is approved.

The record is CloudTrail's: it names the role that changed a status, and keeps what is said of the
change. Source: SageMaker API reference, UpdateModelPackage.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from modelyard.blueprint.errors import NotReadyError, RefusedError
from modelyard.contracts.promotion import Ended, Gate, Move, PromoterArgs, Tell, Verdict
from modelyard.plan.promotion import registered_name
from modelyard.sites.aws.names import scoped
from modelyard.sites.aws.preflight.account import caller
from modelyard.sites.aws.preflight.asking import DeniedError
from modelyard.sites.aws.sagemaker.definition import gates
from modelyard.sites.aws.sagemaker.model_packages import group_name
from modelyard.sites.aws.sagemaker.pipelines import PIPELINE

if TYPE_CHECKING:
    from modelyard.sites.aws.preflight.asking import Asking

WAITS, APPROVED, REJECTED = "PendingManualApproval", "Approved", "Rejected"
RUNS = 50
"""Executions of the pipeline, the latest first, in which a version is looked for."""
_MOST = 1024
"""Characters of what is said of a change."""
Package = Mapping[str, Any]


class ApprovalStatus:
    """The versions of one model's group, changed as whoever is logged in."""

    def __init__(self, args: PromoterArgs, asking: Asking) -> None:
        self._args, self._asking = args, asking
        self._name = registered_name(args.model)
        self._group = group_name(args.context, self._name)

    def candidate(self, version: str | None, tell: Tell) -> Move:
        """The newest that waits, and otherwise the newest of all."""
        versions = self._versions()
        waiting = [each for each in versions if each["ModelApprovalStatus"] == WAITS]
        return self._move(self._named(version, versions, waiting or versions))

    def waiting(self, version: str | None, tell: Tell) -> Move:
        versions = self._versions()
        waiting = [each for each in versions if each["ModelApprovalStatus"] == WAITS]
        return self._move(self._named(version, waiting, waiting))

    def previous(self, tell: Tell) -> Move:
        """The latest approved one but the one that is in production."""
        now, *before = self._approved() or [None]
        if not before:
            raise RefusedError(
                f"'{self._name}' has no approved version before {_number(now)}. Next: approve "
                "another one with `modelyard promote`"
            )
        return Move(model=self._name, before=_number(now), after=str(_number(before[0])))

    def promote(self, move: Move, why: str, tell: Tell) -> Ended:
        package = self._named(move.after, self._versions(), [])
        author = self._told(package).get("CreatedBy", {}).get("IamIdentity", {}).get("Arn")
        me = self._me()
        if author == me:
            raise RefusedError(
                f"{me} has registered version {move.after}, and cannot approve it as well. "
                "Next: have another approver do it"
            )
        return self._decided(package, APPROVED, move, why, tell)

    def approve(self, move: Move, why: str, tell: Tell) -> Ended:
        return self.promote(move, why, tell)

    def roll_back(self, move: Move, why: str, tell: Tell) -> Ended:
        """What is in production is taken back; the one before it is the latest approved then."""
        package = self._named(move.before, self._versions(), [])
        return self._decided(package, REJECTED, move, why, tell)

    def _decided(self, package: Package, status: str, move: Move, why: str, tell: Tell) -> Ended:
        record = {
            "by": self._me(),
            "why": why,
            "before": move.before,
            "after": move.after,
            "gates": {gate.name: str(gate.verdict) for gate in move.gates},
        }
        with _answering():
            self._asking.client("sagemaker").update_model_package(  # type: ignore[attr-defined]
                ModelPackageArn=package["ModelPackageArn"],
                ModelApprovalStatus=status,
                ApprovalDescription=json.dumps(record, ensure_ascii=False)[:_MOST],
            )
        tell(f"version {_number(package)}: {status.lower()}")
        source = f"models:/{self._name}/{move.after}"
        return Ended.served_from(source, package["ModelPackageArn"])

    def _move(self, package: Package) -> Move:
        approved = self._approved()
        before = _number(approved[0]) if approved else None
        number = str(_number(package))
        found = [*self._held(package["ModelPackageArn"])] if number != before else []
        if package["ModelApprovalStatus"] == WAITS:
            found.append(Gate.approval(self._args.approvers))
        return Move(model=self._name, before=before, after=number, gates=tuple(found))

    def _held(self, package: str) -> Iterator[Gate]:
        """The pipeline registers what keeps every bound; who registers by hand shows nothing."""
        bounds = gates(self._args.model)
        run = self._registered_by(package) if bounds else None
        for name, bound in bounds.items():
            if run:
                found = f"held by {run.rpartition('/')[2]}"
                yield Gate(name=name, verdict=Verdict.PASSED, asked=str(bound), found=found)
            else:
                found = "no run of the pipeline has registered it, so that nothing was measured"
                yield Gate(name=name, verdict=Verdict.UNDECIDED, asked=str(bound), found=found)

    def _registered_by(self, package: str) -> str | None:
        pipeline = scoped(self._args.context, self._args.model.name, most=PIPELINE)
        runs = self._pages(
            "list_pipeline_executions", "PipelineExecutionSummaries", PipelineName=pipeline
        )
        for run in runs[:RUNS]:
            arn = run["PipelineExecutionArn"]
            steps = self._pages(
                "list_pipeline_execution_steps", "PipelineExecutionSteps", PipelineExecutionArn=arn
            )
            made = (step.get("Metadata", {}).get("RegisterModel", {}).get("Arn") for step in steps)
            if package in made:
                return arn
        return None

    def _approved(self) -> list[Package]:
        return [each for each in self._versions() if each["ModelApprovalStatus"] == APPROVED]

    def _versions(self) -> list[Package]:
        """All of them, the newest first."""
        found = self._pages(
            "list_model_packages", "ModelPackageSummaryList", ModelPackageGroupName=self._group
        )
        return sorted(found, key=lambda each: each["ModelPackageVersion"], reverse=True)

    def _named(self, version: str | None, among: list[Package], newest: list[Package]) -> Package:
        found = newest[:1] if version is None else [p for p in among if _number(p) == version]
        if not found:
            which = f"no version {version} of '{self._name}'" if version else "no version"
            raise RefusedError(
                f"{which} is in {self._group}, or waits there. Next: name one of "
                f"{', '.join(str(_number(each)) for each in among) or 'those that training makes'}"
            )
        return found[0]

    def _told(self, package: Package) -> Package:
        with _answering():
            return self._asking.call(
                "sagemaker", "describe_model_package", ModelPackageName=package["ModelPackageArn"]
            )

    def _pages(self, operation: str, key: str, **given: str) -> list[Any]:
        with _answering():
            return list(self._asking.pages("sagemaker", operation, key, **given))

    def _me(self) -> str:
        return caller(self._asking)["Arn"]


def _number(package: Package | None) -> str | None:
    return None if package is None else str(package["ModelPackageVersion"])


@contextmanager
def _answering() -> Iterator[None]:
    """What AWS says against it, in words."""
    try:
        yield
    except DeniedError as error:
        raise RefusedError(
            f"you may not: {error.permission} is not allowed. Next: take a role with the policy "
            "of approvers"
        ) from None
    except ClientError as error:
        raise RefusedError(
            f"SageMaker refuses: {error.response['Error'].get('Message', '')}"
        ) from None
    except BotoCoreError as error:
        raise NotReadyError(f"AWS does not answer: {error}. Next: try again") from None
