"""Where everything stands, what follows from what, and what is said of what has no place."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from tests.plan.blueprints import PREDICTIVE, blueprint, blueprints, error, plan

from modelyard.blueprint.blueprint import Blueprint
from modelyard.plan.capability import Capability as C
from modelyard.plan.placement import Placement, place
from modelyard.plan.plan import make_plan
from modelyard.sites import offers

STANDING = {C.CLUSTER, C.NETWORK, C.IDENTITY, C.ACCESS, C.GOVERNANCE, C.AUDIT_LOG}


def engines(text: str) -> dict[C, str]:
    """Engines by capability, of a plan without errors on one site."""
    made = plan(text)
    assert not made.errors
    return {p.capability: p.engine for p in made.capabilities}


def test_what_every_cluster_has() -> None:
    assert set(engines("")) == STANDING


def test_a_model_of_the_registry_brings_all_that_the_registry_needs() -> None:
    found = engines(f"models: [{PREDICTIVE}]")
    assert found[C.SERVING] == "mlflow"
    assert found[C.REGISTRY] == "mlflow"
    assert found[C.DATABASE] == "postgres"
    assert found[C.OBJECT_STORE] == "seaweedfs"
    assert found[C.SECRETS] == "native"
    assert not {C.GPU_POOL, C.PIPELINES, C.MONITORING, C.CACHE} & set(found)


def test_the_reason_of_what_nobody_wrote_is_the_part_that_needs_it() -> None:
    made = plan(f"models: [{PREDICTIVE}]")
    because = {p.capability: p.because for p in made.capabilities}
    assert because[C.DATABASE] == "registry by mlflow needs it"
    assert because[C.REGISTRY] == "'churn' comes from a registry"


@pytest.mark.parametrize("data", ["{classification: restricted}", "{classification: confidential}"])
def test_sensitive_data_ask_for_standbys_and_certificates(data: str) -> None:
    found = engines(f"data: {data}\nregistry: {{}}")
    assert (found[C.DATABASE], found[C.KEYS]) == ("cloudnative-pg", "cert-manager")


def test_a_compliance_profile_makes_data_sensitive() -> None:
    found = engines("compliance: [soc2]\nregistry: {}")
    assert (found[C.DATABASE], found[C.KEYS]) == ("cloudnative-pg", "cert-manager")


@pytest.mark.parametrize("data", ["{classification: public}", "{classification: internal}"])
def test_other_data_do_with_the_least(data: str) -> None:
    found = engines(f"data: {data}\nregistry: {{}}")
    assert found[C.DATABASE] == "postgres"
    assert C.KEYS not in found


def test_what_a_site_says_comes_before_the_default() -> None:
    found = engines("""
        data: {classification: restricted}
        registry: {}
        sites: {local: {kind: onprem, keys: {engine: none}, database: {engine: postgres}}}
    """)
    assert found[C.DATABASE] == "postgres"
    assert C.KEYS not in found


ATTACHED = """
    registry: {}
    features: {engine: feast, online: redis}
    budget: {monthly_usd: 10}
    monitoring: {attach: {url: "http://prometheus:9090", namespace: monitoring}}
    sites:
      local:
        kind: onprem
        keys: {attach: {issuer: ca}}
        object_store: {attach: {endpoint: "https://s3.x", bucket: b, secret: "secret://s"}}
        database: {attach: {host: pg, secret: "secret://pg"}}
        cache: {attach: {host: redis, secret: "secret://redis"}}
        secrets: {attach: {store: vault}}
        ingress: {attach: {name: gateway, namespace: gateways}}
        image_registry: {attach: {url: mirror.x}}
        audit: {attach: {location: "s3://audit"}}
        gpus: {engine: attach, nodes: [{name: l4, accelerator: l4}]}
    models:
      - {name: m, type: llm, source: "hf://openai/gpt-oss-20b", serve: {context: 2048}}
