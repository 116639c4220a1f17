"""All that Google runs itself at once: right for the SDK, and the same in preview and deployed."""

from __future__ import annotations

from functools import cache

import pytest
from tests.support.sdk_types import outputs_problems
from tests.support.vertex import IMAGE, hosted

from modelyard.recorder import Graph, check_inputs

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:pulumi_gcp.*")

EVERYTHING = """
features:
  engine: vertex
  materialize: "0 * * * *"
  groups:
    - {name: clicks, key: user, time: at, fields: {amount: float, page: text}, ttl: 30d}
    - {name: visits, key: user, time: at, fields: {n: integer}, online: false}
tracking: {engine: vertex}
pipelines: {engine: vertex}
access: {approvers: [lead@example.com]}
models:
  - name: chat
    type: llm
    source: hf://Qwen/Qwen2.5-7B-Instruct
    serve:
      engine: vertex
      eula: accepted
      replicas: {min: 1, max: 2}
      target: {p95_ms: 800, rps: 10, availability: 0.999}
      callers: [group:shop@example.com]
  - name: churn
    type: predictive
    source: s3://weights/churn.onnx
    serve:
      engine: cloud-run
      image: "{IMAGE}"
      replicas: {min: 0, max: 4}
      gpu: {accelerator: l4}
      target: {p95_ms: 80, rps: 10, availability: 0.999}
      callers: [group:shop@example.com]
    retrain: {every: 30d, image: "{IMAGE}", command: [train], gpus: 1}
    promote: {approval: required, benchmark: {auc: ">= 0.9"}}
  - name: nightly
    type: predictive
    source: s3://weights/nightly.onnx
    serve:
      engine: cloud-run
      image: "{IMAGE}"
      mode: batch
      schedule: "0 2 * * *"
      input: s3://data/in/
      output: s3://data/out/
    retrain: {every: 36h, image: "{IMAGE}", command: [train]}
    promote: {fairness: {parity: "<= 0.1"}}
""".replace("{IMAGE}", IMAGE)


@cache
def everything(*, deployed: bool = True) -> Graph:
    return hosted(EVERYTHING, deployed=deployed)


def test_inputs_are_what_the_sdk_takes() -> None:
    assert [str(it) for it in check_inputs(everything())] == []


def test_outputs_that_are_read_exist() -> None:
    assert outputs_problems(everything()) == []


def test_a_preview_shows_the_resources_that_will_be() -> None:
    assert [r.urn for r in everything(deployed=False)] == [r.urn for r in everything()]
