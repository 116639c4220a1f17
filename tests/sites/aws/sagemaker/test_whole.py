"""All of SageMaker's parts at once: right for the SDK, private, and without broad rights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import pytest
from tests.support import iam_rules
from tests.support.sagemaker import IMAGE, hosted, planned
from tests.support.sdk_types import outputs_problems

from modelyard.program import record_plan
from modelyard.recorder import Graph, check_inputs

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:pulumi_aws.*")

EVERYTHING = f"""
features:
  engine: sagemaker
  groups:
    - {{name: clicks, key: user, time: at, fields: {{amount: float}}, ttl: 30d}}
    - name: visits
      key: user
      time: at
      fields: {{n: integer}}
      throughput: {{reads: 1, writes: 1}}
registry: {{engine: sagemaker, share: ["210987654321"]}}
tracking: {{engine: sagemaker, size: small}}
pipelines: {{engine: sagemaker}}
access: {{approvers: [lead@example.com]}}
models:
  - name: churn
    type: predictive
    source: models:/churn/3
    card: {{purpose: Tells who leaves, risk: high}}
    serve:
      engine: sagemaker
      image: "{IMAGE}"
      replicas: {{min: 2, max: 4}}
      target: {{p95_ms: 80, rps: 10, availability: 0.999}}
      challenger: models:/churn/4
    monitor:
      drift: {{distance: 0.1, features: [amount, age]}}
      baseline: s3://weights/churn/baseline/
      every: 6h
    retrain: {{every: 30d, 'on': [drift], image: "{IMAGE}", command: [train], gpus: 1}}
    promote: {{approval: required, benchmark: {{auc: ">= 0.9"}}}}
  - name: chat
    type: llm
    source: hf://Qwen/Qwen2.5-7B-Instruct
    serve: {{engine: sagemaker, replicas: {{min: 1, max: 2}}}}
  - name: slow
    type: predictive
    source: s3://weights/slow.tar.gz
    serve: {{engine: sagemaker, image: "{IMAGE}", mode: async, replicas: {{min: 0, max: 2}}}}
  - name: rare
    type: predictive
    source: s3://weights/rare.tar.gz
    serve: {{engine: sagemaker, image: "{IMAGE}", mode: serverless, replicas: {{min: 0, max: 5}}}}
  - name: nightly
    type: predictive
    source: s3://weights/nightly.tar.gz
    serve:
      engine: sagemaker
      image: "{IMAGE}"
      mode: batch
      schedule: "0 2 * * *"
      input: s3://data/in.jsonl
      output: s3://data/out/
"""


@cache
def everything(*, deployed: bool = True) -> Graph:
    return hosted(EVERYTHING, deployed=deployed)


def test_inputs_are_what_the_sdk_takes() -> None:
    assert [str(it) for it in check_inputs(everything())] == []


def test_outputs_that_are_read_exist() -> None:
    assert outputs_problems(everything()) == []


def test_a_preview_shows_the_resources_that_will_be() -> None:
    assert [r.urn for r in everything(deployed=False)] == [r.urn for r in everything()]


@pytest.mark.parametrize(
    "rule",
    [iam_rules.unread, iam_rules.wild, iam_rules.passed_roles, iam_rules.trusting],
    ids=lambda rule: rule.__name__,
)
def test_roles_keep_the_rules(rule: Callable[[Graph], Iterator[str]]) -> None:
    assert list(rule(everything(deployed=False))) == []


def test_every_topic_and_log_group_is_encrypted() -> None:
    graph = everything()
    topics = graph.of_type("aws:sns/topic:Topic")
    assert topics
    assert all(topic.inputs.get("kmsMasterKeyId") for topic in topics)
    groups = graph.of_type("aws:cloudwatch/logGroup:LogGroup")
    assert all(group.inputs.get("kmsKeyId") for group in groups)


def test_every_alarm_tells_somebody() -> None:
    alarms = everything().of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
    assert alarms
    assert all(alarm.inputs["alarmActions"] for alarm in alarms)


def test_names_fit_what_sagemaker_takes() -> None:
    keys = ("name", "endpointConfigName", "featureGroupName", "modelPackageGroupName")
    long = [
        resource.inputs[key]
        for resource in everything()
        if resource.type.startswith("aws:sagemaker/")
        for key in keys
        if len(resource.inputs.get(key, "")) > 63
    ]
    assert long == []


def test_no_node_of_the_cluster_is_kept_for_a_hosted_model() -> None:
    inside = '{name: local, type: llm, source: "hf://Qwen/Qwen2.5-0.5B", serve: {engine: vllm}}'
    plan = planned(EVERYTHING.replace("\nmodels:", f"\nmodels:\n  - {inside}", 1))
    pools = [r for r in record_plan(plan) if r.type.endswith(":NodePool")]
    assert pools
    assert not any("ml.g" in str(pool.inputs) for pool in pools)
