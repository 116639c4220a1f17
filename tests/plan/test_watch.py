"""What models are held to: the field's thresholds, and the blueprint's over them."""

from __future__ import annotations

from datetime import timedelta
from textwrap import dedent

import pytest
import yaml
from tests.support.parts import HEAD, planned

from modelyard.blueprint.blueprint import Blueprint
from modelyard.catalog.thresholds import thresholds
from modelyard.plan.plan import make_plan
from modelyard.plan.watch import Watch
from modelyard.sites import offers

SITE = "sites: {here: {kind: kubernetes}}\n"
ROWS = "reference: s3://b/r, current: s3://b/c/"
ANSWERS = f"{ROWS}, target: y, prediction: p, task: classification, sensitive: [g]"
MODEL = "name: m, type: predictive, source: 'models:/m@champion'"
TRAINED = "image: i, command: [c]"


def watch(monitor: str, more: str = "") -> Watch:
    plan = planned(f"{SITE}models: [{{{MODEL}, monitor: {{{monitor}}}{more}}}]")
    found = plan.watch("m")
    assert found is not None
    return found


def held(found: Watch) -> dict[str, tuple[str, str]]:
    return {f"{each.check} {each.measure}": (each.bound, each.origin) for each in found.limits}


def test_the_fields_thresholds_hold_where_nothing_is_said() -> None:
    found = watch(f"data: {{{ANSWERS}, embedding: v}}, bias: true")
    field = "the field"
    assert held(found) == {
        "drift psi": ("<= 0.2", field),
        "drift prediction_shift": ("<= 15%", field),
        "drift embedding": ("<= 0.2", field),
        "performance drop": ("<= 5%", field),
        "bias demographic_parity_difference": ("<= 0.1", field),
        "bias equalized_odds_difference": ("<= 0.1", field),
        "all checks run": ("every 1d", field),
    }
    assert found.settings("drift") == {"psi": 0.2, "prediction_shift": 0.15, "embedding": 0.2}
    assert found.settings("performance") == {"drop": 0.05}
    assert all(limit.reason for limit in found.limits)


def test_a_model_may_say_otherwise() -> None:
    found = watch(
        f"drift: {{psi: 0.3, ks: 0.01, share: 40%}}, prediction_shift: 10%, accuracy_drop: 2%, "
        f"expected: {{f1: 0.8}}, metrics: [f1], every: 6h, data: {{{ANSWERS}}}, bias: true",
        f", promote: {{fairness: {{demographic_parity_ratio: '>= 0.8'}}}}, "
        f"retrain: {{every: 45d, 'on': [drift], cooldown: 3d, {TRAINED}}}",
    )
    assert {origin for _, origin in held(found).values()} == {"blueprint"}
    assert held(found)["drift share"][0] == "<= 40%"
    assert held(found)["retraining cadence"][0] == "every 45d"
    assert held(found)["retraining cooldown"][0] == "3d"
    assert found.every == timedelta(hours=6)
    assert found.settings("drift") == {
        "psi": 0.3,
        "ks": 0.01,
        "alert_share": 0.4,
        "prediction_shift": 0.1,
        "embedding": 0.2,
    }
    assert found.settings("performance") == {
        "drop": 0.02,
        "metrics": ["f1"],
        "baseline": {"f1": 0.8},
    }
    assert found.settings("bias") == {"limits": {"demographic_parity_ratio": {"min": 0.8}}}


@pytest.mark.parametrize(
    ("monitor", "checks"),
    [
        (f"data: {{{ROWS}}}", ["drift"]),
        (f"data: {{{ANSWERS}}}", ["drift", "performance"]),
        (f"data: {{{ANSWERS}}}, bias: true, explain: true",
         ["drift", "performance", "bias", "explain"]),
        ("data: {current: s3://b/c, target: y, score: s, task: classification}", ["performance"]),
    ],
)  # fmt: skip
def test_what_the_data_allow_is_measured(monitor: str, checks: list[str]) -> None:
    assert [check.job for check in watch(monitor).checks] == checks


def test_verdicts_start_training_by_their_alerts() -> None:
    trained = f"'on': [drift, prediction-shift, accuracy], {TRAINED}"
    found = watch(f"data: {{{ANSWERS}}}", f", retrain: {{{trained}}}")
    assert found.on == ("DataDrift", "EmbeddingDrift", "PredictionShift", "PerformanceDrop")
    assert found.cooldown == timedelta(days=1)


def test_behind_verdicts_there_is_a_clock() -> None:
    found = watch(f"data: {{{ROWS}}}", f", retrain: {{'on': [drift], {TRAINED}}}")
    assert held(found)["retraining cadence"] == ("every 90d", "the field")


def test_training_and_watching_stand_on_one_site() -> None:
    text = f"""
    sites: {{here: {{kind: kubernetes}}, there: {{kind: kubernetes}}}}
    pipelines: {{'on': there}}
    models:
      - {{{MODEL}, monitor: {{data: {{{ROWS}}}}}, retrain: {{'on': [drift], {TRAINED}}}}}
    """
    sections = {**yaml.safe_load(HEAD), **yaml.safe_load(dedent(text))}
    found = make_plan(Blueprint.model_validate(sections), offers()).errors
    [about] = [each for each in found if each.path == ("models", 0, "retrain", "on")]
    assert about.what == "'m' is watched on 'here', and trained on 'there'"


def test_a_model_that_nobody_watches_or_trains_has_no_limits() -> None:
    assert planned(f"{SITE}models: [{{{MODEL}}}]").watches == ()


def test_every_default_says_why_and_from_where() -> None:
    for each in thresholds().values():
        assert each.reason
        assert each.source
