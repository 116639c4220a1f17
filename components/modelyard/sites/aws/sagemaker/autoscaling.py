"""How many machines an endpoint has, between the fewest and the most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.sagemaker.endpoint_alarms import VARIANT
from modelyard.sites.aws.sagemaker.hosting import Hosting

DIMENSION, SERVICE = "sagemaker:variant:DesiredInstanceCount", "sagemaker"
REQUESTS = 1000
"""Requests a minute that a machine is trusted with where the blueprint says nothing."""
HELD_BACK = 0.8
"""Share of what a machine can do at which the next one is called: it takes minutes to come."""
BACKLOG = 5
"""Requests that wait for each machine of an asynchronous endpoint."""
OUT, IN = 60, 300
"""Seconds between steps upwards and between steps downwards."""


def scaled(hosting: Hosting, endpoint: CloudResource, title: str) -> CloudResource:
    """The target that policies move."""
    fewest, most = hosting.args.model_plan.replicas
    inputs = {
        "serviceNamespace": SERVICE,
        "scalableDimension": DIMENSION,
        "resourceId": f"endpoint/{title}/variant/{VARIANT}",
        "minCapacity": fewest,
        "maxCapacity": most,
    }
    options = pulumi.ResourceOptions(parent=hosting.parent, depends_on=[endpoint])
    token = "aws:appautoscaling/target:Target"
    shape = {"resourceId": str}
    return CloudResource(token, hosting.name, inputs, options, outputs=shape)


def by_requests(hosting: Hosting, target: CloudResource) -> None:
    """By what each machine is asked, or for language models by what it works on at a time."""
    plan, rps = hosting.args.model_plan, hosting.args.model.serve.target.rps
    if plan.concurrency and not rps:
        metric = "SageMakerVariantConcurrentRequestsPerModelHighResolution"
        value = plan.concurrency * HELD_BACK
    else:
        metric = "SageMakerVariantInvocationsPerInstance"
        value = rps * 60 / plan.replicas[1] if rps else float(REQUESTS)
    tracked = {"predefinedMetricSpecification": {"predefinedMetricType": metric}}
    _follow(hosting, target, "requests", {**tracked, "targetValue": round(value, 2)})


def by_backlog(hosting: Hosting, target: CloudResource, title: str) -> None:
    """By what waits, so that an endpoint without requests needs no machine at all."""
    metric = {
        "metricName": "ApproximateBacklogSizePerInstance",
        "namespace": "AWS/SageMaker",
        "statistic": "Average",
        "dimensions": [{"name": "EndpointName", "value": title}],
    }
    tracked = {"customizedMetricSpecification": metric, "targetValue": float(BACKLOG)}
    _follow(hosting, target, "backlog", tracked)
    _wake(hosting, target, title)


def _follow(hosting: Hosting, target: CloudResource, key: str, tracked: Mapping[str, Any]) -> None:
    settings = {**tracked, "scaleOutCooldown": OUT, "scaleInCooldown": IN}
    inputs = {
        **_of(hosting, target, key),
        "policyType": "TargetTrackingScaling",
        "targetTrackingScalingPolicyConfiguration": settings,
    }
    token = "aws:appautoscaling/policy:Policy"
    CloudResource(token, f"{hosting.name}-{key}", inputs, hosting.options, outputs={})


def _wake(hosting: Hosting, target: CloudResource, title: str) -> None:
    """The first machine comes when something waits and there is none.

    Source: SageMaker developer guide, scale from zero of an asynchronous endpoint.
    """
    step = {"metricIntervalLowerBound": "0", "scalingAdjustment": 1}
    settings = {
        "adjustmentType": "ChangeInCapacity",
        "metricAggregationType": "Average",
        "cooldown": IN,
        "stepAdjustments": [step],
    }
    inputs = {
        **_of(hosting, target, "wake"),
        "policyType": "StepScaling",
        "stepScalingPolicyConfiguration": settings,
    }
    token, name = "aws:appautoscaling/policy:Policy", f"{hosting.name}-wake"
    policy = CloudResource(token, name, inputs, hosting.options)
    alarm = {
        "name": hosting.title("wake", most=255),
        "namespace": "AWS/SageMaker",
        "metricName": "HasBacklogWithoutCapacity",
        "statistic": "Average",
        "dimensions": {"EndpointName": title},
        "comparisonOperator": "GreaterThanOrEqualToThreshold",
        "threshold": 1.0,
        "evaluationPeriods": 2,
        "datapointsToAlarm": 2,
        "period": 60,
        "treatMissingData": "missing",
        "alarmActions": [policy["arn"]],
    }
    token = "aws:cloudwatch/metricAlarm:MetricAlarm"
    CloudResource(token, name, alarm, hosting.options, outputs={})


def _of(hosting: Hosting, target: CloudResource, key: str) -> Mapping[str, Any]:
    return {
        "name": hosting.title(key, most=255),
        "serviceNamespace": SERVICE,
        "scalableDimension": DIMENSION,
        "resourceId": target["resourceId"],
    }
