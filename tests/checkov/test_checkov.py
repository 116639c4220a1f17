"""Every platform on a cloud passes every check of Checkov, but for what is waived with a reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import pytest
from tests.checkov.conftest import CARELESS, in_clusters, on_clouds
from tests.support import shipped

from modelyard.blueprint.checks.greengrass import on_devices
from modelyard.catalog.checkov import waivers
from modelyard.review.checkov import Scanned
from modelyard.review.terraform import terraform_plan

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
    "CKV_GCP_29": "google_storage_bucket",  # uniform access: a truth
    "CKV_GCP_78": "google_storage_bucket",  # versioned: a block
    "CKV_GCP_14": "google_sql_database_instance",  # backed up: a block in a block
    "CKV_GCP_51": "google_sql_database_instance",  # a flag: a list in a block
    "CKV_GCP_72": "google_container_node_pool",  # integrity of nodes
    "CKV_GCP_25": "google_container_cluster",  # private
    "CKV_GCP_28": "google_storage_bucket_iam_member",  # not for everybody
    "CKV_GCP_117": "google_project_iam_member",  # no owners
    "CKV2_GCP_4": "google_logging_project_sink",  # locked: a resource that it refers to
}
"""Checks that the careless program fails, and by which type."""
UNCHECKED = {"google_monitoring_alert_policy", "google_project_service", "random_password"}
"""Types of which there are many, and for which Checkov has no check."""


@pytest.mark.parametrize("check", ONLY_BAD)
def test_a_planted_mistake_is_found_and_what_is_right_passes(
    plans: Mapping[str, Scanned], check: str
) -> None:
    """The mapping carries blocks, lists and references over: each check sees both sides."""
    failed = {it.address for it in plans[CARELESS].failed if it.check == check}
    assert failed == {f"{ONLY_BAD[check]}.bad"}


@pytest.mark.parametrize("case", on_clouds(), ids=str)
def test_a_platform_passes(plans: Mapping[str, Scanned], case: shipped.Case) -> None:
    assert _unwaived(plans[str(case)]) == []
    # The fewest are where a landing zone has the ground already: some 30.
    assert plans[str(case)].passed > 25, "it was not looked at"


@pytest.mark.parametrize("case", in_clusters(), ids=str)
def test_what_is_in_its_cluster_passes(
    manifests: Mapping[str, Scanned], case: shipped.Case
) -> None:
    assert _unwaived(manifests[str(case)]) == []
    # Beside devices that serve all models, a cluster holds roles alone: 30. The next has some 170.
    models = shipped.planned(case).plan.blueprint.models
    fewest = 20 if all(map(on_devices, models)) else 100
    assert manifests[str(case)].passed > fewest, "it was not looked at"


def _unwaived(scanned: Scanned) -> list[str]:
    return [
        str(failed)
        for failed in scanned.failed
        if not any(waiver.covers(failed.check, failed.address) for waiver in waivers())
    ]


def test_every_waiver_is_needed(
    plans: Mapping[str, Scanned], manifests: Mapping[str, Scanned]
) -> None:
    said = [*(said for name, said in plans.items() if name != CARELESS), *manifests.values()]
    failed = {(it.check, it.address) for each in said for it in each.failed}
    assert [
        f"{waiver.check} {pattern}"
        for waiver in waivers()
        for pattern in waiver.resources
        if not any(replace(waiver, resources=(pattern,)).covers(*it) for it in failed)
    ] == []


@pytest.mark.parametrize("case", on_clouds(), ids=str)
def test_checkov_sees_the_resources_that_it_has_checks_for(
    plans: Mapping[str, Scanned], case: shipped.Case
) -> None:
    """A mapping that went astray would lose them. The others are of types without a check."""
    plan = terraform_plan(shipped.recorded(case, deployed=False))
    made = [it["type"] for it in plan["planned_values"]["root_module"]["resources"]]
    types = Counter(type for type in made if type not in UNCHECKED)
    assert plans[str(case)].resources >= sum(types.values()) // 3, types
