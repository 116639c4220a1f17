"""Guardrails of Model Armor: what they look for and where, and who may have text checked."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.support.gcp_services import PROJECT, of, paths, roles, served

from modelyard.blueprint.llm import Guardrail
from modelyard.recorder import check_inputs
from modelyard.recorder.values import plain
from modelyard.sites.gcp.services.guardrails import filters

TEXT = """
llm:
  guardrails:
    - {name: chat, engine: model-armor}
    - {name: strict, engine: model-armor, 'on': input, pii: block, filters: medium}
    - {name: open, engine: model-armor, pii: allow}
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


def _templates() -> dict[str, dict[str, Any]]:
    return {
        str(it["templateId"]): it for it in of(served(TEXT, False), "modelarmor/template:Template")
    }


def test_each_is_a_template_where_the_site_is_and_logs_nobody_s_words() -> None:
    templates = _templates()
    assert set(templates) == {"yard-chat", "yard-open", "yard-strict"}
    for template in templates.values():
        assert template["location"] == "europe-west1"
        assert template["templateMetadata"]["logSanitizeOperations"] is False


@pytest.mark.parametrize(
    ("strictness", "level"),
    [("low", "HIGH"), ("medium", "MEDIUM_AND_ABOVE"), ("high", "LOW_AND_ABOVE")],
)
def test_the_stricter_the_less_sure_it_has_to_be(strictness: str, level: str) -> None:
    rail = Guardrail.model_validate({"name": "a", "engine": "model-armor", "filters": strictness})
    found = filters(rail)
    levels = {it["confidenceLevel"] for it in found["raiSettings"]["raiFilters"]}
    assert levels == {level} == {found["piAndJailbreakFilterSettings"]["confidenceLevel"]}
    off = Guardrail.model_validate({"name": "a", "engine": "model-armor", "filters": "none"})
    assert filters(off) == {}


def test_personal_data_are_replaced_found_or_let_through() -> None:
    templates = _templates()
    replaced = templates["yard-chat"]["filterConfig"]["sdpSettings"]["advancedConfig"]
    assert set(replaced) == {"inspectTemplate", "deidentifyTemplate"}
    blocked = templates["yard-strict"]["filterConfig"]["sdpSettings"]["advancedConfig"]
    assert set(blocked) == {"inspectTemplate"}
    assert "sdpSettings" not in templates["yard-open"]["filterConfig"]


def test_code_around_a_language_model_may_have_text_checked_and_other_code_may_not() -> None:
    asking = [who for who, role in roles(served(TEXT)) if role == "roles/modelarmor.user"]
    assert len(asking) == 1
    assert asking[0].endswith("/subject/ns/yard-production/sa/app")


def test_it_is_told_which_there_are_and_where_each_is_asked() -> None:
    graph = served(TEXT)
    [app] = [it for it in graph.of_type("kubernetes:apps/v1:Deployment") if "app" in it.name]
    [container] = plain(dict(app.inputs))["spec"]["template"]["spec"]["containers"]
    told = {it["name"]: it.get("value") for it in container["env"]}
    rails = json.loads(told["MODELYARD_GUARDRAILS"])
    assert {name: rail["on"] for name, rail in rails.items()} == {
        "chat": ["input", "output"],
        "open": ["input", "output"],
        "strict": ["input"],
    }
    host = "modelarmor.europe-west1.rep.googleapis.com"
    assert told["MODELYARD_GUARDRAILS_URL"] == f"https://{host}:443"
    assert told["GOOGLE_CLOUD_PROJECT"] == PROJECT


def test_the_sdk_knows_every_input() -> None:
    assert check_inputs(served(TEXT)) == []


def test_what_cannot_be_is_refused() -> None:
    def said(rail: str) -> list[str]:
        return paths(f"llm: {{guardrails: [{{name: a, engine: model-armor, {rail}}}]}}")

    at = "llm.guardrails.0"
    assert said("threshold: 0.5") == [f"{at}.threshold"]
    assert said("topics: [{name: x, definition: y}]") == [f"{at}.topics"]
    assert said("words: [moonshot]") == [f"{at}.words"]
    assert said("filters: none, pii: allow") == [at]
