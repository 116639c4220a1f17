"""Nobody logged in, no way to AWS, calls that are denied: what is raised, and what is said."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from tests.sites.aws.preflight.ground import (
    ACCOUNT,
    REGION,
    args,
    asking,
    planned,
    recorded,
    told,
)

from modelyard.blueprint.errors import NotReadyError
from modelyard.contracts.preflight import Answer, Verdict
from modelyard.sites.aws.preflight import account, names
from modelyard.sites.aws.preflight.asking import Asking
from modelyard.sites.aws.preflight.interview import Interview
from modelyard.sites.aws.preflight.question import Question


def test_recorded_nobody_is_logged_in() -> None:
    with pytest.raises(NotReadyError, match=r"nobody is logged in: .*credentials.*aws login"):
        list(Interview(args()).answers())


def test_recorded_a_profile_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nowhere")
    with pytest.raises(NotReadyError, match=r"\(nowhere\).*AWS_PROFILE"):
        Interview(args())


@pytest.mark.parametrize("code", ["ExpiredToken", "SignatureDoesNotMatch"])
def test_recorded_credentials_that_are_no_good(code: str) -> None:
    asks = asking()
    with (
        recorded(asks, "sts", get_caller_identity=code),
        pytest.raises(NotReadyError, match=f"AWS does not know who asks: {code}.*aws sso login"),
    ):
        account.caller(asks)


def test_recorded_a_closed_region_is_told_by_the_first_one() -> None:
    """A region that is not enabled knows no credentials; the account's first region does."""
    asks = Asking(boto3.Session("testing", "testing"), "eu-south-2")
    who = {"UserId": "AIDAX", "Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/ann"}
    regions = {"Regions": [{"RegionName": "eu-south-2", "OptInStatus": "not-opted-in"}]}
    with recorded(asks, "sts", get_caller_identity="InvalidClientTokenId"):
        from botocore.stub import Stubber

        with Stubber(asks.client("sts", "us-east-1")) as sts:
            sts.add_response("get_caller_identity", who)
            assert account.caller(asks) == who
    with Stubber(asks.client("ec2", "us-east-1")) as ec2:
        ec2.add_response("describe_regions", regions)
        (answer,) = told(account.questions(asks))
    assert answer.verdict is Verdict.FAILED
    assert answer.next == "aws account enable-region --region-name eu-south-2"


def test_recorded_no_way_to_aws_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port at which nobody listens: what a laptop without a network meets."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    asks = Asking(boto3.Session("testing", "testing"), REGION)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    with pytest.raises(NotReadyError, match=r"AWS cannot be reached.*check the network") as raised:
        account.caller(asks)
    assert raised.value.exit_code == 3


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("AccessDenied", "s3:ListBucket is not allowed"),
        ("SlowDown", "HeadBucket was refused: SlowDown: as recorded"),
    ],
)
def test_recorded_a_call_that_is_refused_is_unknown_and_says_what_is_lacking(
    code: str, found: str
) -> None:
    asks = asking()
    who = {"UserId": "AIDAX", "Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/ann"}
    bucket = planned("s3/bucket:Bucket", bucket="fraud-prod-data")
    with recorded(asks, "sts", get_caller_identity=who), recorded(asks, "s3", head_bucket=code):
        (answer,) = told(names.questions(asks, args(bucket)))
    assert (answer.verdict, answer.found) == (Verdict.UNKNOWN, found)


def test_recorded_a_bucket_of_somebody_else_is_taken() -> None:
    asks = asking()
    who = {"UserId": "AIDAX", "Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/ann"}
    bucket = planned("s3/bucket:Bucket", bucket="data")
    with recorded(asks, "sts", get_caller_identity=who), recorded(asks, "s3", head_bucket="403"):
        (answer,) = told(names.questions(asks, args(bucket)))
    assert answer.verdict is Verdict.FAILED
    assert "taken by another account" in answer.found


def test_recorded_the_one_analyzer_of_a_region() -> None:
    asks = asking()
    there = {
        "arn": f"arn:aws:access-analyzer:{REGION}:{ACCOUNT}:analyzer/old",
        "name": "old",
        "type": "ACCOUNT",
        "createdAt": "2026-01-01T00:00:00Z",
        "status": "ACTIVE",
        "tags": {},
    }
    wanted = planned("accessanalyzer/analyzer:Analyzer", analyzerName="fraud-prod")
    with recorded(asks, "accessanalyzer", list_analyzers={"analyzers": [there]}):
        (answer,) = told(names.questions(asks, args(wanted)))
    assert answer.verdict is Verdict.FAILED
    assert "the region has 'old'" in answer.found


def test_recorded_a_rule_of_the_registry_is_there_and_nobody_tells_whose() -> None:
    rule = planned("ecr/pullThroughCacheRule:PullThroughCacheRule", ecrRepositoryPrefix="quay")
    there = {"pullThroughCacheRules": [{"ecrRepositoryPrefix": "quay"}]}
    for answer, verdict in (
        (there, Verdict.WARNING),
        ("PullThroughCacheRuleNotFoundException", Verdict.OK),
    ):
        asks = asking()
        with recorded(asks, "ecr", describe_pull_through_cache_rules=answer):
            (found,) = told(names.questions(asks, args(rule)))
        assert found.verdict is verdict


def test_recorded_macie_denies_every_call_while_it_is_off() -> None:
    wanted = planned("macie2/account:Account")
    asks, off = asking(), "Macie is not enabled."
    with recorded(asks, "macie2") as stub:
        stub.add_client_error("get_macie_session", "AccessDeniedException", off)
        (answer,) = told(names.questions(asks, args(wanted)))
    assert answer.verdict is Verdict.OK
    asks = asking()
    with recorded(asks, "macie2", get_macie_session="AccessDeniedException"):
        (answer,) = told(names.questions(asks, args(wanted)))
    assert answer.found == "macie2:GetMacieSession is not allowed"
    asks = asking()
    with recorded(asks, "macie2", get_macie_session={"status": "ENABLED"}):
        (answer,) = told(names.questions(asks, args(wanted)))
    assert answer.verdict is Verdict.WARNING


def test_recorded_a_service_out_of_reach_leaves_the_others_to_answer() -> None:
    def unreachable() -> list[Answer]:
        raise EndpointConnectionError(endpoint_url="https://eks.eu-west-1.amazonaws.com")

    (answer,) = Question("name", "EKS cluster", unreachable).answers()
    assert answer.verdict is Verdict.UNKNOWN
    assert "eks.eu-west-1.amazonaws.com" in answer.found
