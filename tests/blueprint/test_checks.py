"""What must hold between the parts of a blueprint: for each rule what it says, and where."""

from __future__ import annotations

import textwrap

import pytest

from modelyard.blueprint.blueprint import Blueprint
from modelyard.blueprint.checks import Finding, check, governance, references, serving
from modelyard.blueprint.data_plane import (
    FeatureEngine,
    IngestionEngine,
    LineageEngine,
    ValidationEngine,
    VersioningEngine,
)
from modelyard.blueprint.lifecycle import MonitoringEngine, PipelineEngine, RegistryEngine
from modelyard.blueprint.llm import (
    EvaluationEngine,
    GatewayEngine,
    GuardrailEngine,
    PromptEngine,
    VectorStore,
)
from modelyard.blueprint.loading.document import parse
from modelyard.blueprint.model import ModelType
from modelyard.blueprint.serve import Mode, Quantization, ServingEngine
from modelyard.catalog.systems import Verdict, systems
from modelyard.plan.plan import make_plan
from modelyard.sites import offers

HEAD = {
    "modelyard": 1,
    "name": "yard",
    "team": {"owner": "ml@example.com", "domain": "demo"},
    "sites": {"local": {"kind": "kubernetes"}},
}
MODEL = "name: m, type: predictive, source: 'models:/m@champion'"
LLM = "name: m, type: llm, source: 'hf://org/model-7b'"
E, M, Q = ServingEngine, ModelType, Quantization


def blueprint(text: str) -> Blueprint:
    content = parse(textwrap.dedent(text)).data if text else {}
    return Blueprint.model_validate({**HEAD, **content})


def findings(text: str) -> list[Finding]:
    found = check(blueprint(text))
    assert all(finding.what and finding.next for finding in found)
    return found


def only(text: str) -> Finding:
    [found] = findings(text)
    return found


def dotted(finding: Finding) -> str:
    return ".".join(str(part) for part in finding.path)


def test_the_least_blueprint_holds() -> None:
    assert findings(f"models: [{{{MODEL}}}]") == []


def test_every_rule_is_run() -> None:
    """A rule that is written and not listed would never speak."""
    for module in (references, serving, governance):
        rules = {
            name
            for name, value in vars(module).items()
            if getattr(value, "__module__", None) == module.__name__
            and getattr(value, "__annotations__", {})
            == {"blueprint": "Blueprint", "return": "Findings"}
        }
        assert rules == {rule.__name__ for rule in module.RULES}


# References


@pytest.mark.parametrize(
    "section",
    ["ingestion", "features", "registry", "tracking", "pipelines", "monitoring", "llm"],
)
def test_a_section_stands_on_a_site_that_is_there(section: str) -> None:
    found = only(f"{section}: {{on: nowhere}}")
    assert found.path == (section, "on")
    assert found.allowed == ("local",)
    assert "'nowhere'" in found.what


def test_so_does_a_model() -> None:
    found = only(f"models: [{{{MODEL}, on: loca}}]")
    assert (found.path, found.allowed) == (("models", 0, "on"), ("local",))


SITES = "sites: {a: {kind: kubernetes}, b: {kind: onprem}}"


@pytest.mark.parametrize(
    ("link", "key"),
    [
        ("{from: x, to: b, via: vpn, carries: [metrics]}", "from"),
        ("{from: a, to: x, via: vpn, carries: [metrics]}", "to"),
    ],
)
def test_a_link_joins_sites_that_are_there(link: str, key: str) -> None:
    found = only(f"{SITES}\nlinks: [{link}]")
    assert (found.path, found.allowed) == (("links", 0, key), ("a", "b"))


def test_a_link_joins_two() -> None:
    link = "{from: a, to: b, via: vpn, carries: [metrics]}"
    found = only(f"{SITES}\nlinks: [{link}, {{from: a, to: a, via: vpn}}]")
    assert found.path == ("links", 1, "to")


def depending(**edges: list[str]) -> str:
    models = [
        f"{{name: {name}, type: predictive, source: 'models:/{name}', depends_on: {needs}}}"
        for name, needs in edges.items()
    ]
    return f"models: [{', '.join(models)}]"


