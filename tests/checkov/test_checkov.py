"""Every platform on AWS passes every check of Checkov, but for what is waived with a reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pytest
from tests.checkov.conftest import CARELESS
from tests.support import on_aws, shipped

from modelyard.catalog.checkov import waivers
from modelyard.review.terraform import terraform_plan
from modelyard.review.terraform.checkov import Scanned

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:pulumi_aws.*")

ONLY_BAD = {
    "CKV_AWS_7": "aws_kms_key",  # rotation
    "CKV_AWS_58": "aws_eks_cluster",  # secrets encrypted: a block in a block
    "CKV_AWS_39": "aws_eks_cluster",  # public endpoint
    "CKV_AWS_21": "aws_s3_bucket",  # versioned: a resource that refers to the bucket
    "CKV_AWS_145": "aws_s3_bucket",  # encrypted with a key
    "CKV2_AWS_6": "aws_s3_bucket",  # no public access
    "CKV_AWS_70": "aws_s3_bucket_policy",  # a policy with an unknown ARN in it
    "CKV_AWS_62": "aws_iam_role_policy",  # `*` on `*`
    "CKV_AWS_355": "aws_iam_role_policy",
}
"""Checks that the careless program fails, and by which type."""


@pytest.mark.parametrize("check", ONLY_BAD)
def test_a_planted_mistake_is_found_and_what_is_right_passes(
    scanned: Mapping[str, Scanned], check: str
) -> None:
    """The mapping carries blocks, lists and references over: each check sees both sides."""
    failed = {it.address for it in scanned[CARELESS].failed if it.check == check}
    assert failed == {f"{ONLY_BAD[check]}.bad"}


@pytest.mark.parametrize("case", on_aws.cases(), ids=str)
def test_a_platform_passes(scanned: Mapping[str, Scanned], case: shipped.Case) -> None:
    found = [
        str(failed)
        for failed in scanned[str(case)].failed
        if not any(waiver.covers(failed.check, failed.address) for waiver in waivers())
    ]
    assert found == []
    assert scanned[str(case)].passed > 100, "it was not looked at"


def test_every_waiver_is_needed(scanned: Mapping[str, Scanned]) -> None:
    failed = [it for name, said in scanned.items() if name != CARELESS for it in said.failed]
    unneeded = [
        f"{waiver.check} {pattern}"
        for waiver in waivers()
        for pattern in waiver.resources
        if not any(
            type(waiver)(waiver.check, (pattern,), "").covers(it.check, it.address) for it in failed
        )
    ]
    assert unneeded == []


def test_what_checkov_has_a_check_for_is_looked_at(scanned: Mapping[str, Scanned]) -> None:
    """How many resources some check looked at; a mapping that goes astray would lose them."""
    for case in on_aws.cases():
        plan = terraform_plan(shipped.recorded(case, deployed=False))
        types = Counter(it["type"] for it in plan["planned_values"]["root_module"]["resources"])
        assert scanned[str(case)].resources >= sum(types.values()) // 4, types
