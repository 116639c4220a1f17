"""Guardrails of Bedrock: what they look for and where, and who may have text checked by them."""

from __future__ import annotations

import json
from typing import Any

from tests.support.aws_services import of, paths, served
from tests.support.iam_grants import granted

from modelyard.blueprint.llm import Guardrail
from modelyard.recorder import check_inputs
from modelyard.recorder.values import plain
from modelyard.sites.aws.services.guardrails import policies

TEXT = """
llm:
  guardrails:
    - name: chat
      engine: bedrock
      threshold: 0.7
      topics: [{name: advice, definition: "Advice on investments.", examples: ["Shall I buy?"]}]
      words: [moonshot]
    - {name: strict, engine: bedrock, 'on': input, pii: block}
models:
  - name: app
    type: llm
    source: s3://weights/app/
    shape: {parameters: 8B, layers: 32, heads: 32, kv_heads: 8, head_dim: 128}
    serve: {engine: fastapi, image: "registry.example/app:1"}
  - name: churn
    type: predictive
    source: s3://weights/churn/
    serve: {engine: fastapi, image: "registry.example/churn:1"}
"""


def rail(**keys: Any) -> dict[str, Any]:
    return dict(policies(Guardrail.model_validate({"name": "a", "engine": "bedrock", **keys})))


def test_each_is_encrypted_and_fixed_in_a_version() -> None:
    graph = served(TEXT, False)
    rails = of(graph, "bedrock/guardrail:Guardrail")
    assert {it["name"] for it in rails} == {"yard-chat", "yard-strict"}
    assert {it["kmsKeyArn"] for it in rails} == {"${yard-kms-data.arn}"}
    assert len(of(graph, "bedrock/guardrailVersion:GuardrailVersion")) == 2


def test_everything_is_on_unless_it_is_turned_off() -> None:
    found = rail()
    filters = {it["type"]: it for it in found["contentPolicyConfig"]["filtersConfigs"]}
    assert {it["inputStrength"] for it in filters.values()} == {"HIGH"}
    assert filters["PROMPT_ATTACK"]["outputStrength"] == "NONE", "the API refuses anything else"
    personal = found["sensitiveInformationPolicyConfig"]["piiEntitiesConfigs"]
    actions = {it["type"]: it["action"] for it in personal}
    assert actions["EMAIL"] == "ANONYMIZE"
    assert actions["AWS_SECRET_KEY"] == "BLOCK"
    assert set(rail(filters="none", pii="allow", words=["x"])) == {"wordPolicyConfig"}


def test_only_the_side_that_is_asked_for_is_looked_at() -> None:
    found = rail(on="output", words=["x"])
    filters = found["contentPolicyConfig"]["filtersConfigs"]
    assert {(it["inputStrength"], it["outputStrength"]) for it in filters} == {("NONE", "HIGH")}
    assert "PROMPT_ATTACK" not in {it["type"] for it in filters}
    [word] = found["wordPolicyConfig"]["wordsConfigs"]
    assert (word["inputEnabled"], word["outputEnabled"]) == (False, True)


def test_code_around_a_language_model_may_have_text_checked_and_other_code_may_not() -> None:
    rights = granted(served(TEXT, False))
    checked = {
        place for action, place in rights["yard-identity-production-app"] if "bedrock" in action
    }
    assert checked == {
        "${yard-guardrails-chat.guardrailArn}",
        "${yard-guardrails-strict.guardrailArn}",
    }
    assert not any("bedrock" in action for action, _ in rights["yard-identity-production-churn"])


def test_it_is_told_which_there_are() -> None:
    graph = served(TEXT)
    [app] = [it for it in graph.of_type("kubernetes:apps/v1:Deployment") if "app" in it.name]
    [container] = plain(dict(app.inputs))["spec"]["template"]["spec"]["containers"]
    [told] = [it["value"] for it in container["env"] if it["name"] == "MODELYARD_GUARDRAILS"]
    assert set(json.loads(told)) == {"chat", "strict"}


def test_the_sdk_knows_every_input() -> None:
    assert check_inputs(served(TEXT)) == []


def test_what_cannot_be_is_refused() -> None:
    def said(rail: str) -> list[str]:
        return paths(f"llm: {{guardrails: [{{name: a, engine: bedrock, {rail}}}]}}")

    topic = "topics: [{name: x, definition: y}]"
    assert said("'on': input, threshold: 0.5") == ["llm.guardrails.0.threshold"]
    assert said("threshold: 1.0") == ["llm.guardrails.0.threshold"]
    assert said(f"'on': output, {topic}") == ["llm.guardrails.0.on"]
    assert said("filters: none, pii: allow") == ["llm.guardrails.0"]
    other = "llm: {guardrails: [{name: a, engine: presidio, pii: block}]}"
    assert "llm.guardrails.0.pii" in paths(other)