def test_a_dependency_is_a_model_that_is_there() -> None:
    found = only(depending(a=["b"], b=["a2"]))
    assert found.path == ("models", 1, "depends_on", 0)
    assert found.allowed == ("a", "b")


def test_dependencies_may_be_shared() -> None:
    assert findings(depending(a=["b", "c"], b=["d"], c=["d"], d=[])) == []


@pytest.mark.parametrize(
    ("edges", "circle"),
    [
        ({"a": ["a"]}, {"a -> a"}),
        ({"a": ["b"], "b": ["a"]}, {"a -> b -> a", "b -> a -> b"}),
        (
            {"x": ["a"], "a": ["b"], "b": ["c"], "c": ["a"]},
            {"a -> b -> c -> a", "b -> c -> a -> b", "c -> a -> b -> c"},
        ),
    ],
)
def test_a_circle_is_named_from_one_of_its_models(
    edges: dict[str, list[str]], circle: set[str]
) -> None:
    found = only(depending(**edges))
    named = found.what.removeprefix("models depend on each other in a circle: ")
    assert named in circle
    begins = list(edges).index(named.split(" -> ")[0])
    assert found.path == ("models", begins, "depends_on")


def test_every_circle_is_named() -> None:
    found = findings(depending(a=["b"], b=["a"], c=["d"], d=["c"], e=["a"]))
    assert len(found) == 2
    assert {finding.path[1] for finding in found} & {0, 1}
    assert {finding.path[1] for finding in found} & {2, 3}


EDGE = "name: m, type: predictive, source: 'models:/m', serve: {mode: edge}"


@pytest.mark.parametrize(
    ("sites", "on", "fits"),
    [
        ("{a: {kind: kubernetes}}", "", False),
        ("{a: {kind: kubernetes, edge: true}}", "", True),
        ("{a: {kind: kubernetes}, b: {kind: onprem, edge: true}}", "", True),
        ("{a: {kind: kubernetes}, b: {kind: onprem, edge: true}}", ", on: b", True),
        ("{a: {kind: kubernetes}, b: {kind: onprem, edge: true}}", ", on: a", False),
    ],
)
def test_an_edge_model_has_an_edge_site(sites: str, on: str, fits: bool) -> None:
    found = findings(f"sites: {sites}\nmodels: [{{{EDGE}{on}}}]")
    assert [finding.path for finding in found] == ([] if fits else [("models", 0, "serve", "mode")])


@pytest.mark.parametrize(
    ("llm", "path"),
    [
        ("{routes: [{name: r, models: [m, x]}]}", "llm.routes.0.models.1"),
        ("{routes: [{name: r, models: [m], fallback: [x]}]}", "llm.routes.0.fallback.0"),
        ("{rag: {store: qdrant, embedding: x}}", "llm.rag.embedding"),
    ],
)
def test_routes_and_retrieval_name_models_that_are_there(llm: str, path: str) -> None:
    found = only(f"models: [{{{MODEL}}}]\nllm: {llm}")
    assert (dotted(found), found.allowed) == (path, ("m",))


def test_accelerators_are_known() -> None:
    found = findings("""
        sites: {local: {kind: kubernetes, gpus: {nodes: [{name: n, accelerator: h1000}]}}}
        models:
          - {name: a, type: llm, source: hf://org/m, serve: {gpu: {accelerator: rtx}}}
          - {name: b, type: llm, source: hf://org/m, serve: {gpu: {accelerator: h100-80}}}
    """)
    assert [dotted(finding) for finding in found] == [
        "sites.local.gpus.nodes.0.accelerator",
        "models.0.serve.gpu.accelerator",
    ]
    assert all("h100" in finding.allowed for finding in found)


@pytest.mark.parametrize(
    ("accelerator", "mig", "allowed"),
    [
        ("h100", "3g.41gb", "3g.40gb"),
        ("a30", "3g.20gb", "2g.12gb"),
        ("l40s", "1g.10gb", None),
    ],
)
def test_gpus_are_cut_into_slices_that_they_have(
    accelerator: str, mig: str, allowed: str | None
) -> None:
    nodes = f"[{{name: n, accelerator: {accelerator}}}]"
    found = only(
        f"sites: {{x: {{kind: onprem, gpus: {{sharing: {{mig: {mig}}}, nodes: {nodes}}}}}}}"
    )
    assert found.path == ("sites", "x", "gpus", "sharing", "mig")
    assert (allowed in found.allowed) if allowed else (found.allowed == ())
    assert accelerator in found.what


