"""Answers are judged by those who can be asked, and held to what can be measured."""

from __future__ import annotations

import pytest
from tests.blueprint.test_checks import dotted, findings

from modelyard.blueprint.monitor import Answers, Entity
from modelyard_jobs import evaluate, judge, pii

LLM = "type: llm, source: 'hf://meta-llama/Llama-3.1-8B-Instruct'"
OTHERS = f"""
  - {{name: judge, {LLM}}}
  - {{name: edge-judge, {LLM}, serve: {{engine: tensorrt-llm}}}}
  - {{name: night-judge, {LLM}, serve: {{mode: batch, input: 's3://b/i.jsonl', output: 's3://b/o.jsonl'}}}}
  - {{name: vectors, type: embedding, source: 'hf://BAAI/bge-m3'}}
  - {{name: poison, type: predictive, source: 'hf://unitary/toxic-bert',
     serve: {{engine: fastapi, image: 'registry.example/tei:1'}}}}
"""
CHAT = f"name: chat, {LLM}"


def of_chat(monitor: str, chat: str = CHAT) -> list[tuple[str, str, str]]:
    found = findings(f"models:\n  - {{{chat}, monitor: {{{monitor}}}}}{OTHERS}")
    return [(dotted(f).removeprefix("models.0.monitor."), f.what, f.next) for f in found]


def evaluation(more: str = "", judge: str = "judge") -> str:
    return f"evaluation: {{dataset: 's3://b/q.jsonl', judge: {judge}{more}}}"


def test_a_model_is_judged_by_another() -> None:
    full = ", embeddings: vectors, classifier: poison, price: {input: 0.2, output: 0.6}"
    limits = "{faithfulness: '>= 0.9', hallucination_rate: '<= 0.02', toxicity: '< 0.4'}"
    assert not of_chat(evaluation(f"{full}, limits: {limits}"))


@pytest.mark.parametrize(
    ("monitor", "path", "what"),
    [
        (evaluation(judge="chat"), "evaluation.judge", "their own answers"),
        (evaluation(judge="nobody"), "evaluation.judge", "there is no model 'nobody'"),
        (evaluation(judge="vectors"), "evaluation.judge", "'vectors' is no llm model"),
        (evaluation(judge="edge-judge"), "evaluation.judge", "which tensorrt-llm serves"),
        (evaluation(judge="night-judge"), "evaluation.judge", "answers in batch mode"),
        (evaluation(", embeddings: judge"), "evaluation.embeddings", "no embedding model"),
        (evaluation(", classifier: judge"), "evaluation.classifier", "no predictive model"),
        (
            evaluation(", limits: {faithfulness: '<= 0.8'}"),
            "evaluation.limits.faithfulness",
            "more is better",
        ),
        (
            evaluation(", limits: {hallucination_rate: '>= 0.1'}"),
            "evaluation.limits.hallucination_rate",
            "less is better",
        ),
        (
            evaluation(", limits: {toxicity: '<= 0.1'}"),
            "evaluation.limits.toxicity",
            "without 'classifier'",
        ),
        (
            evaluation(", limits: {cost_per_query_usd: '<= 0.1'}"),
            "evaluation.limits.cost_per_query_usd",
            "without 'price'",
        ),
        ("robustness: {drop: 5%}", "robustness.drop", "for classifiers"),
    ],
)
def test_what_cannot_be_judged_is_refused(monitor: str, path: str, what: str) -> None:
    [(where, said, next)] = of_chat(monitor)
    assert where == path
    assert what in said
    assert next


def test_a_refusal_names_the_judges_there_are() -> None:
    [found] = findings(f"models:\n  - {{{CHAT}, monitor: {{{evaluation(judge='x')}}}}}{OTHERS}")
    assert found.allowed == ("judge",)


@pytest.mark.parametrize("engine", ["tensorrt-llm", "fastapi, image: 'registry.example/own:1'"])
def test_only_engines_that_a_job_can_ask_are_examined(engine: str) -> None:
    chat = f"{CHAT}, serve: {{engine: {engine}}}"
    name = engine.partition(",")[0]
    for monitor in (evaluation(), "robustness: {}"):
        [(where, what, next)] = of_chat(monitor, chat)
        assert where == monitor.partition(":")[0]
        assert f"which {name} serves" in what
        assert "vllm or kserve" in next


def test_a_model_that_answers_no_questions_is_not_examined() -> None:
    chat = "name: chat, type: predictive, source: 'models:/chat@champion'"
    [(where, what, _)] = of_chat(evaluation(), chat)
    assert (where, what) == ("evaluation", "'chat' answers no questions: it is no language model")


@pytest.mark.parametrize(
    ("chat", "monitor", "path", "what"),
    [
        ("type: embedding, source: 'hf://BAAI/bge-m3'", "robustness: {}", "robustness", "vectors"),
        ("type: predictive, source: 'models:/m@a'", "robustness: {}", "robustness", "which rows"),
        (
            "type: predictive, source: 'models:/m@a'",
            "robustness: {injected: 5%}, data: {reference: 's3://b/r', target: y, features: [a]}",
            "robustness.injected",
            "for language models",
        ),
        (
            "type: predictive, source: 's3://b/m', serve: {engine: onnx-runtime}",
            "robustness: {}, data: {reference: 's3://b/r', target: y, features: [a]}",
            "robustness",
            "in no registry",
        ),
        (
            "type: predictive, source: 'models:/m@a'",
            "robustness: {}, "
            "data: {reference: 's3://b/r', target: y, features: [a], task: regression}",
            "robustness",
            "a number is not right or wrong",
        ),
        ("type: predictive, source: 'models:/m@a'", "pii: {}", "pii", "measured on"),
        (
            "type: predictive, source: 'models:/m@a'",
            "parity: {batch: 's3://b/n/', key: id}",
            "parity",
            "measured on",
        ),
    ],
)
def test_what_nothing_can_show_is_refused(chat: str, monitor: str, path: str, what: str) -> None:
    [(where, said, _)] = of_chat(monitor, f"name: chat, {chat}")
    assert where == path
    assert what in said


def test_an_engine_without_questions_is_refused() -> None:
    [found] = findings(f"llm: {{evaluation: ragas}}\nmodels:\n  - {{{CHAT}}}")
    assert dotted(found) == "llm.evaluation"
    assert "which questions are asked" in found.what
    asked = f"models:\n  - {{{CHAT}, monitor: {{{evaluation()}}}}}{OTHERS}"
    assert not findings(f"llm: {{evaluation: ragas}}\n{asked}")


def test_measures_and_kinds_are_those_of_the_jobs() -> None:
    measures = {judge.FAITHFULNESS, judge.RELEVANCE, judge.CONTEXT, evaluate.HALLUCINATION}
    measures |= {evaluate.TOXICITY, evaluate.LATENCY, evaluate.COST}
    assert {each.value for each in Answers} == measures
    assert set(pii.Settings().entities) <= {each.value for each in Entity}
    assert tuple(each.value for each in Entity)[-len(pii.NAMED) :] == pii.NAMED
