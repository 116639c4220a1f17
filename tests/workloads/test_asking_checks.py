"""Checks that ask models and look at documents: what they are told, and who lets them in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from tests.support.parts import manifest, objects, planned, recorded
from tests.support.pod_security import pod_specs
from tests.workloads.test_model_checks import SITES, held_by_the_job

from modelyard.contracts.context import Purpose
from modelyard.recorder import Graph
from modelyard.sites.kubernetes.bucket_rights import buckets, rights

GPUS = "gpus: {nodes: [{name: l40s, accelerator: l40s, per_node: 4, count: 4, usd_per_hour: 5}]}"
HERE = {
    kind: f"{site[:-1]}, {GPUS}}}" if kind in ("kubernetes", "onprem") else site
    for kind, site in SITES.items()
}
LLM = "type: llm, source: 'hf://meta-llama/Llama-3.1-8B-Instruct'"
MODELS = f"""
models:
  - name: chat
    type: llm
    source: hf://meta-llama/Llama-3.1-8B-Instruct
    monitor:
      evaluation:
        dataset: s3://acme-questions/chat/questions.jsonl
        judge: judge
        embeddings: vectors
        classifier: poison
        price: {{input: 0.2, output: 0.6}}
        limits: {{faithfulness: ">= 0.9"}}
      freshness: {{at: s3://acme-documents/manuals/, age: 12h}}
      robustness: {{probes: s3://acme-questions/chat/probes.jsonl}}
  - {{name: judge, {LLM}}}
  - {{name: vectors, type: embedding, source: 'hf://BAAI/bge-m3'}}
  - {{name: poison, type: predictive, source: 'hf://unitary/toxic-bert',
     serve: {{engine: fastapi, image: 'registry.example/tei:1', port: 8081}}}}
"""
CHECKS = ["evaluate", "freshness", "robustness"]
ASKED = {"chat": 8000, "judge": 8000, "vectors": 8000, "poison": 8081}


@cache
def graph(kind: str = "kubernetes") -> Graph:
    return recorded(planned(f"sites: {{here: {HERE[kind]}}}\n{MODELS}"))


def one(what: str, name: str, kind: str = "kubernetes") -> Mapping[str, Any]:
    made = [manifest(r) for r in graph(kind) if r.type.startswith("kubernetes:")]
    (found,) = (
        o for o in made if (o.get("kind"), o.get("metadata", {}).get("name")) == (what, name)
    )
    return found


def told(check: str, kind: str = "kubernetes") -> Mapping[str, Any]:
    return json.loads(one("ConfigMap", f"chat-{check}", kind)["data"]["job.json"])


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("kind", SITES)
def test_the_job_understands_what_it_is_told(check: str, kind: str) -> None:
    config = held_by_the_job(one("ConfigMap", f"chat-{check}", kind)["data"]["job.json"])
    assert (config.job, config.model.name, config.output.tags) == (check, "chat", False)


@pytest.mark.parametrize(("kind", "scheme"), [("kubernetes", "s3"), ("aws", "s3"), ("gcp", "gs")])
def test_models_are_asked_by_their_services_and_files_by_the_store(kind: str, scheme: str) -> None:
    settings = told("evaluate", kind)["settings"]
    host = "yard-production.svc"
    assert settings["target"] == {"url": f"http://chat.{host}:8000/v1", "model": "chat"}
    assert settings["judge"] == {"url": f"http://judge.{host}:8000/v1", "model": "judge"}
    assert settings["embeddings"]["url"] == f"http://vectors.{host}:8000/v1"
    assert settings["classifier"] == {"url": f"http://poison.{host}:8081/predict"}
    assert settings["dataset"] == f"{scheme}://acme-questions/chat/questions.jsonl"
    fresh = told("freshness", kind)["settings"]
    assert fresh == {"age": 43200, "objects": f"{scheme}://acme-documents/manuals/"}
    assert told("robustness", kind)["settings"]["target"] == settings["target"]


@pytest.mark.parametrize("kind", SITES)
def test_they_reach_whom_they_ask_and_are_let_in_there(kind: str) -> None:
    policy = one("NetworkPolicy", "chat-checks", kind)["spec"]
    out = {
        (to["podSelector"]["matchLabels"]["app.kubernetes.io/instance"], port["port"])
        for rule in policy["egress"]
        for to in rule.get("to", [])
        if "yard-production" in json.dumps(to)
        for port in rule["ports"]
    }
    assert out == set(ASKED.items())
    for name, port in ASKED.items():
        assert _from_checks(name, kind) == [port]
    # No registry: what comes from a hub has no versions there.
    assert 5000 not in {port["port"] for rule in policy["egress"] for port in rule["ports"]}


def _from_checks(name: str, kind: str) -> list[int]:
    """Ports at which a model lets in the checks of `chat`, and no other pod of training."""
    rules = one("NetworkPolicy", name, kind)["spec"]["ingress"]
    peers = {
        port["port"]: peer
        for rule in rules
        for peer in rule["from"]
        if "yard-training" in json.dumps(peer)
        for port in rule["ports"]
    }
    labels = {"app.kubernetes.io/instance": "chat-checks"}
    assert all(peer["podSelector"]["matchLabels"] == labels for peer in peers.values())
    return list(peers)


def test_nobody_asks_with_a_key_or_a_registry() -> None:
    [spec] = pod_specs(one("CronJob", "chat-evaluate"))
    [container] = spec["containers"]
    names = {each["name"] for each in container.get("env", [])}
    assert not {name for name in names if name.startswith(("OPENAI", "MLFLOW_TRACKING"))}
    assert not [r for r in graph() if "mlflow" in r.name]


def test_a_model_that_nobody_asks_lets_nobody_in() -> None:
    plain = "sites: {here: {kind: kubernetes, " + GPUS + "}}\n"
    plain += f"monitoring: {{}}\nmodels: [{{name: judge, {LLM}}}]"
    made = [manifest(r) for r in recorded(planned(plain)) if r.type.endswith(":NetworkPolicy")]
    [policy] = [each for each in made if each["metadata"]["name"] == "judge"]
    assert "yard-training" not in json.dumps(policy)


def test_training_writes_questions_and_documents_and_everybody_reads_them() -> None:
    models = planned(f"sites: {{here: {HERE['kubernetes']}}}\n{MODELS}").blueprint.models
    assert {"acme-questions", "acme-documents"} <= set(buckets("own", models))
    allowed = rights("own", models)
    assert "Write:acme-questions/chat/*" in allowed[Purpose.TRAINING]
    assert "Write:acme-documents/manuals/*" in allowed[Purpose.TRAINING]
    assert not [each for each in allowed[Purpose.PRODUCTION] if each.startswith("Write:acme")]


def test_on_aws_the_checks_may_read_what_they_are_told_of() -> None:
    policies = [
        r.inputs["policy"]
        for r in graph("aws").of_type("aws:iam/rolePolicy:RolePolicy")
        if "chat-checks" in r.name
    ]
    given = json.dumps(policies)
    for part in ("acme-questions/chat/questions.jsonl", "acme-documents/manuals/"):
        assert part in given


PREDICTIVE = """
models:
  - name: churn
    type: predictive
    source: models:/churn@champion
    monitor:
      pii: {entities: [EMAIL_ADDRESS, PERSON], allowed: [note]}
      robustness: {drop: 5%}
      parity: {batch: s3://acme-batch/churn/, key: id}
      data:
        reference: s3://acme-rows/churn/reference.parquet
        current: s3://acme-rows/churn/current/
        task: classification
        target: churned
        prediction: answer
        features: [age, plan]
"""


def test_rows_are_looked_through_attacked_and_held_against_a_batch_run() -> None:
    made = objects(
        recorded(planned(f"sites: {{here: {SITES['aws']}}}\n{PREDICTIVE}")), "ModelChecks"
    )
    configs = {
        config.job: config
        for o in made
        if o["kind"] == "ConfigMap"
        for config in [held_by_the_job(o["data"]["job.json"])]
    }
    assert set(configs) == {"drift", "performance", "pii", "robustness", "parity"}
    assert configs["pii"].settings["entities"] == ["EMAIL_ADDRESS", "PERSON"]
    assert configs["robustness"].settings == {"drop": 0.05, "epsilon": 0.1}
    assert configs["robustness"].data.features == ("age", "plan")
    # The other checks go on comparing with what the model was trained on.
    assert configs["parity"].data.reference == "s3://acme-batch/churn/"
    assert configs["drift"].data.reference == "s3://acme-rows/churn/reference.parquet"
