"""How each model of a blueprint comes to its machine, and what is said when it does not."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from tests.plan.blueprints import blueprint, blueprints, error, llm, plan

from modelyard.blueprint.blueprint import Blueprint
from modelyard.blueprint.checks import Finding
from modelyard.blueprint.site import ClusterSite
from modelyard.plan.plan import make_plan
from modelyard.plan.serving import ModelPlan
from modelyard.sites import offers

LLAMA = "hf://meta-llama/Llama-3.1-8B"
LARGE = "hf://meta-llama/Llama-3.3-70B-Instruct"
L40S = "{name: l40s, accelerator: l40s, per_node: 4, count: 2, usd_per_hour: 7}"
H100 = "{name: h100, accelerator: h100, per_node: 8, count: 1, usd_per_hour: 30}"


def one(text: str) -> ModelPlan:
    """The only model of a plan without errors."""
    made = plan(text)
    assert not made.errors, made.errors
    [model] = made.models
    return model


def warning(text: str) -> Finding:
    """The only warning of a plan about its models."""
    made = plan(text)
    assert not made.errors
    [found] = [f for f in made.warnings if f.path[0] == "models"]
    return found


def test_a_model_on_declared_nodes() -> None:
    """32.96 GiB ask for 36.6 of the 44.99 of one L40S."""
    found = one(llm(LLAMA, "replicas: {min: 1, max: 4}", L40S))
    assert (found.machine, found.accelerator, found.count) == ("l40s", "l40s", 1)
    assert found.tensor_parallel == 1
    assert found.replicas == (1, 4)
    assert (found.context, found.concurrency) == (8192, 16)
    assert found.memory
    assert round(found.memory.total, 1) == 33.0
    assert round(found.memory.available, 1) == 40.5
    assert found.reason == "33.0 of 40.5 GiB usable on 1 x l40s; the cheapest that holds it, " \
        "$7.00 an hour"  # fmt: skip
    assert found.runner_up is None


def test_the_cheaper_kind_of_node_wins_and_the_other_is_named() -> None:
    found = one(llm(LLAMA, "", f"{H100}, {L40S}"))
    assert found.machine == "l40s"
    assert found.runner_up == "1 of 8 x h100 on h100, $30.00 an hour"


def test_tensor_parallelism_where_one_is_too_small() -> None:
    """171.4 GiB at 16 bits: 179.4 over four H100 of 79.65 (286.7 usable); two hold 143.4."""
    found = one(llm(LARGE, "", H100))
    assert (found.count, found.tensor_parallel) == (4, 4)


def test_the_machine_names_what_it_is_as_json() -> None:
    found = one(llm(LLAMA, "", L40S)).json()
    keys = {"name", "site", "engine", "machine", "accelerator", "count", "tensor_parallel"}
    assert keys | {"memory_gib", "reason", "runner_up", "replicas", "tags"} <= set(found)
    assert set(found["memory_gib"]) == {"weights", "kv_cache", "overhead", "total", "available"}
    assert found["replicas"] == {"minimum": 1, "maximum": 1}


def test_models_share_nodes_and_the_largest_comes_first() -> None:
    """The 70B takes four of the eight H100; then there is room for four replicas of the 8B."""
    text = f"""
        sites: {{local: {{kind: kubernetes, gpus: {{nodes: [{H100}]}}}}}}
        models:
          - {{name: small, type: llm, source: "{LLAMA}", serve: {{replicas: {{max: 4}}}}}}
          - {{name: large, type: llm, source: "{LARGE}"}}
    """
    made = plan(text)
    assert not [f for f in made.findings if f.path[0] == "models"]
    assert [model.name for model in made.models] == ["small", "large"]
    assert {model.count for model in made.models} == {1, 4}
    found = warning(text.replace("max: 4", "max: 5"))
    assert found.path == ("models", 0, "serve", "replicas", "max")
    assert "may grow to 5 replicas" in found.what
    assert "accelerators left for 4" in found.what
    assert "lower max to 4" in found.next


def test_a_node_with_fewer_free_than_a_replica_needs_is_no_room() -> None:
    """Two nodes of three: six accelerators, and room for two replicas of two, not three."""
    nodes = "{name: n, accelerator: l40s, per_node: 3, count: 2}"
    found = warning(llm(LLAMA, "gpu: {accelerator: l40s, count: 2}, replicas: {max: 3}", nodes))
    assert "accelerators left for 2" in found.what


def test_not_even_the_fewest_have_room() -> None:
    found = error(llm(LLAMA, "replicas: {min: 9, max: 9}", L40S))
    assert found.path == ("models", 0, "serve")
    assert "for each of 9 replicas" in found.what
    assert "8 x l40s of 45 GiB, 4 to a replica at most, free on 'l40s'" in found.what


def test_too_large_says_the_arithmetic_and_what_there_is() -> None:
    nodes = "{name: small, accelerator: l4, per_node: 2, count: 3}"
    found = error(llm(LARGE, "", nodes))
    assert found.path == ("models", 0, "serve")
    assert "needs 173.4 GiB (weights 131.4 + KV cache 40.0 + overhead 2.0)" in found.what
    assert "6 x l4 of 22 GiB, 2 to a replica at most, free on 'small'" in found.what
    assert "quantize" in found.next
    assert "nodes" in found.next


def test_without_nodes_vllm_has_no_place() -> None:
    found = error(llm(LLAMA))
    assert "declares no GPU nodes" in found.what


@pytest.mark.parametrize("engine", ["ollama", "llama-cpp"])
def test_some_engines_run_on_cpu_where_there_are_no_nodes(engine: str) -> None:
    """8.03e9 x 4.89 bits / 8 = 4.57 GiB, 2 x 0.5 GiB of cache, 1 of overhead: 6.6 GiB of memory."""
    serve = f"engine: {engine}, quantization: gguf-q4, context: 4096, concurrency: 2"
    found = one(llm(LLAMA, serve))
    assert found.machine is None
    assert (found.count, found.tensor_parallel) == (0, 0)
    assert found.memory
    assert found.memory.total == found.memory.available == pytest.approx(6.57, abs=0.01)
    assert "6.6 GiB of ordinary memory" in found.reason


def test_they_do_not_where_the_blueprint_names_an_accelerator() -> None:
    found = error(llm(LLAMA, "engine: ollama, gpu: {accelerator: l4}"))
    assert found.path == ("models", 0, "serve", "gpu", "accelerator")


def test_they_use_accelerators_where_there_are_some() -> None:
    assert one(llm(LLAMA, "engine: ollama, context: 2048", L40S)).count == 1


def test_the_blueprint_s_choice_of_accelerator_is_honoured() -> None:
    found = one(llm(LLAMA, "gpu: {accelerator: h100, count: 2}", f"{L40S}, {H100}"))
    assert (found.machine, found.count, found.tensor_parallel) == ("h100", 2, 2)


def test_an_alias_is_as_good() -> None:
    assert one(llm(LLAMA, "gpu: {accelerator: h100-80}", f"{L40S}, {H100}")).machine == "h100"


def test_a_choice_that_the_site_does_not_have() -> None:
    found = error(llm(LLAMA, "gpu: {accelerator: h200}", f"{L40S}, {H100}"))
    assert found.path == ("models", 0, "serve", "gpu", "accelerator")
    assert found.allowed == ("h100", "l40s")
    assert "has no h200" in found.what


def test_a_choice_that_does_not_divide_the_heads() -> None:
    found = error(llm(LLAMA, "gpu: {accelerator: h100, count: 3}", H100))
    assert found.path == ("models", 0, "serve", "gpu", "count")
    assert found.allowed == ("1", "2", "4", "8")
    assert "32 heads and 8 KV heads" in found.what


def test_fp8_on_accelerators_that_do_not_compute_it() -> None:
    found = error(llm(LLAMA, "quantization: fp8", "{name: n, accelerator: a100-80}"))
    assert found.path == ("models", 0, "serve", "quantization")
    assert "no a100-80 computes that" in found.what


def test_accelerators_without_a_serving_image_do_not_count() -> None:
    """There is no image for AMD's in the catalog."""
    assert error(llm(LLAMA, "", "{name: n, accelerator: mi300x, per_node: 8}"))
    assert one(llm(LLAMA, "", f"{{name: n, accelerator: mi300x}}, {L40S}")).machine == "l40s"