@pytest.mark.parametrize("sharing", ["{mig: 3g.40gb}", "{mig: 1g.10gb+me}", "{time_slicing: 4}"])
def test_those_that_they_have_are_fine(sharing: str) -> None:
    nodes = "[{name: n, accelerator: h100}]"
    assert not findings(
        f"sites: {{x: {{kind: onprem, gpus: {{sharing: {sharing}, nodes: {nodes}}}}}}}"
    )


@pytest.mark.parametrize(
    ("online", "cache", "fits"),
    [
        ("valkey", "", True),
        ("postgres", "", True),
        ("redis", "", True),
        ("redis", ", cache: {engine: redis}", True),
        ("redis", ", cache: {engine: valkey}", False),
        ("valkey", ", cache: {engine: redis}", False),
        ("redis", ", cache: {attach: {host: h, secret: 'secret://s'}}", True),
    ],
)
def test_online_features_are_kept_in_the_cache_that_there_is(
    online: str, cache: str, fits: bool
) -> None:
    found = findings(f"sites: {{x: {{kind: kubernetes{cache}}}}}\nfeatures: {{online: {online}}}")
    assert [finding.path for finding in found] == ([] if fits else [("features", "online")])


def test_features_are_cloned_from_where_no_key_is_needed() -> None:
    site = "sites: {x: {kind: kubernetes}}"
    [found] = findings(f"{site}\nfeatures: {{repo: 'git@git.example:ml/features.git'}}")
    assert found.path == ("features", "repo")
    assert not findings(f"{site}\nfeatures: {{repo: 'https://git.example/ml/features.git'}}")


@pytest.mark.parametrize(("every", "fine"), [("59m", False), ("1h", True)])
def test_retraining_leaves_time_for_a_run(every: str, fine: bool) -> None:
    retrain = f"{{every: {every}, image: i, command: [c]}}"
    found = findings(
        f"models: [{{name: m, type: predictive, source: 'models:/m', retrain: {retrain}}}]"
    )
    assert [finding.path for finding in found] == (
        [] if fine else [("models", 0, "retrain", "every")]
    )


# Serving


def served(type: str, source: str, serve: str, **model: str) -> str:
    more = "".join(f", {key}: {value}" for key, value in model.items())
    return f"models: [{{name: m, type: {type}, source: '{source}', serve: {{{serve}}}{more}}}]"


def below_model(text: str) -> set[str]:
    """Paths of the findings, below the model."""
    return {dotted(finding).removeprefix("models.0.") for finding in findings(text)}


OWN = "image: 'own:1'"
IN_ECR = "image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/own:1'"
BATCH = "input: 's3://b/i.jsonl', output: 's3://b/o.jsonl'"
EVERYWHERE = {
    E.VLLM: "hf://org/m",
    E.TENSORRT_LLM: "hf://org/m",
    E.OLLAMA: "hf://org/m",
    E.LLAMA_CPP: "hf://org/m",
    E.ONNX: "s3://b/m",
    E.MLFLOW: "models:/m",
    E.GREENGRASS: "s3://b/m",
    E.SAGEMAKER: "s3://b/m",
}
"""A source that an engine can load; `hf://` for those that load anything."""


NEEDED = {
    E.FASTAPI: OWN,
    E.GREENGRASS: OWN,
    E.SAGEMAKER: IN_ECR,
    E.VERTEX: "eula: accepted",
    E.CLOUD_RUN: "image: 'europe-west4-docker.pkg.dev/acme/models/m:1'",
}
"""What an engine does not do without."""


