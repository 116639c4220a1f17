"""The systems of the catalog: complete, spelled any way, and every refusal with a way out."""

from __future__ import annotations

import re
from enum import StrEnum

import pytest

from modelyard.blueprint import data_plane, facility, lifecycle, llm, serve
from modelyard.catalog.systems import Status, System, Verdict, find, spelling, systems

NAMED_IN_THE_FIELD = """
Airflow | Amazon Bedrock | Amazon ElastiCache | Amazon EKS | Amazon MSK | Amazon MWAA | AMP
Application Auto Scaling: AWS Application Auto Scaling | Argo Workflows | Argo CronWorkflow | Arize
Artifact Registry: artifact-registry | Audit Manager: audit-manager | AWS Signer | AWS WAF | AWS KMS
Azure ML | Bigtable | BigQuery | Binary Authorization | bitnamilegacy | Budgets: aws-budgets
cdk-eks-blueprints | cert-manager | Checkov | Cloud Composer | Cloud KMS: cloud-kms | Cloud Run
Cloud Scheduler: cloud-scheduler | CloudNativePG | CloudTrail | CloudWatch | ClickHouse | cosign
Databricks | Dataplex | DCGM | Detoxify | DLP | Docker | DVC | DynamoDB | Envoy AI Gateway
Evidently | External Secrets | Fairlearn | FastAPI | Feast | Fiddler | garak | Gateway API
GitHub Actions | GKE | Glue | Google Managed Prometheus | GPU Operator | Grafana
Great Expectations | Greengrass v2 | Helicone | HF Hub | Hopsworks | HyperPod | Inspector
InferencePool | ART | Karpenter | KEDA | KFP
KServe | kube-prometheus-stack | Kubeflow | Kubeflow Model Registry | KubeRay | Kubernetes | Kueue
Kyverno | Langfuse | LangSmith | LeaderWorkerSet | LiteLLM | llama.cpp | llm-d | Macie | Marquez
Managed Grafana: amazon-managed-grafana | Managed Kafka | Memorystore | MinIO | MLflow | mlinfra
mlstacks | Modal | Model Armor | ModelScan | nebari | Neptune | NVIDIA device plugin
NVIDIA DRA driver | OMS | Ollama | ONNX Runtime | OpenCost | OpenLineage | OpenSearch
OpenTelemetry | orgpolicy | Perspective API | pgvector | Phoenix | policy-controller | Postgres
Prefect | Presidio | Prometheus | Prompt flow | Qdrant | RAGAS | Redis | S3 | S3 Vectors | SageMaker
Scheduler: eventbridge-scheduler | SeaweedFS | ServicePerimeter | SHAP | Step Functions: sfn
Strimzi Kafka | Tecton | TensorRT-LLM | Cloud Armor: SecurityPolicy | Trainer | TruLens | Valkey
ValidatingAdmissionPolicy | Velero | Vertex AI | Vertex AI Feature Store (legacy) | vLLM | W&B
whylogs | WhyLabs | Workflows: workflows | ZenML | GCS | Kafka | Triton
"""

ENGINES: tuple[type[StrEnum], ...] = (
    data_plane.FeatureEngine,
    data_plane.IngestionEngine,
    data_plane.LineageEngine,
    data_plane.ValidationEngine,
    data_plane.VersioningEngine,
    facility.DatabaseEngine,
    lifecycle.MonitoringEngine,
    lifecycle.PipelineEngine,
    lifecycle.RegistryEngine,
    llm.EvaluationEngine,
    llm.GatewayEngine,
    llm.GuardrailEngine,
    llm.PromptEngine,
    serve.ServingEngine,
)

LEAVING = [system for system in systems().values() if system.verdict is not Verdict.ACCEPT]


def named() -> list[str]:
    """The names of the list above; after a colon stands the name to look up instead."""
    names = re.split(r"\||\n", NAMED_IN_THE_FIELD.strip())
    return [name.split(":")[-1].strip() for name in names]


@pytest.mark.parametrize("name", named())
def test_every_system_of_the_field_has_an_entry(name: str) -> None:
    assert find(name) is not None


@pytest.mark.parametrize("engines", ENGINES, ids=lambda engines: engines.__name__)
def test_every_engine_a_blueprint_can_name_has_an_entry(engines: type[StrEnum]) -> None:
    assert [str(engine) for engine in engines if str(engine) not in systems()] == []


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("neptune", Verdict.REFUSE),
        ("perspective-api", Verdict.REFUSE),
        ("prompt-flow", Verdict.REFUSE),
        ("whylabs", Verdict.REFUSE),
        ("helicone", Verdict.WARN),
        ("tecton", Verdict.WARN),
        ("mlflow", Verdict.ACCEPT),
        ("whylogs", Verdict.ACCEPT),
    ],
)
def test_verdict(name: str, verdict: Verdict) -> None:
    assert systems()[name].verdict is verdict


def test_dates_of_the_end() -> None:
    assert systems()["neptune"].since == "2026-03-05"
    assert systems()["perspective-api"].since == "2026-12-31"
    assert systems()["prompt-flow"].since == "2026-04-20"
    assert systems()["helicone"].since == "2026-03-03"


def test_malicious_releases_are_listed() -> None:
    assert systems()["litellm"].bad_versions == ("1.82.7", "1.82.8")


@pytest.mark.parametrize("system", LEAVING, ids=lambda system: system.id)
def test_a_refusal_or_warning_says_why_since_when_and_what_instead(system: System) -> None:
    assert system.alternative
    assert system.note
    assert system.since
    assert re.fullmatch(r"\d{4}(-\d\d){0,2}", system.since)
    assert system.status is not Status.ACTIVE


@pytest.mark.parametrize("system", LEAVING, ids=lambda system: system.id)
def test_an_alternative_is_accepted_and_does_some_of_the_same(system: System) -> None:
    for name in system.alternative:
        other = systems()[name]
        assert other.verdict is Verdict.ACCEPT
        assert set(other.does) & set(system.does), f"{name} does nothing that {system.id} does"


@pytest.mark.parametrize("system", systems().values(), ids=lambda system: system.id)
def test_an_entry_is_whole(system: System) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", system.id)
    assert system.name
    assert system.does
    assert system.source.startswith("https://")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", system.as_of)


def test_no_two_systems_share_a_spelling() -> None:
    owner: dict[str, str] = {}
    for system in systems().values():
        for name in {spelling(n) for n in (system.id, system.name, *system.aliases)}:
            assert owner.setdefault(name, system.id) == system.id


@pytest.mark.parametrize("name", ["Llama.cpp", "llama_cpp", "LLAMA CPP", "llama-cpp"])
def test_spelling_does_not_matter(name: str) -> None:
    found = find(name)
    assert found is not None
    assert found.id == "llama-cpp"


@pytest.mark.parametrize("name", ["", "  ", "-", "no such system", "mlfloww"])
def test_an_unknown_name_finds_nothing(name: str) -> None:
    assert find(name) is None
