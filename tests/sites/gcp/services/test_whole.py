"""All managed services at once: right for the SDK, fitting together, and without broad rights."""

from __future__ import annotations

import pytest
from tests.support import gcp_iam_rules
from tests.support.consistency import RULES, Elsewhere
from tests.support.gcp_services import paths, planned, served
from tests.support.sdk_types import outputs_problems
from tests.support.snapshot import snapshots

from modelyard.recorder import check_inputs
from modelyard.review.terraform import terraform_plan
from modelyard.sites.gcp.managed_services import OFFERS

COMMON = """
pipelines: {engine: argo}
access: {developers: [dev@example.com]}
data: {classification: restricted}
models:
  - name: app
    type: llm
    source: s3://weights/app/
    shape: {parameters: 8B, layers: 32, heads: 32, kv_heads: 8, head_dim: 128}
    serve: {engine: fastapi, image: "registry.example/app:1"}
  - name: churn
    type: predictive
    source: models:/churn@champion
    retrain: {every: 30d, image: "registry.example/train:1", command: [train]}
monitoring: {engine: google-managed-prometheus}
llm:
  guardrails: [{name: chat, engine: model-armor}]
  rag: {store: vertex, dimension: 768}
"""
CHECKED = "validation: dataplex, rules: [{table: orders, rules: [id IS NOT NULL]}]"
WHOLE = {
    "streams": f"""
ingestion:
  engine: managed-kafka
  topics: [{{name: clicks}}]
  versioning: dvc
  repositories: [github.com/acme/churn]
  lineage: dataplex
{COMMON}""",
    "load": f"ingestion: {{engine: workflows, load: load-orders, {CHECKED}}}\n{COMMON}",
    "airflow": f"ingestion: {{engine: airflow, requirements: [pandas]}}\n{COMMON}",
}
texts = pytest.mark.parametrize("text", WHOLE.values(), ids=WHOLE)


def test_every_offer_is_among_them() -> None:
    placed = {
        (p.capability, p.engine) for text in WHOLE.values() for p in planned(text).capabilities
    }
    offered = {(capability, engine) for capability, engines in OFFERS.items() for engine in engines}
    assert offered <= placed


@texts
def test_inputs_and_outputs_are_those_of_the_sdk(text: str) -> None:
    graph = served(text)
    assert [str(it) for it in check_inputs(graph)] == []
    assert outputs_problems(graph) == []


@texts
def test_a_preview_shows_what_will_be(text: str) -> None:
    assert [it.urn for it in served(text, False)] == [it.urn for it in served(text)]


@pytest.mark.parametrize(
    "rule",
    [gcp_iam_rules.primitive, gcp_iam_rules.authoritative, gcp_iam_rules.keys],
    ids=lambda it: it.__name__,
)
@texts
def test_nobody_may_do_too_much(text: str, rule: object) -> None:
    assert list(rule(served(text, False))) == []  # type: ignore[operator]


@texts
def test_objects_fit_together(text: str) -> None:
    nowhere = Elsewhere(frozenset(), frozenset(), frozenset())
    wrong = [
        f"{rule.__name__}: {problem}"
        for cluster in snapshots(served(text))
        for rule in RULES
        for problem in rule(cluster, nowhere)
    ]
    assert wrong == []


@texts
def test_each_type_has_a_name_in_terraform(text: str) -> None:
    """Raises where one has none."""
    assert terraform_plan(served(text, False))


def test_long_names_stay_legal() -> None:
    graph = served(f"name: a-platform-of-24-letters\n{WHOLE['load']}", False)
    limits = {
        "gcp:workflows/workflow:Workflow": ("name", 64),
        "gcp:dataplex/datascan:Datascan": ("dataScanId", 63),
        "gcp:modelarmor/template:Template": ("templateId", 63),
        "gcp:projects/iAMCustomRole:IAMCustomRole": ("roleId", 64),
        "gcp:serviceaccount/account:Account": ("accountId", 30),
        "gcp:vertex/aiIndex:AiIndex": ("displayName", 128),
    }
    for kind, (key, most) in limits.items():
        names = [str(it.inputs[key]) for it in graph.of_type(kind)]
        assert names
        assert all(3 <= len(name) <= most for name in names), names


def test_the_same_blueprint_is_refused_elsewhere() -> None:
    found = paths(f"sites: {{here: {{kind: kubernetes}}}}\n{WHOLE['load']}")
    for key in ("ingestion.engine", "ingestion.validation", "llm.rag.store", "monitoring.engine"):
        assert key in found