def with_engine(engine: E, serve: str = "", type: M | None = None) -> str:
    """A model that the engine serves, but for what `serve` and `type` say."""
    source = EVERYWHERE.get(engine, "hf://org/m")
    kind = type or serving.TYPES[engine][-1]
    kept = NEEDED.get(engine, "")
    edge = "mode: edge" if engine in serving.ON_DEVICES and "mode:" not in serve else ""
    parts = [f"engine: {engine}", kept, edge, serve]
    site = "sites: {local: {kind: kubernetes, edge: true}}"
    return f"{site}\n" + served(kind, source, ", ".join(part for part in parts if part))


@pytest.mark.parametrize("type", M)
@pytest.mark.parametrize("engine", E)
def test_an_engine_serves_its_kinds_of_model(engine: E, type: M) -> None:
    said = below_model(with_engine(engine, type=type))
    assert said == (set() if type in serving.TYPES[engine] else {"serve.engine"})


def test_the_kinds_of_model_that_engines_serve() -> None:
    """The same table, written out: a slip in the one would be a slip in both of them."""
    by_type = {
        type: {str(engine) for engine, types in serving.TYPES.items() if type in types}
        for type in M
    }
    hosted = {"greengrass", "sagemaker", "cloud-run", "databricks", "modal"}
    anything = {"kserve", "fastapi", *hosted}
    assert by_type == {
        M.PREDICTIVE: {"onnx-runtime", "mlflow", *anything},
        M.EMBEDDING: {"vllm", "ollama", "llama-cpp", "onnx-runtime", "mlflow", "vertex", *anything},
        M.LLM: {"vllm", "tensorrt-llm", "ollama", "llama-cpp", "vertex", *anything},
    }


@pytest.mark.parametrize(
    ("engine", "modes"),
    [
        (E.VLLM, {"realtime", "batch"}),
        (E.TENSORRT_LLM, {"realtime"}),
        (E.OLLAMA, {"realtime", "edge"}),
        (E.LLAMA_CPP, {"realtime", "edge"}),
        (E.ONNX, {"realtime", "edge"}),
        (E.KSERVE, {"realtime"}),
        (E.MLFLOW, {"realtime", "batch", "edge"}),
        (E.FASTAPI, {"realtime", "batch", "edge"}),
        (E.GREENGRASS, {"edge"}),
        (E.SAGEMAKER, {"realtime", "batch", "async", "serverless"}),
        (E.VERTEX, {"realtime"}),
        (E.CLOUD_RUN, {"realtime", "batch"}),
    ],
)
def test_an_engine_runs_in_its_modes(engine: E, modes: set[str]) -> None:
    for mode in Mode:
        files = BATCH.replace("jsonl", "csv" if engine is E.MLFLOW else "jsonl")
        files += ", schedule: '0 1 * * *'" if engine in (E.SAGEMAKER, E.CLOUD_RUN) else ""
        more = {"batch": files, "serverless": "replicas: {max: 5}"}.get(mode, "")
        kind = M.PREDICTIVE if mode == "serverless" and engine is E.SAGEMAKER else None
        said = below_model(with_engine(engine, f"mode: {mode}, {more}", kind))
        assert said == (set() if mode in modes else {"serve.mode"}), mode


@pytest.mark.parametrize("precision", Q)
@pytest.mark.parametrize("engine", E)
def test_an_engine_loads_its_precisions(engine: E, precision: Q) -> None:
    if M.LLM not in serving.TYPES[engine]:
        return
    gguf = precision.startswith("gguf")
    loads = {
        E.VLLM: not gguf,
        E.KSERVE: not gguf,
        E.SAGEMAKER: not gguf,
        E.VERTEX: not gguf,
        E.TENSORRT_LLM: precision in (Q.NONE, Q.FP8, Q.AWQ_INT4),
        E.OLLAMA: gguf or precision is Q.NONE,
        E.LLAMA_CPP: gguf or precision is Q.NONE,
    }.get(engine, precision is Q.NONE)
    said = below_model(with_engine(engine, f"quantization: {precision}", M.LLM))
    assert said == (set() if loads else {"serve.quantization"})


SCHEMES = ("models:/m", "hf://org/m", "s3://b/m", "gs://b/m", "oci://r/m")


