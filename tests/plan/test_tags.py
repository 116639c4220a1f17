"""The tags of a model, and the labels they become."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.plan.blueprints import HEAD, Blueprint, blueprint

from modelyard.blueprint.model import RetrainTrigger
from modelyard.blueprint.team import Classification
from modelyard.plan.tags import label_value, tags_of

LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
"""A label value as Kubernetes validates it, the empty one excepted."""
KEYS = {
    "modelyard.dev/domain",
    "modelyard.dev/owner",
    "modelyard.dev/team",
    "modelyard.dev/compliance-class",
    "modelyard.dev/retraining-cadence",
    "modelyard.dev/retraining-trigger",
}
NAMES = st.from_regex(r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?", fullmatch=True)
OWNERS = st.from_regex(r"[^@\s]{1,200}@[^@\s]{1,20}\.[^@\s.]{1,20}", fullmatch=True)


@st.composite
def tagged(draw: st.DrawFn) -> Blueprint:
    """Every field that a tag comes from, as wide as its type."""
    team = {"owner": draw(OWNERS), "domain": draw(NAMES)}
    if draw(st.booleans()):
        team["name"] = draw(NAMES)
    retrain = st.fixed_dictionaries(
        {},
        optional={
            "every": st.from_regex(r"[1-9][0-9]{0,4}[smhdw]", fullmatch=True),
            "on": st.lists(st.sampled_from([str(t) for t in RetrainTrigger]), max_size=9),
        },
    )
    model: dict[str, Any] = {"name": "m", "type": "predictive", "source": "models:/m"}
    if draw(st.booleans()):
        model["retrain"] = draw(retrain)
    if draw(st.booleans()):
        model["domain"] = draw(NAMES)
    data = {"classification": draw(st.sampled_from([str(c) for c in Classification]))}
    return Blueprint.model_validate({**HEAD, "team": team, "data": data, "models": [model]})


@given(tagged())
def test_every_model_of_every_blueprint_has_six_legal_labels(made: Blueprint) -> None:
    for model in (made.models[0], None):
        labels = tags_of(made, model).labels()
        assert set(labels) == KEYS
        assert all(LABEL.fullmatch(value) for value in labels.values()), labels


@given(st.text(max_size=200))
def test_any_text_is_a_legal_value_or_none(text: str) -> None:
    value = label_value(text)
    assert value == "" or LABEL.fullmatch(value)
    assert label_value(value) == value


@pytest.mark.parametrize("owner", ["é" * 80 + "@x.io", "-._@-.-", "@" * 5])
def test_an_owner_without_legal_characters_still_has_a_label(owner: str) -> None:
    assert LABEL.fullmatch(label_value(owner))


def test_an_address_stays_legible() -> None:
    assert label_value("risk-ml@acme.example") == "risk-ml.at.acme.example"


def tags(model: str) -> Any:
    made = blueprint(f"""
        team: {{owner: risk@acme.example, name: risk, domain: payments}}
        data: {{classification: restricted}}
        models: [{{name: m, type: predictive, source: "models:/m"{model}}}]
    """)
    return tags_of(made, made.models[0])


def test_where_each_comes_from() -> None:
    found = tags("")
    assert vars(found) == {
        "domain": "payments",
        "owner": "risk@acme.example",
        "team": "risk",
        "compliance_class": "restricted",
        "retraining_cadence": "none",
        "retraining_trigger": "manual",
    }


def test_a_model_may_have_a_domain_of_its_own() -> None:
    assert tags(", domain: cards").domain == "cards"


def test_a_team_without_a_name_is_called_after_the_platform() -> None:
    assert tags_of(blueprint()).team == "yard"


@pytest.mark.parametrize(
    ("retrain", "cadence", "trigger"),
    [
        ("{every: 30d}", "30d", "schedule"),
        ("{every: 2w}", "14d", "schedule"),
        ("{every: 36h}", "36h", "schedule"),
        ("{on: [drift]}", "90d", "schedule.drift"),
        ("{every: 90d, on: [drift, accuracy]}", "90d", "schedule.drift.accuracy"),
        ("{on: [data, data]}", "90d", "schedule.data"),
        ("{}", "none", "manual"),
    ],
)
def test_cadence_and_trigger(retrain: str, cadence: str, trigger: str) -> None:
    found = tags(f", retrain: {retrain}")
    assert (found.retraining_cadence, found.retraining_trigger) == (cadence, trigger)
