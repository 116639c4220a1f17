"""What holds of every engine in every mode that it is offered in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.support.kubernetes_schemas import crds_available, crds_reason, violations
from tests.support.pod_security import breaches, pod_specs
from tests.support.serving import Yard, served

from modelyard.blueprint.checks.serving import MODES
from modelyard.blueprint.serve import Mode
from modelyard.plan.capability import Capability
from modelyard.sites.kubernetes.offers import OFFERS

LLAMA, GGUF = (
    "hf://meta-llama/Llama-3.1-8B-Instruct",
    "hf://bartowski/Meta-Llama-3.1-8B-Instruct-GGUF",
)
BATCH = "mode: batch, input: 's3://yard/in.jsonl', output: 's3://yard/out.jsonl'"
MODELS = {
    ("vllm", "realtime"): f"type: llm, source: '{LLAMA}', serve: {{engine: vllm}}",
    ("vllm", "batch"): f"type: llm, source: '{LLAMA}', serve: {{engine: vllm, {BATCH}}}",
    ("tensorrt-llm", "realtime"): f"type: llm, source: '{LLAMA}', serve: {{engine: tensorrt-llm}}",
    ("ollama", "realtime"): f"type: llm, source: '{GGUF}', serve: {{engine: ollama}}",
    ("ollama", "edge"): f"type: llm, source: '{GGUF}', serve: {{engine: ollama, mode: edge}}",
    ("llama-cpp", "realtime"): f"type: llm, source: '{GGUF}', serve: {{engine: llama-cpp}}",
    ("llama-cpp", "edge"): f"type: llm, source: '{GGUF}', serve: {{engine: llama-cpp, mode: edge}}",
    ("onnx-runtime", "realtime"): "type: predictive, source: 's3://yard/churn.onnx', "
    "serve: {engine: onnx-runtime}",
    ("onnx-runtime", "edge"): "type: predictive, source: 's3://yard/churn.onnx', "
    "serve: {engine: onnx-runtime, mode: edge}",
    ("kserve", "realtime"): "type: predictive, source: 's3://yard/model.joblib', "
    "serve: {engine: kserve}",
    ("kserve/llm", "realtime"): f"type: llm, source: '{LLAMA}', serve: {{engine: kserve}}",
    ("mlflow", "realtime"): "type: predictive, source: 'models:/churn@champion'",
    ("mlflow", "batch"): f"type: predictive, source: 'models:/churn@champion', serve: {{{BATCH}}}",
    ("mlflow", "edge"): "type: predictive, source: 'models:/churn@champion', serve: {mode: edge}",
    ("fastapi", "realtime"): "type: predictive, source: 's3://yard/model', "
    "serve: {engine: fastapi, image: registry.example/churn:1}",
    ("fastapi", "batch"): "type: predictive, source: 's3://yard/model', "
    f"serve: {{engine: fastapi, image: 'registry.example/churn:1', {BATCH}}}",
    ("fastapi", "edge"): "type: predictive, source: 's3://yard/model', "
    "serve: {engine: fastapi, image: registry.example/churn:1, mode: edge}",
}
TAGS = ("domain", "owner", "team", "compliance-class", "retraining-cadence", "retraining-trigger")
WORKLOADS = {
    "Deployment",
    "DaemonSet",
    "Job",
    "CronJob",
    "InferenceService",
    "LLMInferenceService",
}

every = pytest.mark.parametrize("case", MODELS, ids="-".join)


def _yard(case: tuple[str, str]) -> Yard:
    return served(f"[{{name: churn, {MODELS[case]}}}]")


def _workload(yard: Yard) -> Mapping[str, Any]:
    (found,) = [m for m in yard.manifests if m["kind"] in WORKLOADS]
    return found


def test_every_offer_in_every_mode_is_among_the_cases() -> None:
    engines = OFFERS[Capability.SERVING]
    modes = {engine.value: allowed for engine, allowed in MODES.items()}
    offered = {
        (engine, str(mode)) for engine in engines for mode in modes[engine.partition("/")[0]]
    }
    assert offered == set(MODELS)


@every
@pytest.mark.skipif(not crds_available(), reason=crds_reason())
def test_objects_are_what_the_api_takes(case: tuple[str, str]) -> None:
    yard = _yard(case)
    assert yard.manifests
    wrong = {m["kind"]: violations(m) for m in yard.manifests if violations(m)}
    assert not wrong


@every
def test_pods_pass_the_restricted_standard(case: tuple[str, str]) -> None:
    pods = [pod for m in _yard(case).manifests for pod in pod_specs(m)]
    assert pods
    assert [breach for pod in pods for breach in breaches(pod)] == []


@every
def test_the_tags_are_on_what_serves_and_on_its_pods(case: tuple[str, str]) -> None:
    workload = _workload(_yard(case))
    spec = workload["spec"]
    pods = {
        "InferenceService": lambda: spec["predictor"]["labels"],
        "LLMInferenceService": lambda: spec["labels"],
        "CronJob": lambda: spec["jobTemplate"]["spec"]["template"]["metadata"]["labels"],
    }.get(workload["kind"], lambda: spec["template"]["metadata"]["labels"])()
    for labels in (workload["metadata"]["labels"], pods):
        assert {f"modelyard.dev/{tag}" for tag in TAGS} <= labels.keys()
        assert labels["app.kubernetes.io/instance"] == "churn"


@every
def test_each_has_an_account_and_a_policy_of_its_own(case: tuple[str, str]) -> None:
    yard = _yard(case)
    assert yard.one("ServiceAccount")["metadata"]["name"] == "churn"
    policy = yard.one("NetworkPolicy")["spec"]
    assert policy["podSelector"] == {"matchLabels": {"app.kubernetes.io/instance": "churn"}}
    serves = case[1] != Mode.BATCH
    assert ("Ingress" in policy["policyTypes"]) == serves
    assert "Egress" in policy["policyTypes"]


@every
def test_it_says_where_it_answers(case: tuple[str, str]) -> None:
    yard = _yard(case)
    endpoint = yard.component.endpoint
    if case[1] == Mode.BATCH:
        assert endpoint is None
        assert "Service" not in yard.kinds()
        return
    service = yard.one("Service")
    assert endpoint.host == f"{service['metadata']['name']}.yard-production.svc"
    assert endpoint.port in [port["port"] for port in service["spec"]["ports"]]
    # A policy sees the port of the pod, so that of the Service has to be the same.
    policy = yard.one("NetworkPolicy")["spec"]["ingress"]
    assert endpoint.port in [port["port"] for rule in policy for port in rule["ports"]]


@every
def test_secrets_are_only_referred_to(case: tuple[str, str]) -> None:
    yard = _yard(case)
    assert "Secret" not in yard.kinds()
    secret = {"AWS_ACCESS_KEY_ID", "MLFLOW_TRACKING_PASSWORD"}
    for pod in (pod for m in yard.manifests for pod in pod_specs(m)):
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            for variable in container.get("env", []):
                assert variable["name"] not in secret or "valueFrom" in variable