@pytest.mark.parametrize(
    ("engine", "schemes"),
    [
        (E.MLFLOW, {"models:/m"}),
        (E.VLLM, {"hf://org/m", "s3://b/m"}),
        (E.TENSORRT_LLM, {"hf://org/m"}),
        (E.OLLAMA, {"hf://org/m"}),
        (E.LLAMA_CPP, {"hf://org/m"}),
        (E.ONNX, {"s3://b/m"}),
        (E.KSERVE, {"hf://org/m", "s3://b/m", "gs://b/m", "oci://r/m"}),
        (E.FASTAPI, set(SCHEMES)),
        (E.GREENGRASS, {"s3://b/m"}),
        (E.MODAL, set(SCHEMES)),
    ],
)
def test_an_engine_loads_from_its_sources(engine: E, schemes: set[str]) -> None:
    for source in SCHEMES:
        text = with_engine(engine).replace(EVERYWHERE.get(engine, "hf://org/m"), source)
        assert below_model(text) == (set() if source in schemes else {"source"}), source


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        (with_engine(E.TENSORRT_LLM, type=M.PREDICTIVE), "serve.engine", "mlflow"),
        (with_engine(E.VLLM, "quantization: gguf-q4"), "serve.quantization", "awq-int4"),
        (with_engine(E.VLLM, "mode: edge"), "serve.mode", "batch"),
        (served("llm", "gs://b/m", "engine: vllm"), "source", "hf://"),
    ],
)
def test_what_does_not_fit_names_what_does(text: str, path: str, allowed: str) -> None:
    found = only(text)
    assert dotted(found) == f"models.0.{path}"
    assert allowed in found.allowed
    assert allowed in found.next


def test_without_an_engine_the_type_decides() -> None:
    assert below_model(served("predictive", "s3://b/m", "")) == {"source"}
    assert below_model(served("llm", "gs://b/m", "")) == {"source"}
    assert below_model(served("embedding", "hf://org/m", "")) == set()


EDGE_SITE = "sites: {local: {kind: kubernetes, edge: true, ingress: {domain: x.y}}}\n"


@pytest.mark.parametrize(
    ("key", "value", "modes"),
    [
        ("replicas", "{min: 2}", {"realtime"}),
        ("target", "{rps: 5}", {"realtime"}),
        ("expose", "gateway", {"realtime"}),
        ("schedule", "'0 1 * * *'", {"batch"}),
        ("input", "'s3://b/i.csv'", {"batch"}),
        ("output", "'s3://b/o.csv'", {"batch"}),
        ("nodes", "{a: b}", {"edge"}),
    ],
)
@pytest.mark.parametrize("mode", serving.MODES[E.MLFLOW])
def test_a_key_that_means_nothing_in_a_mode_is_refused(
    key: str, value: str, modes: set[str], mode: Mode
) -> None:
    files = {"input": "'s3://b/i.csv'", "output": "'s3://b/o.csv'"} if mode is Mode.BATCH else {}
    keys = {"mode": str(mode), **files, key: value}
    serve = ", ".join(f"{name}: {said}" for name, said in keys.items())
    said = below_model(EDGE_SITE + served("predictive", "models:/m", serve))
    assert said == (set() if mode in modes else {f"serve.{key}"})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("quantization", "fp8"),
        ("kv_cache", "fp8"),
        ("context", "1024"),
        ("concurrency", "2"),
        ("cache", "10Gi"),
        ("speculative", "{model: 'hf://org/tiny'}"),
    ],
)
def test_a_key_of_language_models_is_refused_elsewhere(key: str, value: str) -> None:
    said = below_model(served("predictive", "models:/m", f"{key}: {value}"))
    assert f"serve.{key}" in said
    assert "serve.context" not in below_model(served("llm", "hf://org/m", "context: 1024"))


@pytest.mark.parametrize("key", ["port: 9000", "health: /up"])
def test_port_and_health_belong_to_an_image(key: str) -> None:
    name = key.partition(":")[0]
    assert below_model(served("predictive", "models:/m", key)) == {f"serve.{name}"}
    assert below_model(served("predictive", "models:/m", f"{key}, {OWN}")) == set()


