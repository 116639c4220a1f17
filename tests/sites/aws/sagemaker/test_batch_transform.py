"""Batch runs: EventBridge makes transform jobs, as a role that can do nothing else."""

from __future__ import annotations

import json

from tests.support.iam import Of, policies
from tests.support.sagemaker import IMAGE, hosted

NIGHTLY = f"""
models:
  - name: nightly
    type: predictive
    source: s3://weights/churn/model.tar.gz
    serve:
      engine: sagemaker
      image: "{IMAGE}"
      mode: batch
      schedule: "30 2 * * 1-5"
      input: s3://data/customers.csv
      output: s3://data/scores/
"""


def test_the_schedule_makes_a_job_with_a_name_of_its_own() -> None:
    [schedule] = hosted(NIGHTLY, deployed=False).of_type("aws:scheduler/schedule:Schedule")
    assert schedule.inputs["scheduleExpression"] == "cron(30 2 ? * MON-FRI *)"
    target = schedule.inputs["target"]
    assert target["arn"] == "arn:aws:scheduler:::aws-sdk:sagemaker:createTransformJob"
    job = json.loads(target["input"])
    assert job["TransformJobName"] == "yard-nightly-<aws.scheduler.execution-id>"
    assert job["TransformInput"]["ContentType"] == "text/csv"
    assert job["TransformOutput"]["S3OutputPath"] == "s3://data/scores/"
    assert job["TransformResources"]["VolumeKmsKeyId"]


def test_the_scheduler_may_make_these_jobs_and_nothing_else() -> None:
    graph = hosted(NIGHTLY, deployed=False)
    [policy] = [it for it in policies(graph, Of.IDENTITY) if "scheduler" in it.holder.name]
    made = [it for it in policy.allowed if it.can("sagemaker:CreateTransformJob")]
    assert [it.resources for it in made] == [
        ("arn:aws:sagemaker:eu-west-1:123456789012:transform-job/yard-nightly-*",)
    ]
    assert not any(it.can("iam:PassRole") for it in policy.allowed)


def test_a_job_that_fails_is_told() -> None:
    [rule] = hosted(NIGHTLY).of_type("aws:cloudwatch/eventRule:EventRule")
    pattern = json.loads(rule.inputs["eventPattern"])
    assert pattern["detail"]["TransformJobStatus"] == ["Failed"]
    assert pattern["detail"]["TransformJobName"] == [{"prefix": "yard-nightly-"}]
