"""All managed services at once: right for the SDK, fitting together, and without broad rights."""

from __future__ import annotations

import pytest
from tests.support import iam_rules
from tests.support.aws_services import paths, planned, served
from tests.support.consistency import RULES, Elsewhere
from tests.support.sdk_types import outputs_problems
from tests.support.snapshot import snapshots

from modelyard.recorder import check_inputs
from modelyard.review.terraform import terraform_plan
from modelyard.sites.aws.managed_services import OFFERS

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:pulumi_aws.*")

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
monitoring: {engine: amazon-managed-prometheus, grafana: true}
"""
GUARDED = "guardrails: [{name: chat, engine: bedrock, threshold: 0.7}]"
WHOLE = {
    "streams": f"""
ingestion:
  engine: msk
  topics: [{{name: clicks}}]
  validation: glue
  rules: [{{table: orders, rules: ['IsComplete "id"']}}]
  versioning: dvc
  repositories: [github.com/acme/churn]
llm: {{{GUARDED}, rag: {{store: s3-vectors, dimension: 768}}}}
{COMMON}""",
    "load": f"""
ingestion:
  engine: step-functions
  load: load-orders
  validation: glue
  rules: [{{table: orders, rules: ['IsComplete "id"']}}]
llm: {{{GUARDED}, rag: {{store: opensearch}}}}
{COMMON}""",
    "devices": """
models:
  - name: trays
    type: predictive
    source: s3://weights/trays/model.onnx
    artifact: {sha256: 3b1f0e6d2c5a49788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0}
    serve: {engine: greengrass, mode: edge}
""",
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
    "rule", [iam_rules.unread, iam_rules.wild, iam_rules.passed_roles], ids=lambda it: it.__name__
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
    long = "name: a-platform-of-24-letters"
    graph = served(f"{long}\n{WHOLE['load']}", False)
    limits = {
        "aws:opensearch/serverlessCollection:ServerlessCollection": 32,
        "aws:opensearch/serverlessAccessPolicy:ServerlessAccessPolicy": 32,
        "aws:bedrock/guardrail:Guardrail": 50,
        "aws:scheduler/schedule:Schedule": 64,
        "aws:iam/role:Role": 64,
        "aws:sfn/stateMachine:StateMachine": 80,
    }
    for kind, most in limits.items():
        names = [str(it.inputs["name"]) for it in graph.of_type(kind)]
        assert names
        assert all(3 <= len(name) <= most for name in names), names


def test_the_same_blueprint_is_refused_elsewhere() -> None:
    found = paths(f"sites: {{here: {{kind: kubernetes}}}}\n{WHOLE['streams']}")
    for key in (
        "ingestion.engine",
        "ingestion.validation",
        "ingestion.versioning",
        "llm.rag.store",
    ):
        assert key in found