def test_only_vllm_drafts() -> None:
    draft = "speculative: {model: 'hf://org/tiny'}"
    assert below_model(served("llm", "hf://org/m", f"engine: vllm, {draft}")) == set()
    found = only(served("llm", "hf://org/m", f"engine: ollama, {draft}"))
    assert (dotted(found), found.allowed) == ("models.0.serve.speculative", ("vllm",))


def test_fastapi_needs_an_image() -> None:
    found = only(served("predictive", "s3://b/m", "engine: fastapi"))
    assert dotted(found) == "models.0.serve"
    assert "image:" in found.next


@pytest.mark.parametrize("files", ["", "input: 's3://b/i.csv'", "output: 's3://b/o.csv'"])
def test_a_batch_run_needs_input_and_output(files: str) -> None:
    found = only(served("predictive", "models:/m", f"mode: batch, {files}"))
    assert dotted(found) == "models.0.serve"
    assert "input:" in found.next


@pytest.mark.parametrize(("key", "value"), [("token", "'secret://t'"), ("revision", "main")])
def test_token_and_revision_belong_to_the_hub(key: str, value: str) -> None:
    assert below_model(served("predictive", "models:/m", "", **{key: value})) == {key}
    assert below_model(served("llm", "hf://org/m", "", **{key: value})) == set()


def test_a_shape_is_for_language_models() -> None:
    shape = "{parameters: 1B, layers: 1, heads: 1, kv_heads: 1, head_dim: 64}"
    assert below_model(served("predictive", "models:/m", "", shape=shape)) == {"shape"}
    assert below_model(served("embedding", "hf://org/m", "", shape=shape)) == set()


def test_what_is_exposed_needs_a_way_in() -> None:
    exposed = served("predictive", "models:/m", "expose: gateway")
    found = only(exposed)
    assert dotted(found) == "models.0.serve.expose"
    assert "ingress:" in found.next
    assert findings(f"{EDGE_SITE}{exposed}") == []


# Governance


@pytest.mark.parametrize("preset", ["healthcare", "finance"])
def test_in_a_regulated_industry_a_person_approves(preset: str) -> None:
    people = "access: {approvers: ['group:risk']}"
    found = only(f"preset: {preset}\n{people}\nmodels: [{{{MODEL}}}]")
    assert dotted(found) == "models.0.promote.approval"
    assert found.allowed == ("required",)
    approved = f"models: [{{{MODEL}, promote: {{approval: required}}}}]"
    assert findings(f"preset: {preset}\n{people}\n{approved}") == []


@pytest.mark.parametrize("preset", ["small-team", "retail", "manufacturing"])
def test_elsewhere_nobody_has_to(preset: str) -> None:
    assert findings(f"preset: {preset}\nmodels: [{{{MODEL}}}]") == []


APPROVED = f"models: [{{{MODEL}, promote: {{approval: required}}}}]"


def test_somebody_can_give_the_approval() -> None:
    found = only(APPROVED)
    assert found.path == ("access", "approvers")
    assert "'m'" in found.what


@pytest.mark.parametrize(
    ("developers", "approvers", "at"),
    [
        ("['group:ml']", "['group:ml']", [0]),
        ("['group:ml', a@x.io]", "['group:risk', a@x.io]", [1]),
        ("[A@X.io]", "[a@x.io]", [0]),
        ("['group:ml']", "['group:risk']", []),
    ],
)
def test_nobody_approves_work_of_their_own(developers: str, approvers: str, at: list[int]) -> None:
    access = f"access: {{developers: {developers}, approvers: {approvers}}}"
    found = findings(f"{access}\n{APPROVED}")
    assert [finding.path for finding in found] == [("access", "approvers", i) for i in at]
    assert findings(f"{access}\nmodels: [{{{MODEL}}}]") == []


@pytest.mark.parametrize(
    ("retrain", "fine"),
    [
        ("{every: 30d, image: i, command: [c]}", True),
        ("{on: [data], image: i, command: [c]}", True),
        ("{every: 30d}", False),
        ("{every: 30d, image: i}", False),
        ("{every: 30d, command: [c]}", False),
        ("{image: i, command: [c]}", False),
    ],
)
def test_retraining_has_something_to_run_and_something_that_starts_it(
    retrain: str, fine: bool
) -> None:
    found = findings(f"models: [{{{MODEL}, retrain: {retrain}}}]")
    assert [finding.path for finding in found] == ([] if fine else [("models", 0, "retrain")])