def test_an_engine_of_one_s_own_gets_what_the_blueprint_names() -> None:
    text = f"""
        sites: {{local: {{kind: kubernetes, gpus: {{nodes: [{L40S}]}}}}}}
        models:
          - name: own
            type: predictive
            source: s3://bucket/own
            serve: {{engine: fastapi, image: own:1, replicas: {{max: 3}},
                     gpu: {{accelerator: l40s, count: 2}}}}
    """
    found = one(text)
    assert (found.machine, found.count, found.tensor_parallel) == ("l40s", 2, 1)
    assert found.memory is None
    assert "use of memory is not known" in found.reason
    assert "left for 4" in warning(text.replace("max: 3", "max: 5")).what
    many = error(text.replace("count: 2}}", "count: 5}}"))
    assert many.path == ("models", 0, "serve", "gpu", "count")
    assert "needs 5 x l40s" in many.what
    none = error(text.replace("accelerator: l40s, count: 2}}", "accelerator: h100}}"))
    assert none.path == ("models", 0, "serve", "gpu", "accelerator")


def test_a_predictive_model_runs_on_cpu() -> None:
    found = one("models: [{name: m, type: predictive, source: 'models:/m'}]")
    assert (found.machine, found.memory, found.reason) == (None, None, "runs on CPU")
    assert found.replicas == (1, 1)


