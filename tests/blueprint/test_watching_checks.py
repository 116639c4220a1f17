"""What is to be watched has to be measurable, and what starts training has to be watched."""

from __future__ import annotations

import pytest
from tests.blueprint.test_checks import dotted, findings

from modelyard.blueprint.checks.watching import FAIRNESS, METRICS
from modelyard_jobs import bias, performance

MODEL = "name: m, type: predictive, source: 'models:/m@champion'"
ROWS = "reference: 's3://b/r', current: 's3://b/c/'"
ANSWERS = "target: y, prediction: p, task: classification"
TRAINED = "image: i, command: [c]"


def said(text: str) -> list[tuple[str, str]]:
    return [(dotted(f), f.what) for f in findings(text)]


def of_monitor(text: str, more: str = "") -> list[tuple[str, str]]:
    found = said(f"models: [{{{MODEL}, monitor: {{{text}}}{more}}}]")
    return [(path.removeprefix("models.0."), what) for path, what in found]


@pytest.mark.parametrize(
    ("monitor", "path", "next"),
    [
        ("drift: {}", "monitor.drift", "add `data: {reference: s3://…, current: s3://…}`"),
        (f"drift: {{}}, data: {{{ROWS.split(',')[1]}}}", "monitor.drift", "reference: s3://…"),
        (f"prediction_shift: 15%, data: {{{ROWS}}}", "monitor.prediction_shift", "prediction:"),
        (f"accuracy_drop: 5%, data: {{{ROWS}}}", "monitor.accuracy_drop", "target: COLUMN, pred"),
        (f"bias: true, data: {{{ROWS}, {ANSWERS}}}", "monitor.bias", "sensitive: [COLUMN]"),
        ("explain: true", "monitor.explain", "current: s3://…"),
        ("every: 1h", "monitor", "reference: s3://…"),
        ("data: {task: regression}", "monitor", "reference: s3://…"),
        (f"data: {{{ROWS}, window: 7d}}", "monitor.data.window", "timestamp: COLUMN"),
        (f"drift: {{embedding: 0.3}}, data: {{{ROWS}}}", "monitor.drift.embedding", "embedding:"),
        (f"metrics: [f1], data: {{{ROWS}}}", "monitor.metrics", "`target`, `prediction`"),
        (f"every: 36h, data: {{{ROWS}}}", "monitor.every", "8h, 12h, 1d or 7d"),
        (f"every: 7m, data: {{{ROWS}}}", "monitor.every", "choose 15m"),
        (f"prediction_shift: 0%, data: {{{ROWS}, score: s}}", "monitor.prediction_shift", "5%"),
        (f"metrics: [rmse], data: {{{ROWS}, {ANSWERS}}}", "monitor.metrics", "accuracy, f1, auc"),
        (f"metrics: [auc], data: {{{ROWS}, {ANSWERS}}}", "monitor.metrics", "score: COLUMN"),
        (
            f"bias: true, data: {{{ROWS}, task: regression, prediction: p, sensitive: [s]}}",
            "monitor.bias",
            "decision",
        ),
    ],
)
def test_what_cannot_be_measured_is_refused(monitor: str, path: str, next: str) -> None:
    [found] = findings(f"models: [{{{MODEL}, monitor: {{{monitor}}}}}]")
    assert dotted(found) == f"models.0.{path}"
    assert next in found.next


@pytest.mark.parametrize(
    "monitor",
    [
        f"data: {{{ROWS}}}",
        f"data: {{{ROWS}, {ANSWERS}, sensitive: [s]}}, bias: true, explain: true, every: 6h",
        f"every: 15m, data: {{{ROWS}, timestamp: at, window: 24h}}",
        f"every: 7d, data: {{{ROWS}, {ANSWERS}}}, metrics: [f1], expected: {{f1: 0.8}}",
    ],
)
def test_what_can_be_measured_is_fine(monitor: str) -> None:
    assert of_monitor(monitor) == []


def test_worse_has_to_be_worse_than_something() -> None:
    model = "name: m, type: predictive, source: 's3://b/m', serve: {engine: onnx-runtime}"
    monitor = f"data: {{{ROWS}, {ANSWERS}}}"
    [(path, what)] = said(f"models: [{{{model}, monitor: {{{monitor}}}}}]")
    assert (path, what) == ("models.0.monitor", "nothing says how well 'm' answered before")
    assert said(f"models: [{{{model}, monitor: {{{monitor}, expected: {{f1: 0.9}}}}}}]") == []


def test_only_what_the_registry_has_can_be_explained() -> None:
    model = "name: m, type: embedding, source: 'hf://org/m', serve: {engine: vllm}"
    found = said(f"models: [{{{model}, monitor: {{explain: true, data: {{{ROWS}}}}}}}]")
    assert [path for path, _ in found] == ["models.0.monitor.explain"]


def test_bias_is_held_to_what_it_measures() -> None:
    watched = f"bias: true, data: {{{ROWS}, {ANSWERS}, sensitive: [s]}}"
    trained = "retrain: {every: 30d, image: i, command: [c]}"
    bounds = f"promote: {{fairness: {{parity: '<= 0.1'}}}}, {trained}"
    [(path, what)] = of_monitor(watched, f", {bounds}")
    assert path == "monitor.bias"
    assert "does not measure parity" in what