@pytest.mark.parametrize(
    ("text", "path", "instead"),
    [
        ("registry: {engine: neptune}", "registry.engine", "mlflow"),
        ("tracking: {engine: neptune}", "tracking.engine", "mlflow"),
        ("monitoring: {engine: whylabs}", "monitoring.engine", "evidently"),
        ("llm: {prompts: prompt-flow}", "llm.prompts", "langfuse"),
        ("llm: {evaluation: prompt-flow}", "llm.evaluation", "ragas"),
        ("llm: {guardrails: [{name: g, engine: perspective-api}]}", "llm.guardrails.0.engine",
         "detoxify"),
    ],
)  # fmt: skip
def test_systems_that_are_gone_are_refused(text: str, path: str, instead: str) -> None:
    found = only(text)
    assert (dotted(found), found.severity) == (path, "error")
    assert instead in found.allowed
    assert instead in found.next


@pytest.mark.parametrize(
    ("text", "path", "instead"),
    [
        ("llm: {gateway: helicone}", "llm.gateway", "litellm"),
        ("features: {engine: tecton}", "features.engine", "feast"),
    ],
)
def test_systems_on_their_way_out_are_warned_of_and_not_offered_yet(
    text: str, path: str, instead: str
) -> None:
    found = only(text)
    assert (dotted(found), found.severity) == (path, "warning")
    assert instead in found.allowed
    [refused] = make_plan(blueprint(text), offers()).errors
    assert refused.path == found.path
    assert "is not offered on kubernetes yet" in refused.what


ENGINES = [
    *(FeatureEngine, IngestionEngine, LineageEngine, ValidationEngine, VersioningEngine),
    *(MonitoringEngine, PipelineEngine, RegistryEngine),
    *(EvaluationEngine, GatewayEngine, GuardrailEngine, PromptEngine, VectorStore),
    ServingEngine,
]


@pytest.mark.parametrize("engine", [engine for kind in ENGINES for engine in kind])
def test_every_engine_of_the_vocabulary_is_a_known_system(engine: str) -> None:
    """The rule looks systems up by the engine's own name: one that is not there passes unseen."""
    assert str(engine) in systems()


@pytest.mark.parametrize("system", [s for s in systems().values() if s.verdict != Verdict.ACCEPT])
def test_every_dead_system_has_an_alternative_that_lives(system: object) -> None:
    alternatives = [systems()[name] for name in system.alternative]  # type: ignore[attr-defined]
    assert alternatives
    assert all(each.verdict is Verdict.ACCEPT for each in alternatives)


@pytest.mark.parametrize(("version", "fine"), [("1.29", False), ("1.30", True), ("1.36", True)])
def test_a_cluster_is_young_enough_for_the_api_that_governs_it(version: str, fine: bool) -> None:
    found = findings(f"sites: {{x: {{kind: onprem, cluster: {{version: '{version}'}}}}}}")
    path = ("sites", "x", "cluster", "version")
    assert [finding.path for finding in found] == ([] if fine else [path])


def test_personal_data_are_not_public() -> None:
    found = only("data: {classification: public, pii: true}")
    assert found.path == ("data", "classification")
    assert "public" not in found.allowed
    assert findings("data: {classification: internal, pii: true}") == []


def test_all_is_said_at_once() -> None:
    found = findings(
        """
        features: {on: x}
        registry: {engine: neptune}
        data: {classification: public, pii: true}
        models:
          - {name: a, type: predictive, source: 's3://b/a', retrain: {}, depends_on: [a]}
          - {name: b, type: llm, source: 'models:/b', serve: {mode: edge, rps: 1}}
    """.replace(", rps: 1", ", replicas: {max: 2}")
    )
    assert {dotted(finding) for finding in found} == {
        "features.on",
        "registry.engine",
        "data.classification",
        "models.0.source",
        "models.0.retrain",
        "models.0.depends_on",
        "models.1.source",
        "models.1.serve.mode",
        "models.1.serve.replicas",
    }