SHARED = """
    sites:
      local:
        kind: kubernetes
        gpus:
          sharing: {SHARING}
          nodes: [{name: h100, accelerator: h100, per_node: 2, count: 1}]
    models:
      - name: m
        type: llm
        source: hf://meta-llama/Llama-3.1-8B
        serve: {replicas: {max: MAX}, context: 4096, concurrency: 4}
"""


@pytest.mark.parametrize(("sharing", "room"), [("{time_slicing: 3}", 6), ("{mig: 3g.40gb}", 4)])
def test_slices_hold_one_model_each(sharing: str, room: int) -> None:
    """14.96 + 2 + 2 = 18.96 GiB: in 26.6 GiB of a third of an H100, in 37.3 of a 3g.40gb."""
    text = SHARED.replace("{SHARING}", sharing)
    found = one(text.replace("MAX", str(room)))
    assert (found.count, found.replicas) == (1, (1, room))
    assert f"left for {room}" in warning(text.replace("MAX", str(room + 1))).what


@pytest.mark.parametrize("sharing", ["{time_slicing: 8}", "{mig: 1g.10gb}"])
def test_slices_are_not_put_together(sharing: str) -> None:
    found = error(SHARED.replace("{SHARING}", sharing).replace("MAX", "1"))
    assert "1 to a replica at most" in found.what


def test_a_batch_run_has_no_replica_between_runs() -> None:
    serve = "mode: batch, schedule: '0 1 * * *', input: 's3://b/i.jsonl', output: 's3://b/o.jsonl'"
    found = one(llm(LLAMA, serve, L40S))
    assert found.replicas == (0, 1)
    assert found.count == 1


EDGE = """
    sites:
      plant:
        kind: onprem
        edge: true
        gpus: {nodes: [{name: box, accelerator: l4, per_node: 1, count: 12}]}
    models:
      - name: m
        type: llm
        source: hf://Qwen/Qwen3-8B
        serve: {engine: llama-cpp, mode: edge, quantization: gguf-q4, concurrency: 2}
"""


def test_at_the_edge_there_is_one_on_each_node() -> None:
    found = one(EDGE)
    assert found.replicas == (12, 12)
    assert found.count == 1
    assert found.reason.endswith("one on each of 12 nodes")


