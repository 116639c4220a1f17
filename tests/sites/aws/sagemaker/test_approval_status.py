"""Promotion by the approval status of model packages, against botocore's own shapes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber
from tests.sites.aws.test_inventory import CONTEXT, SITE

from modelyard.blueprint.errors import RefusedError
from modelyard.blueprint.model import Model
from modelyard.contracts.promotion import Move, PromoterArgs, State, Verdict
from modelyard.sites.aws.preflight.asking import Asking
from modelyard.sites.aws.sagemaker.approval_status import ApprovalStatus

GROUP = "yard-prod-churn"
ARN = f"arn:aws:sagemaker:eu-west-1:123456789012:model-package/{GROUP}"
RUN = "arn:aws:sagemaker:eu-west-1:123456789012:pipeline/yard-prod-churn/execution/abc123"
ANN = "arn:aws:sts::123456789012:assumed-role/approver/ann"
MODEL = Model.model_validate(
    {
        "name": "churn",
        "type": "predictive",
        "source": "models:/churn/1",
        "promote": {"approval": "required", "benchmark": {"auc": ">= 0.92"}},
    }
)


def package(version: int, status: str) -> dict[str, Any]:
    return {
        "ModelPackageGroupName": GROUP,
        "ModelPackageVersion": version,
        "ModelPackageArn": f"{ARN}/{version}",
        "CreationTime": "2026-11-26T12:00:00Z",
        "ModelPackageStatus": "Completed",
        "ModelApprovalStatus": status,
    }


class Registry:
    """SageMaker as it was recorded."""

    def __init__(self) -> None:
        self.asking = Asking(boto3.Session(), SITE.region)
        self.sagemaker = Stubber(self.asking.client("sagemaker"))
        self.sts = Stubber(self.asking.client("sts"))
        args = PromoterArgs(
            site=SITE, context=CONTEXT, model=MODEL, engine="sagemaker", approvers=("role:heads",)
        )
        self.promoter = ApprovalStatus(args, self.asking)

    def has(self, *packages: dict[str, Any]) -> None:
        answer = {"ModelPackageSummaryList": list(packages)}
        self.sagemaker.add_response("list_model_packages", answer, {"ModelPackageGroupName": GROUP})

    def ran(self, *registered: str) -> None:
        runs = {"PipelineExecutionSummaries": [{"PipelineExecutionArn": RUN}]}
        self.sagemaker.add_response(
            "list_pipeline_executions", runs, {"PipelineName": "yard-prod-churn"}
        )
        steps = [{"StepName": "R", "Metadata": {"RegisterModel": {"Arn": a}}} for a in registered]
        self.sagemaker.add_response(
            "list_pipeline_execution_steps",
            {"PipelineExecutionSteps": steps},
            {"PipelineExecutionArn": RUN},
        )

    def made_by(self, who: str, version: int) -> None:
        answer = {
            **package(version, "PendingManualApproval"),
            "ModelPackageName": "it",
            "ModelPackageStatusDetails": {"ValidationStatuses": []},
            "CreatedBy": {"IamIdentity": {"Arn": who}},
        }
        self.sagemaker.add_response(
            "describe_model_package", answer, {"ModelPackageName": f"{ARN}/{version}"}
        )

    def logged_in(self) -> None:
        answer = {"Account": SITE.account, "Arn": ANN, "UserId": "u"}
        self.sts.add_response("get_caller_identity", answer, {})

    def takes(self, version: int, status: str) -> None:
        self.sagemaker.add_response(
            "update_model_package",
            {"ModelPackageArn": f"{ARN}/{version}"},
            {
                "ModelPackageArn": f"{ARN}/{version}",
                "ModelApprovalStatus": status,
                "ApprovalDescription": ANY,
            },
        )


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    for key, value in {"ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b"}.items():
        monkeypatch.setenv(f"AWS_{key}", value)
    it = Registry()
    with it.sagemaker, it.sts:
        yield it


def silent(step: str) -> None:
    """Nobody listens."""


def test_the_newest_that_waits_is_the_candidate(registry: Registry) -> None:
    registry.has(
        package(1, "Approved"), package(3, "PendingManualApproval"), package(2, "Rejected")
    )
    registry.ran(f"{ARN}/3")
    move = registry.promoter.candidate(None, silent)
    assert (move.before, move.after) == ("1", "3")
    assert [(g.name, g.verdict) for g in move.gates] == [
        ("auc", Verdict.PASSED),
        ("approval", Verdict.OPEN),
    ]
    assert move.gates[0].found == "held by abc123"


def test_what_nobody_held_against_its_bounds_is_kept_back(registry: Registry) -> None:
    registry.has(package(3, "PendingManualApproval"))
    registry.ran(f"{ARN}/2")
    move = registry.promoter.candidate("3", silent)
    assert [gate.name for gate in move.kept_back] == ["auc"]


def test_an_approval_changes_the_status_and_says_what_to_serve(registry: Registry) -> None:
    registry.has(package(1, "Approved"), package(3, "PendingManualApproval"))
    registry.made_by("arn:aws:sts::123456789012:assumed-role/pipeline/x", 3)
    registry.logged_in()
    registry.takes(3, "Approved")
    ended = registry.promoter.promote(Move(model="churn", before="1", after="3"), "good", silent)
    assert ended.state is State.DONE
    assert "models:/churn/3" in ended.next
    registry.sagemaker.assert_no_pending_responses()


def test_whoever_registered_a_version_does_not_approve_it(registry: Registry) -> None:
    registry.has(package(3, "PendingManualApproval"))
    registry.made_by(ANN, 3)
    registry.logged_in()
    with pytest.raises(RefusedError, match="cannot approve it as well"):
        registry.promoter.promote(Move(model="churn", before=None, after="3"), "", silent)


def test_going_back_takes_back_what_is_in_production(registry: Registry) -> None:
    registry.has(package(1, "Approved"), package(2, "Approved"), package(3, "Rejected"))
    move = registry.promoter.previous(silent)
    assert (move.before, move.after) == ("2", "1")
    registry.logged_in()
    registry.takes(2, "Rejected")
    ended = registry.promoter.roll_back(move, "errors", silent)
    assert "models:/churn/1" in ended.next


def test_there_is_no_way_back_from_the_first(registry: Registry) -> None:
    registry.has(package(1, "Approved"))
    with pytest.raises(RefusedError, match="no approved version before 1"):
        registry.promoter.previous(silent)


def test_a_version_that_is_none_is_refused(registry: Registry) -> None:
    registry.has(package(1, "Approved"))
    with pytest.raises(RefusedError, match="no version 9 of 'churn'"):
        registry.promoter.candidate("9", silent)


def test_who_may_not_is_told_so(registry: Registry) -> None:
    registry.has(package(1, "Approved"))
    registry.logged_in()
    registry.sagemaker.add_client_error("update_model_package", "AccessDeniedException", "no")
    with pytest.raises(RefusedError, match="SageMaker refuses: no"):
        registry.promoter.roll_back(Move(model="churn", before="1", after="0"), "", silent)


def test_the_record_says_who_and_why(registry: Registry) -> None:
    said: list[dict[str, Any]] = []
    registry.has(package(1, "Approved"))
    registry.logged_in()
    registry.takes(1, "Rejected")
    client = registry.asking.client("sagemaker")
    client.meta.events.register(
        "before-parameter-build.sagemaker.UpdateModelPackage",
        lambda params, **_: said.append(json.loads(params["ApprovalDescription"])),
    )
    registry.promoter.roll_back(Move(model="churn", before="1", after="0"), "errors", silent)
    assert said == [{"by": ANN, "why": "errors", "before": "1", "after": "0", "gates": {}}]
