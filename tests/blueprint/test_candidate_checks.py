"""What is asked of a candidate can be looked at before anybody lets it in, or is refused."""

from __future__ import annotations

import pytest
from tests.blueprint.test_checks import dotted, findings

REGISTRY, BUCKET = "models:/m@champion", "s3://b/m/"
TRAINED = "retrain: {every: 30d, image: 'i:1', command: [c]}"
ROWS = "reference: 's3://b/r', target: y, features: [a]"
READ = "retrain: {every: 30d, image: 'i:1', command: [c], data: 's3://b/t'}"


def refused(model: str, checks: str, more: str = "") -> list[tuple[str, str, str]]:
    source = REGISTRY if "predictive" in model else BUCKET
    named = f"name: m, source: '{source}', {model}"
    text = f"models: [{{{named}, promote: {{checks: [{checks}]}}}}]\n{more}"
    return [(dotted(f), f.what, f.next) for f in findings(text)]


@pytest.mark.parametrize("checks", ["pii", "robustness", "pii, robustness"])
def test_what_a_run_of_ours_learns_from_and_brings_is_looked_at(checks: str) -> None:
    assert not refused(f"type: predictive, {TRAINED}, monitor: {{data: {{{ROWS}}}}}", checks)


def test_rows_that_training_reads_need_no_suite_to_be_looked_through() -> None:
    assert not refused(f"type: llm, {READ}", "pii")
    [(path, what, _), *_] = refused(f"type: llm, {READ}", "")
    assert (path, "a suite" in what) == ("models.0.retrain.data", True)


@pytest.mark.parametrize(
    ("model", "check", "what", "next"),
    [
        ("type: predictive", "pii", "nothing trains 'm'", "add `retrain`"),
        (f"type: llm, {TRAINED}", "pii", "trained on", "add `data: s3://…` to `retrain`"),
        (f"type: llm, {TRAINED}", "robustness", "no server answers", "monitor: {robustness"),
        (f"type: embedding, {TRAINED}", "robustness", "not right or wrong", "reads them"),
        (f"type: predictive, {TRAINED}", "robustness", "which rows", "to `monitor.data`"),
    ],
)
def test_what_cannot_be_looked_at_is_refused(model: str, check: str, what: str, next: str) -> None:
    [(path, said, then)] = refused(model, check)
    assert path == "models.0.promote.checks.0"
    assert what in said
    assert next in then


@pytest.mark.parametrize("engine", ["sagemaker", "vertex"])
def test_pipelines_of_a_cloud_run_no_job_of_ours(engine: str) -> None:
    found = refused(
        f"type: predictive, {TRAINED}, monitor: {{data: {{{ROWS}}}}}",
        "pii",
        f"pipelines: {{engine: {engine}}}",
    )
    said = {path: (what, then) for path, what, then in found}
    what, then = said["models.0.promote.checks.0"]
    assert f"a pipeline of {engine} runs no job of the platform" in what
    assert "run pipelines by argo" in then
    assert "monitor: {pii: {}}" in then
