"""What who is logged in may do, against answers in the shape of IAM's simulator: moto has none."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sites.aws.preflight.ground import ACCOUNT, args, asking, planned, recorded, told

from modelyard.contracts.preflight import Answer
from modelyard.sites.aws.preflight import permissions

USER = f"arn:aws:iam::{ACCOUNT}:user/ann"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/teams/deployer"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/ann"
VPC = planned("ec2/vpc:Vpc")
CREATE = "ec2:CreateVpc"


def who(arn: str) -> dict[str, str]:
    return {"UserId": "AIDAX", "Account": ACCOUNT, "Arn": arn}


def decided(decision: str, **more: Any) -> dict[str, Any]:
    one = {"EvalActionName": CREATE, "EvalResourceName": "*", "EvalDecision": decision, **more}
    return {"EvaluationResults": [one], "IsTruncated": False}


def ask(decision: Any, arn: str = USER, **iam: Any) -> Answer:
    asks = asking()
    with (
        recorded(asks, "sts", get_caller_identity=who(arn)),
        recorded(asks, "iam", **iam, simulate_principal_policy=decision) as stub,
    ):
        (answer,) = told(permissions.questions(asks, args(VPC)))
    del stub
    return answer


@pytest.mark.parametrize(
    ("decision", "verdict", "found"),
    [
        (decided("allowed"), "ok", "allowed"),
        (decided("implicitDeny"), "failed", f"{CREATE}: not allowed"),
        (decided("explicitDeny"), "failed", f"{CREATE}: not allowed"),
        (
            decided("implicitDeny", MissingContextValues=["aws:RequestTag/team"]),
            "unknown",
            f"{CREATE}: depends on aws:RequestTag/team",
        ),
        (
            decided("implicitDeny", OrganizationsDecisionDetail={"AllowedByOrganizations": False}),
            "failed",
            f"{CREATE}: not allowed by the organisation's policies",
        ),
        ("AccessDenied", "unknown", "iam:SimulatePrincipalPolicy is not allowed"),
    ],
    ids=["allowed", "not allowed", "forbidden", "on a condition", "by the organisation", "closed"],
)
def test_recorded_a_decision(decision: Any, verdict: str, found: str) -> None:
    answer = ask(decision)
    assert (str(answer.verdict), answer.found) == (verdict, found)


def test_recorded_a_session_is_asked_for_as_its_role_path_included() -> None:
    role = {
        "Path": "/teams/",
        "RoleName": "deployer",
        "RoleId": "AROAEXAMPLEEXAMPLE",
        "Arn": ROLE,
        "CreateDate": "2026-01-01T00:00:00Z",
    }
    answer = ask(decided("implicitDeny"), SESSION, get_role={"Role": role})
    assert answer.next == f"let {ROLE} do it on arn:aws:ec2:eu-west-1:{ACCOUNT}:vpc/*"


def test_recorded_the_root_of_an_account_cannot_be_simulated() -> None:
    asks = asking()
    with recorded(asks, "sts", get_caller_identity=who(f"arn:aws:iam::{ACCOUNT}:root")):
        (answer,) = told(permissions.questions(asks, args(VPC)))
    assert answer.verdict == "unknown"


def test_recorded_an_action_is_asked_of_what_will_have_the_name() -> None:
    asks = asking()
    bucket = planned("s3/bucket:Bucket", bucket="fraud-prod-data")
    with recorded(asks, "sts", get_caller_identity=who(USER)), recorded(asks, "iam") as stub:
        wanted = {
            "PolicySourceArn": USER,
            "ActionNames": [
                "s3:CreateBucket",
                "s3:PutBucketPolicy",
                "s3:PutEncryptionConfiguration",
            ],
            "ResourceArns": ["arn:aws:s3:::fraud-prod-data"],
        }
        stub.add_response("simulate_principal_policy", decided("allowed"), wanted)
        (answer,) = told(permissions.questions(asks, args(bucket)))
    assert answer.verdict == "ok"


def test_every_type_that_is_asked_for_names_its_input() -> None:
    for token, row in permissions.actions().items():
        assert ("{name}" in row["resource"]) == bool(row["input"]), token
        assert row["actions"], token