def test_at_the_edge_each_node_has_to_hold_it() -> None:
    """Two models of one accelerator each do not go on nodes that have one."""
    second = EDGE + EDGE[EDGE.index("      - name") :].replace("name: m", "name: n")
    found = error(second)
    assert found.path == ("models", 1, "serve")
    assert "0 x l4" in found.what


def test_at_the_edge_without_accelerators() -> None:
    found = one("""
        sites: {plant: {kind: onprem, edge: true}}
        models:
          - {name: m, type: predictive, source: "s3://b/m",
             serve: {engine: onnx-runtime, mode: edge}}
    """)
    assert found.reason == "runs on CPU, once on each edge node"


def test_a_model_that_nobody_knows() -> None:
    found = error(llm("hf://nobody/nothing-7b", "", L40S))
    assert found.path == ("models", 0, "shape")
    assert "shape: {parameters" in found.next


def test_its_numbers_may_come_from_the_blueprint() -> None:
    shape = "{parameters: 7B, layers: 32, heads: 32, kv_heads: 8, head_dim: 128}"
    assert one(llm("hf://nobody/nothing-7b", "", L40S, shape=shape)).machine == "l40s"


def test_a_context_above_the_model_s() -> None:
    found = error(llm("hf://Qwen/Qwen3-8B", "context: 50000, concurrency: 1", H100))
    assert found.path == ("models", 0, "serve", "context")
    assert "40960 tokens at most, not 50000" in found.what
    assert "set context to 40960" in found.next


def test_a_draft_that_nobody_knows() -> None:
    found = error(llm(LLAMA, "speculative: {model: 'hf://nobody/tiny'}", L40S))
    assert found.path == ("models", 0, "serve", "speculative", "model")


def test_on_a_cloud_the_catalog_s_machines_are_used() -> None:
    made = plan(f"""
        sites: {{cloud: {{kind: aws, region: eu-west-1, account: "123456789012"}}}}
        models: [{{name: m, type: llm, source: "{LLAMA}"}}]
    """)
    assert made.model("m").machine == "g6e.xlarge"
    assert made.errors == ()


def test_too_large_for_any_machine_of_a_cloud() -> None:
    made = plan("""
        sites:
          cloud: {kind: gcp, region: europe-west1, project: a-project, gpus: {capacity: spot}}
        models: [{name: m, type: llm, source: "hf://deepseek-ai/DeepSeek-V3",
                  serve: {context: 100000, concurrency: 64}}]
    """)
    found = next(f for f in made.errors if f.path[0] == "models")
    assert "the largest machine has 8 x h200 of 140 GiB" in found.what


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(blueprints())
def test_declared_nodes_never_hold_more_than_they_have(blueprint: Blueprint) -> None:
    """Of every kind of node: what runs at its fewest, batch runs under way included."""
    used: dict[tuple[str, str], int] = {}
    for model in make_plan(blueprint, offers()).models:
        if model.machine:
            key = (model.site, model.machine)
            used[key] = used.get(key, 0) + model.count * max(1, model.replicas[0])
    for (site, name), accelerators in used.items():
        place = blueprint.sites[site]
        assert isinstance(place, ClusterSite)
        [nodes] = [n for n in place.gpus.nodes if n.name == name]
        assert accelerators <= nodes.per_node * nodes.count


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(blueprints())
def test_a_model_has_a_place_or_a_reason_why_not(blueprint: Blueprint) -> None:
    made = make_plan(blueprint, offers())
    unplaced = {f.path[1] for f in made.errors if f.path[0] == "models" and len(f.path) > 2}
    for index, model in enumerate(made.models):
        assert model.reason
        if model.type == "llm" and model.memory is None:
            assert index in unplaced


def test_the_same_model_twice_is_two_models() -> None:
    made = blueprint(f"""
        sites: {{local: {{kind: kubernetes, gpus: {{nodes: [{L40S}]}}}}}}
        models:
          - {{name: a, type: llm, source: "{LLAMA}"}}
          - {{name: b, type: llm, source: "{LLAMA}"}}
    """)
    first, second = make_plan(made, offers()).models
    assert (first.machine, first.count) == (second.machine, second.count)