"""


def test_what_is_attached_stands_by_attach() -> None:
    found = engines(ATTACHED)
    attached = {capability for capability, engine in found.items() if engine == "attach"}
    assert attached == {
        C.CLUSTER,
        C.KEYS,
        C.OBJECT_STORE,
        C.DATABASE,
        C.CACHE,
        C.INGRESS,
        C.IMAGE_REGISTRY,
        C.AUDIT_LOG,
        C.GPU_POOL,
        C.MONITORING,
    }
    assert found[C.SECRETS] == "external-secrets"


def test_retraining_brings_pipelines_and_registry() -> None:
    found = engines("""
        models:
          - name: m
            type: predictive
            source: s3://bucket/m
            serve: {engine: onnx-runtime}
            retrain: {every: 30d, image: "train:1", command: [train]}
    """)
    assert found[C.RETRAINING] == "argo"
    assert found[C.PIPELINES] == "argo"
    assert found[C.REGISTRY] == "mlflow"


@pytest.mark.parametrize(
    "model",
    [
        "{name: m, type: predictive, source: 's3://b/m', serve: {engine: fastapi, image: i, "
        "gpu: {accelerator: l40s}}}",
        "{name: m, type: predictive, source: 's3://b/m', serve: {engine: onnx-runtime}, "
        "retrain: {every: 30d, image: i, command: [c], gpus: 1}}",
        "{name: m, type: llm, source: 'hf://openai/gpt-oss-20b', serve: {engine: vllm}}",
    ],
)
def test_whatever_uses_gpus_brings_the_pool(model: str) -> None:
    site = "{kind: kubernetes, gpus: {nodes: [{name: l40s, accelerator: l40s, per_node: 4}]}}"
    assert C.GPU_POOL in engines(f"sites: {{local: {site}}}\nmodels: [{model}]")


def test_a_small_model_on_cpu_brings_no_pool() -> None:
    found = engines("""
        models:
          - name: m
            type: llm
            source: hf://Qwen/Qwen3-0.6B
            serve: {engine: llama-cpp, quantization: gguf-q4}
    """)
    assert C.GPU_POOL not in found


@pytest.mark.parametrize(
    ("model", "engine"),
    [
        ("{name: m, type: predictive, source: 'models:/m', serve: {replicas: {max: 3}}}", "hpa"),
        ("{name: m, type: llm, source: 'hf://openai/gpt-oss-20b', serve: {context: 1024, "
         "replicas: {max: 2}}}", "keda"),
    ],
)  # fmt: skip
def test_language_models_scale_on_their_queue(model: str, engine: str) -> None:
    site = "{kind: kubernetes, gpus: {nodes: [{name: l40s, accelerator: l40s, per_node: 4}]}}"
    found = engines(f"sites: {{local: {site}}}\nmodels: [{model}]")
    assert found[C.AUTOSCALING] == engine
    assert (C.MONITORING in found) == (engine == "keda")


def test_a_model_at_the_edge_stands_on_the_first_edge_site() -> None:
    made = plan("""
        sites: {hub: {kind: kubernetes}, plant: {kind: onprem, edge: true}}
        models:
          - name: m
            type: predictive
            source: s3://b/m
            serve: {engine: onnx-runtime, mode: edge}
    """)
    assert not made.errors
    [serving] = [p for p in made.capabilities if p.capability is C.SERVING]
    assert (serving.site, made.model("m").site) == ("plant", "plant")


# What nothing provides yet: the keys of a blueprint, the key that asked, and what it asked for.
KAFKA = "ingestion: {engine: kafka}"
NOT_OFFERED = [
    (KAFKA, "ingestion.engine", "ingestion by kafka"),
    ("ingestion: {lineage: openlineage}", "ingestion.lineage", "lineage by openlineage"),
    *((f"features: {{engine: {e}}}", "features.engine", f"features by {e}")
      for e in ("hopsworks", "tecton")),
    *((f"features: {{online: {s}}}", "features.online", f"features by feast/{s}")
      for s in ("dynamodb", "bigtable")),
    *((f"features: {{offline: {s}}}", "features.offline", f"features by feast/{s}")
      for s in ("files", "warehouse")),
    *((f"registry: {{engine: {e}}}", "registry.engine", f"registry by {e}")
      for e in ("vertex", "huggingface", "wandb", "databricks")),
    ("tracking: {engine: wandb}", "tracking.engine", "tracking by wandb"),
    *((f"pipelines: {{engine: {e}}}", "pipelines.engine", f"pipelines by {e}")
      for e in ("kubeflow", "prefect", "airflow", "zenml", "azureml",
                "databricks")),
    *((f"monitoring: {{engine: {e}}}", "monitoring.engine", f"monitoring by {e}")
      for e in ("cloudwatch", "arize", "fiddler")),
    *((f"llm: {{gateway: {e}}}", "llm.gateway", f"gateway by {e}")
      for e in ("litellm", "envoy-ai-gateway", "helicone")),
    ("llm: {cache: semantic}", "llm.cache", "llm-cache by semantic"),
    ("llm: {prompts: langfuse}", "llm.prompts", "prompts by langfuse"),
    ("llm: {evaluation: trulens}", "llm.evaluation", "evaluation by trulens"),
    ("llm: {secret: 'secret://openai'}", "llm.secret", "gateway by a gateway"),
    ("llm: {budgets: [{name: t, monthly_usd: 5}]}", "llm.budgets", "token-budgets by a gateway"),
    ("llm: {rag: {store: qdrant}}", "llm.rag.store", "rag by qdrant"),
    ("llm: {guardrails: [{name: g, engine: presidio}]}", "llm.guardrails.0.engine",
     "guardrails by presidio"),
]  # fmt: skip
NOT_OFFERED_OF_MODELS = [
    ("retrain: {on: [data], image: i, command: [c]}", "retrain.on.0",
     "retraining-trigger by data"),
    ("artifact: {signature: required}", "artifact", "artifact-check by init"),
    ("serve: {replicas: {min: 0, max: 2}}", "serve.replicas.min", "autoscaling by scale-to-zero"),
    *((f"serve: {{engine: {e}}}", "serve.engine", f"serving by {e}")
      for e in ("databricks", "modal")),
]  # fmt: skip


def dotted(path: tuple[str | int, ...]) -> str:
    return ".".join(str(part) for part in path)


@pytest.mark.parametrize(("text", "path", "what"), NOT_OFFERED)
@pytest.mark.parametrize("kind", ["kubernetes", "onprem"])
def test_what_is_not_offered_is_refused_where_it_is_asked(
    text: str, path: str, what: str, kind: str
) -> None:
    found = error(f"sites: {{local: {{kind: {kind}}}}}\n{text}")
    assert found.what == f"{what} is not offered on {kind} yet; offered nowhere yet"
    assert dotted(found.path) == path
    assert found.next


@pytest.mark.parametrize(("text", "path", "what"), NOT_OFFERED_OF_MODELS)
def test_so_it_is_with_what_a_model_asks(text: str, path: str, what: str) -> None:
    found = error(f"""
        models:
          - {PREDICTIVE}
          - {{name: m, type: predictive, source: 'models:/m', {text}}}
    """)
    assert found.what == f"{what} is not offered on kubernetes yet; offered nowhere yet"
    assert dotted(found.path) == f"models.1.{path}"
    assert found.next


def test_what_is_offered_elsewhere_is_said() -> None:
    """The offers of a platform in which only on-prem sites hold features."""
    some = {kind: dict(site) for kind, site in offers().items()}
    for kind in ("aws", "gcp", "kubernetes"):
        del some[kind][C.FEATURES]
    _, findings = place(blueprint("features: {}"), some)
    said = [f.what for f in findings]
    assert said[0] == "features by feast is not offered on kubernetes yet; offered on onprem"
    assert "on:" in findings[0].next


def test_routes_ask_for_a_gateway() -> None:
    found = error(f"""
        models: [{PREDICTIVE}]
        llm: {{routes: [{{name: r, models: [churn]}}]}}
    """)
    assert found.path == ("llm", "routes")


@pytest.mark.parametrize("kind", ["kubernetes", "onprem"])
def test_models_of_the_hub_need_a_store_where_they_are_copied(kind: str) -> None:
    airgap = "{registry: r.plant, charts: 'oci://r.plant/charts', models: 's3://models/hub'}"
    models = "[{name: chat, type: llm, source: 'hf://Qwen/Qwen3-0.6B', serve: {engine: llama-cpp}}]"
    found, _ = place(
        blueprint(f"sites: {{plant: {{kind: {kind}, airgap: {airgap}}}}}\nmodels: {models}"),
        offers(),
    )
    stand = {placement.capability: placement for placement in found}
    assert stand[C.AIRGAP].engine == "mirror"
    assert "s3://models/hub/Qwen/Qwen3-0.6B/main" in stand[C.OBJECT_STORE].because


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("registry: {engine: wandb}", ("mlflow",)),
        ("pipelines: {engine: zenml}", ("argo",)),
        ("features: {engine: hopsworks}", ("feast",)),
        ("features: {online: dynamodb}", ("postgres", "redis", "valkey")),
        ("features: {offline: warehouse}", ("postgres",)),
        (
            "models: [{name: m, type: llm, source: 'hf://openai/gpt-oss-20b', "
            "serve: {engine: modal}}]",
            ("fastapi", "kserve", "llama-cpp", "ollama", "tensorrt-llm", "vllm"),
        ),
    ],
)
def test_what_the_same_key_may_say_instead(text: str, allowed: tuple[str, ...]) -> None:
    found = error(text)
    assert tuple(sorted(found.allowed)) == allowed
    assert all(name in found.next for name in allowed)


def test_a_registry_of_another_site_is_out_of_reach() -> None:
    """A second registry would know nothing of the versions in the first."""
    found = error("""
        sites: {hub: {kind: kubernetes}, plant: {kind: onprem}}
        registry: {on: hub}
        models: [{name: m, type: predictive, source: 'models:/m', on: plant}]
    """)
    assert found.path == ("models", 0, "serve", "engine")
    assert "stands on 'hub'" in found.what
    assert "registry: {on: plant}" in found.next


def test_an_implied_registry_stands_with_the_first_that_reads_it() -> None:
    made = plan("""
        sites: {hub: {kind: kubernetes}, plant: {kind: onprem}}
        models: [{name: m, type: predictive, source: 'models:/m', on: plant}]
    """)
    assert not made.errors
    assert {p.site for p in made.capabilities if p.capability is C.REGISTRY} == {"plant"}


def test_a_model_cannot_read_one_of_another_site() -> None:
    found = error("""
        sites: {hub: {kind: kubernetes}, plant: {kind: onprem}}
        models:
          - {name: a, type: predictive, source: 's3://b/a', serve: {engine: onnx-runtime}}
          - name: b
            type: predictive
            source: s3://b/b
            on: plant
            serve: {engine: onnx-runtime}
            depends_on: [a]
    """)
    assert found.path == ("models", 1, "depends_on", 0)
    assert "'b' on 'plant' reads 'a' on 'hub'" in found.what


def test_everything_that_is_not_offered_is_named_at_once() -> None:
    made = plan(f"{KAFKA}\nregistry: {{engine: wandb}}\nllm: {{gateway: litellm}}")
    assert [f.path[0] for f in made.errors] == ["ingestion", "registry", "llm"]


def before(placements: tuple[Placement, ...], which: str) -> None:
    """Each stands after those of its site that it needs or uses."""
    for position, placement in enumerate(placements):
        for capability in getattr(placement, which):
            there = [
                index
                for index, other in enumerate(placements)
                if other.site == placement.site and other.capability is capability
            ]
            assert all(index < position for index in there)
            assert there or which == "uses", (placement, capability)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(blueprints())
def test_each_part_stands_after_what_it_needs_and_uses(blueprint: Blueprint) -> None:
    placements, findings = place(blueprint, offers())
    before(placements, "uses")
    if not findings:
        before(placements, "needs")


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(blueprints())
def test_the_same_blueprint_makes_the_same_plan(blueprint: Blueprint) -> None:
    again = Blueprint.model_validate(blueprint.model_dump(mode="json", by_alias=True))
    first, second = make_plan(blueprint, offers()), make_plan(again, offers())
    assert first.capabilities == second.capabilities
    assert first.models == second.models
    assert first.findings == second.findings
    assert first.cost == second.cost


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(blueprints())
def test_every_finding_says_where_what_and_what_to_do(blueprint: Blueprint) -> None:
    made = make_plan(blueprint, offers())
    assert [model.name for model in made.models] == [model.name for model in blueprint.models]
    for finding in made.findings:
        assert finding.path
        assert finding.what
        assert finding.next
        assert "None" not in finding.what + finding.next


MIXED = """
    data: {classification: restricted}
    budget: {monthly_usd: 1}
    monitoring: {}
    features: {}
    ingestion: {engine: kafka, lineage: openlineage}
    sites:
      a: {kind: kubernetes, gpus: {nodes: [{name: l4, accelerator: l4, usd_per_hour: 1}]}}
      b: {kind: onprem, ingress: {domain: x.y}, costs: {engine: opencost}}
    models:
      - {name: m, type: llm, source: "hf://openai/gpt-oss-20b", serve: {context: 1024}}
      - {name: n, type: predictive, source: "models:/n", monitor: {bias: true, every: 1h}}
"""
PROGRAM = """
import sys
from tests.plan.blueprints import plan
made = plan(sys.argv[1])
print(made.capabilities, made.sites, made.models, made.findings, made.cost)
"""


def test_the_plan_does_not_hang_on_the_order_of_sets() -> None:
    """Python orders sets of strings differently in each process."""
    said = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM, MIXED],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[2],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(said) == 1
