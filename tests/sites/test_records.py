"""The record of promotions only grows, as far as the store that keeps it can hold that."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest
from tests.support.parts import planned, recorded
from tests.workloads.test_model_checks import SITES

from modelyard.contracts.context import Purpose
from modelyard.recorder import Graph
from modelyard.sites.kubernetes.bucket_rights import rights

MODEL = """
access: {{approvers: ["group:risk"]}}
models:
  - {{name: churn, type: predictive, source: "models:/churn@champion", {more}}}
"""
GATED = "promote: {approval: required}"
BELOW = "audit/promotions/*"


@cache
def graph(kind: str, more: str = GATED, site: str = "") -> Graph:
    told = SITES[kind][:-1] + site + "}"
    return recorded(planned(f"sites: {{here: {told}}}\n{MODEL.format(more=more)}"))


def of_bucket(found: Graph, sid: str) -> list[Mapping[str, Any]]:
    policies = found.of_type("aws:s3/bucketPolicy:BucketPolicy")
    statements = [s for p in policies for s in json.loads(p.inputs["policy"])["Statement"]]
    return [each for each in statements if each.get("Sid") == sid]


def of_promoter(found: Graph) -> Iterator[Mapping[str, Any]]:
    for policy in found.of_type("aws:iam/rolePolicy:RolePolicy"):
        if "churn-promoter" in policy.name:
            yield from json.loads(policy.inputs["policy"])["Statement"]


def test_on_aws_nobody_takes_a_record_away() -> None:
    [stay] = of_bucket(graph("aws"), "RecordsStay")
    assert (stay["Effect"], stay["Principal"]) == ("Deny", {"AWS": "*"})
    assert stay["Resource"].endswith(BELOW)
    assert {"s3:DeleteObject", "s3:DeleteObjectVersion"} <= set(stay["Action"])
    assert {"s3:BypassGovernanceRetention", "s3:PutObjectRetention"} <= set(stay["Action"])


def test_on_aws_nobody_writes_over_one() -> None:
    """Parts of an upload take no condition; what puts them together does."""
    [once] = of_bucket(graph("aws"), "RecordsOnce")
    assert (once["Effect"], once["Action"]) == ("Deny", "s3:PutObject")
    assert once["Resource"].endswith(BELOW)
    assert once["Condition"] == {
        "Null": {"s3:if-none-match": "true"},
        "Bool": {"s3:ObjectCreationOperation": "true"},
    }


def test_the_promoters_role_adds_and_deletes_nothing() -> None:
    statements = list(of_promoter(graph("aws")))
    actions = {action for each in statements for action in each["Action"]}
    assert {"s3:PutObject", "s3:GetObject", "kms:GenerateDataKey"} <= actions
    assert not {action for action in actions if "Delete" in action}


def test_an_attached_bucket_has_the_policy_of_its_owner() -> None:
    found = graph("aws", site=", object_store: {attach: {bucket: theirs}}")
    assert not of_bucket(found, "RecordsStay")
    actions = {action for each in of_promoter(found) for action in each["Action"]}
    assert "s3:PutObject" in actions
    assert "s3:DeleteObject" not in actions


def test_where_nothing_is_promoted_no_record_is_kept() -> None:
    assert not of_bucket(graph("aws", more="serve: {}"), "RecordsStay")


def test_on_google_the_promoter_creates_and_neither_replaces_nor_deletes() -> None:
    kind = "gcp:storage/managedFolderIamMember:ManagedFolderIamMember"
    grants = [each for each in graph("gcp").of_type(kind) if "churn-promoter" in each.name]
    assert {each.inputs["role"] for each in grants} == {
        "roles/storage.objectViewer",
        "roles/storage.objectCreator",
    }
    assert len({str(each.inputs["managedFolder"]) for each in grants}) == 1


@pytest.mark.parametrize("kind", ["kubernetes", "onprem"])
def test_in_a_cluster_production_alone_writes_records(kind: str) -> None:
    """SeaweedFS has one right for writing and deleting: docs/promotion.md says so."""
    plan = planned(f"sites: {{here: {SITES[kind]}}}\n{MODEL.format(more=GATED)}")
    allowed = rights("own", plan.blueprint.models)
    writes = {purpose for purpose, each in allowed.items() if f"Write:own/{BELOW[:-2]}*" in each}
    assert writes == {Purpose.PRODUCTION}