@pytest.mark.parametrize(
    ("retrain", "monitor", "path"),
    [
        ("on: [drift]", "data: {current: 's3://b/c', target: y, score: s, task: classification}",
         "retrain.on.0"),
        ("on: [accuracy]", f"data: {{{ROWS}}}", "retrain.on.0"),
        ("on: [drift, prediction-shift]", f"data: {{{ROWS}}}", "retrain.on.1"),
        ("every: 30d, cooldown: 2d", f"data: {{{ROWS}}}", "retrain.cooldown"),
    ],
)  # fmt: skip
def test_what_starts_training_is_watched(retrain: str, monitor: str, path: str) -> None:
    [(found, _)] = of_monitor(monitor, f", retrain: {{{retrain}, {TRAINED}}}")
    assert found == path


def test_a_trigger_that_is_watched_is_fine() -> None:
    assert of_monitor(f"data: {{{ROWS}}}", f", retrain: {{on: [drift], {TRAINED}}}") == []


def test_no_gate_is_set_up_where_nothing_reaches_it() -> None:
    text = f"models: [{{{MODEL}, promote: {{benchmark: {{auc: '>= 0.9'}}}}}}]"
    [(path, what)] = said(text)
    assert path == "models.0.promote.benchmark"
    assert "no gate is ever reached" in what


VALIDATED = "ingestion: {validation: great-expectations}\n"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (f"{VALIDATED}models: [{{{MODEL}}}]", "ingestion.validation"),
        (
            f"{VALIDATED}models: [{{{MODEL}, retrain: {{every: 30d, {TRAINED}, data: 's3://b/d'}}}}]",
            "models.0.retrain.data",
        ),
        (
            f"models: [{{{MODEL}, retrain: {{every: 30d, {TRAINED}, data: 's3://b/d', "
            "suite: 's3://b/s'}}]",
            "models.0.retrain.data",
        ),
    ],
)
def test_a_suite_and_its_data_go_together(text: str, path: str) -> None:
    assert path in [found for found, _ in said(text)]


def test_data_are_held_against_a_suite() -> None:
    retrain = f"every: 30d, {TRAINED}, data: 's3://b/d', suite: 's3://b/s'"
    assert said(f"{VALIDATED}models: [{{{MODEL}, retrain: {{{retrain}}}}}]") == []


KEY = r"-----BEGIN PUBLIC KEY-----\nQUJD\n-----END PUBLIC KEY-----\n"


@pytest.mark.parametrize(
    ("artifact", "path"),
    [
        ("signature: required", "artifact.signature"),
        (f'public_key: "{KEY}"', "artifact.public_key"),
        (f"sha256: {'a' * 64}", "artifact.sha256"),
    ],
)
def test_an_artifact_that_is_trained_anew_is_known_by_its_signature(
    artifact: str, path: str
) -> None:
    retrain = f"retrain: {{every: 30d, {TRAINED}}}"
    found = said(f"models: [{{{MODEL}, {retrain}, artifact: {{{artifact}}}}}]")
    assert [each for each, _ in found] == [f"models.0.{path}"]


HOSTED = """
sites: {here: {kind: aws, region: eu-west-1, account: "123456789012"}}
registry: {engine: sagemaker}
pipelines: {engine: sagemaker}
models:
  - name: m
    type: predictive
    source: models:/m/3
    serve:
      engine: sagemaker
      image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/m:1
    monitor: {%s}
    retrain:
      image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/train:1
      command: [train]
%s
"""
SEEN = f"data: {{{ROWS}, target: t, prediction: p, task: classification, sensitive: [g]}}"
ANALYSED = "drift: {distance: 0.1, features: [a]}, baseline: 's3://b/base/'"


def test_what_a_cloud_serves_is_checked_where_rows_are_named() -> None:
    assert (
        said(HOSTED % (f"{SEEN}, expected: {{accuracy: 0.9}}, bias: true", "      every: 30d"))
        == []
    )


@pytest.mark.parametrize(
    ("monitor", "retrain", "path"),
    [
        (SEEN, "", "monitor"),
        (f"{SEEN}, expected: {{accuracy: 0.9}}, explain: true", "", "monitor.explain"),
        (f"{ANALYSED}, expected: {{accuracy: 0.9}}", "", "monitor.expected"),
        (f"{ANALYSED}, metrics: [f1]", "", "monitor.metrics"),
        (f"data: {{{ROWS}}}, baseline: 's3://b/base/'", "", "monitor.baseline"),
        (ANALYSED, "      'on': [accuracy]", "retrain.on.0"),
        (f"data: {{{ROWS}}}", "      'on': [accuracy]", "retrain.on.0"),
        (ANALYSED, "      'on': [drift]\n      cooldown: 3d", "retrain.cooldown"),
    ],
    ids=[
        *("no-baseline", "explained", "expected-of-nothing", "metrics-of-nothing", "base"),
        *("accuracy-unmeasured", "accuracy-without-truth", "pause-of-an-alarm"),
    ],
)
def test_what_nothing_can_measure_of_it_is_refused(monitor: str, retrain: str, path: str) -> None:
    assert f"models.0.{path}" in [at for at, _ in said(HOSTED % (monitor, retrain))]


def test_drift_that_either_sees_starts_training() -> None:
    on = "      'on': [drift]"
    for monitor in (ANALYSED, f"data: {{{ROWS}}}", f"{ANALYSED}, data: {{{ROWS}}}"):
        assert said(HOSTED % (monitor, on)) == []


def test_the_names_are_those_of_the_jobs() -> None:
    assert bias.Measure.__args__ == FAIRNESS
    assert performance.Metric.__args__ == tuple(m for task in METRICS.values() for m in task)
