"""What `scan` says with the real Checkov: one list, each thing once."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from tests.checkov.careless import careless
from tests.checkov.conftest import CARELESS, in_clusters, on_clouds
from tests.support import shipped

from modelyard.policies.settings import settle
from modelyard.policies.verdict import judge
from modelyard.review.checkov import Scanned
from modelyard.review.finding import POLICIES, Finding
from modelyard.review.scan import Scan, merged

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:pulumi_aws.*")

BOTH = {
    "encryption-key-rotation": "CKV_AWS_7",
    "encryption-cluster-secrets": "CKV_AWS_58",
    "network-control-plane": "CKV_AWS_39",
    "storage-bucket-versions": "CKV_AWS_21",
    "storage-bucket-public": "CKV2_AWS_6",
    "access-wildcard-action": "CKV_AWS_62",
    "storage-bucket-ownership": "CKV_GCP_29",
    "database-backup": "CKV_GCP_14",
    "access-primitive-role": "CKV_GCP_117",
    "access-everybody": "CKV_GCP_28",
}
"""What the careless program does wrong, by the rule and by a check that is about the same."""


@pytest.fixture(scope="module")
def mistakes(plans: Mapping[str, Scanned]) -> Scan:
    graph, settings = careless(), settle()
    return merged(graph, judge(graph, settings), settings, [plans[CARELESS]])


@pytest.mark.parametrize("rule", BOTH)
def test_what_both_find_is_one_finding(mistakes: Scan, rule: str) -> None:
    named = [it for it in mistakes.items if it.subject == rule and BOTH[rule] in it.sources]
    (found,) = (it for it in named if it.name == "bad")
    assert POLICIES in found.sources
    assert found.blocks


@pytest.mark.parametrize("case", dict.fromkeys((*on_clouds(), *in_clusters())), ids=str)
def test_a_platform_has_no_finding_that_stops(
    plans: Mapping[str, Scanned], manifests: Mapping[str, Scanned], case: shipped.Case
) -> None:
    graph, settings = shipped.recorded(case, deployed=False), settle()
    said = [each[str(case)] for each in (plans, manifests) if str(case) in each]
    scan = merged(graph, judge(graph, settings), settings, said)
    assert [item for item in scan.items if item.blocks] == []
    assert [item for item in scan.open if not _ours(item)] == [], "Checkov's are mended or waived"
    assert [item.name for item in scan.items if item.urn is None] == [], "whose it is, is known"


def _ours(item: Finding) -> bool:
    return POLICIES in item.sources
