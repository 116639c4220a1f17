"""Checks that ask: what they are held to, whom they ask, and where those have to stand."""

from __future__ import annotations

from textwrap import dedent

import pytest
import yaml
from tests.plan.test_watch import held
from tests.support.parts import HEAD, planned

from modelyard.blueprint.blueprint import Blueprint
from modelyard.plan.asking import asked_by
from modelyard.plan.capability import Capability as C
from modelyard.plan.plan import Plan, make_plan
from modelyard.plan.watch import Watch
from modelyard.sites import offers

GPUS = "gpus: {nodes: [{name: l40s, accelerator: l40s, per_node: 4, count: 2, usd_per_hour: 5}]}"
LLM = "type: llm, source: 'hf://meta-llama/Llama-3.1-8B-Instruct'"
OTHERS = f"""
  - {{name: judge, {LLM}}}
  - {{name: vectors, type: embedding, source: 'hf://BAAI/bge-m3'}}
  - {{name: poison, type: predictive, source: 'hf://unitary/toxic-bert',
     serve: {{engine: fastapi, image: 'registry.example/tei:1'}}}}
"""
EVALUATED = "evaluation: {dataset: 's3://b/q.jsonl', judge: judge"


def text(monitor: str) -> str:
    site = f"sites: {{here: {{kind: kubernetes, {GPUS}}}}}\n"
    return f"{site}models:\n  - {{name: chat, {LLM}, monitor: {{{monitor}}}}}{OTHERS}"


def plan(monitor: str) -> Plan:
    return planned(text(monitor))


def watch(monitor: str) -> Watch:
    [found] = plan(monitor).watches
    return found


def test_the_fields_limits_hold_for_what_can_be_measured() -> None:
    field = "the field"
    bare = {
        "evaluate faithfulness": (">= 0.8", field),
        "evaluate context_relevance": (">= 0.7", field),
        "evaluate hallucination_rate": ("<= 0.05", field),
        "all checks run": ("every 1d", field),
    }
    assert held(watch(f"{EVALUATED}}}")) == bare
    with_others = watch(f"{EVALUATED}, embeddings: vectors, classifier: poison}}")
    assert held(with_others) == bare | {
        "evaluate answer_relevance": (">= 0.8", field),
        "evaluate toxicity": ("<= 0.5", field),
    }


def test_the_blueprints_limits_go_before() -> None:
    price = "price: {input: 0.2, output: 0.6}"
    limits = "{faithfulness: '>= 0.9', cost_per_query_usd: '<= 0.002', latency_p95_seconds: '<= 4'}"
    found = watch(f"{EVALUATED}, {price}, limits: {limits}}}, every: 7d")
    assert held(found)["evaluate faithfulness"] == (">= 0.9", "blueprint")
    assert found.settings("evaluate") == {
        "price": {"input": 0.2, "output": 0.6},
        "limits": {
            "faithfulness": {"min": 0.9},
            "context_relevance": {"min": 0.7},
            "hallucination_rate": {"max": 0.05},
            "latency_p95_seconds": {"max": 4.0},
            "cost_per_query_usd": {"max": 0.002},
        },
    }


@pytest.mark.parametrize(
    ("monitor", "asked"),
    [
        (f"{EVALUATED}}}", {"chat", "judge"}),
        (f"{EVALUATED}, embeddings: vectors, classifier: poison}}",
         {"chat", "judge", "vectors", "poison"}),
        ("robustness: {}", {"chat"}),
        ("freshness: {at: 's3://b/d/'}", set()),
    ],
)  # fmt: skip
def test_a_check_asks_those_whom_the_blueprint_names(monitor: str, asked: set[str]) -> None:
    assert asked_by(plan(monitor).blueprint.model("chat")) == asked


def test_documents_and_injections_have_limits() -> None:
    found = watch("freshness: {at: 's3://b/d/'}, robustness: {}")
    assert held(found)["freshness age"] == ("<= 1d", "the field")
    assert held(found)["robustness injected_share"] == ("<= 0%", "the field")
    own = watch("freshness: {at: 's3://b/d/', age: 12h}, robustness: {injected: 10%}")
    assert held(own)["freshness age"] == ("<= 12h", "blueprint")
    assert held(own)["robustness injected_share"] == ("<= 10%", "blueprint")


def test_a_classifier_is_attacked() -> None:
    rows = "data: {reference: 's3://b/r', target: y, features: [a, b]}"
    found = planned(
        "sites: {here: {kind: kubernetes}}\n"
        "models: [{name: m, type: predictive, source: 'models:/m@champion', "
        f"monitor: {{robustness: {{drop: 5%}}, pii: {{allowed: [note]}}, {rows}}}}}]"
    )
    [watch] = found.watches
    assert watch.settings("robustness") == {"drop": 0.05, "epsilon": 0.1}
    assert watch.settings("pii") == {"allowed": ["note"]}
    assert held(watch)["pii personal_data"] == ("<= 0", "the field")


def test_batch_runs_are_held_against_realtime() -> None:
    rows = "data: {current: 's3://b/c/', prediction: p}"
    found = planned(
        "sites: {here: {kind: kubernetes}}\n"
        "models: [{name: m, type: predictive, source: 'models:/m@champion', "
        f"monitor: {{parity: {{batch: 's3://b/n/', key: id, share: 2%}}, {rows}}}}}]"
    )
    [check] = found.watches[0].checks
    assert check.settings == {"key": "id", "share": 0.02, "tolerance": 0.01}
    assert check.data == {"reference": "s3://b/n/"}


def test_without_versions_there_is_no_registry() -> None:
    placed = {each.capability: each.engine for each in plan(f"{EVALUATED}}}").capabilities}
    assert placed[C.CHECKS] == "jobs/unregistered"
    assert C.REGISTRY not in placed


def findings(text: str) -> list[tuple[object, str]]:
    sections = {**yaml.safe_load(HEAD), **yaml.safe_load(dedent(text))}
    found = make_plan(Blueprint.model_validate(sections), offers()).errors
    return [(each.path, each.what) for each in found]


def test_a_judge_stands_beside_whom_it_judges() -> None:
    sites = f"sites: {{here: {{kind: kubernetes, {GPUS}}}, there: {{kind: kubernetes, {GPUS}}}}}"
    models = (
        text(f"{EVALUATED}}}").partition("\n")[2].replace("judge, type", "judge, 'on': there, type")
    )
    found = findings(f"{sites}\n{models}")
    path = ("models", 0, "monitor", "evaluation", "judge")
    assert (path, "'judge' is on 'there', and judges what is answered on 'here'") in found


def test_another_engine_of_evaluation_is_refused() -> None:
    found = findings(f"llm: {{evaluation: trulens}}\n{text(f'{EVALUATED}}}')}")
    [what] = [what for path, what in found if path == ("llm", "evaluation")]
    assert "trulens" in what
