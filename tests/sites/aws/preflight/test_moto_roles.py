"""Roles that services use, against moto."""

from __future__ import annotations

import pytest
from tests.sites.aws.preflight.ground import G6E, args, asking, client, planned, told

from modelyard.contracts.preflight import Verdict
from modelyard.sites.aws.preflight import roles

pytestmark = pytest.mark.usefixtures("moto")
CLUSTER = planned("eks/cluster:Cluster", name="fraud-prod")
SPOT = {"gpus": {"fallback": ["spot"]}}


def make_role_for_spot() -> None:
    """As AWS calls it; moto's own names for such roles are others."""
    client("iam").create_role(
        RoleName="AWSServiceRoleForEC2Spot",
        Path="/aws-service-role/spot.amazonaws.com/",
        AssumeRolePolicyDocument='{"Version": "2012-10-17", "Statement": []}',
    )


def test_moto_a_role_that_its_service_makes_is_a_warning_while_it_is_missing() -> None:
    (answer,) = told(roles.questions(asking(), args(CLUSTER)))
    assert answer.asked == "AWSServiceRoleForAmazonEKS"
    assert answer.verdict is Verdict.WARNING
    assert answer.next == "aws iam create-service-linked-role --aws-service-name eks.amazonaws.com"


def test_moto_the_role_for_spot_has_to_be_there_before_the_first_node() -> None:
    spot = args(CLUSTER, machines=[G6E], **SPOT)
    by_name = {answer.asked: answer for answer in told(roles.questions(asking(), spot))}
    assert by_name["AWSServiceRoleForEC2Spot"].verdict is Verdict.FAILED
    make_role_for_spot()
    by_name = {answer.asked: answer for answer in told(roles.questions(asking(), spot))}
    assert by_name["AWSServiceRoleForEC2Spot"].verdict is Verdict.OK


def test_moto_only_the_roles_of_what_is_planned_are_asked_for() -> None:
    assert told(roles.questions(asking(), args())) == []
    database = planned("rds/instance:Instance")
    found = [answer.asked for answer in told(roles.questions(asking(), args(database)))]
    assert found == ["AWSServiceRoleForRDS"]
    fallback_without_a_use = args(CLUSTER, **SPOT)
    found = [answer.asked for answer in told(roles.questions(asking(), fallback_without_a_use))]
    assert found == ["AWSServiceRoleForAmazonEKS"]


def test_moto_a_role_that_the_plan_makes_may_not_be_there_already() -> None:
    made = planned("iam/serviceLinkedRole:ServiceLinkedRole", awsServiceName="spot.amazonaws.com")
    (answer,) = told(roles.questions(asking(), args(made)))
    assert (answer.verdict, answer.found) == (Verdict.OK, "is made by the platform")
    make_role_for_spot()
    (answer,) = told(roles.questions(asking(), args(made)))
    assert answer.verdict is Verdict.FAILED
    assert answer.next.startswith("pulumi import aws:iam/serviceLinkedRole:ServiceLinkedRole")
