"""EventBridge Scheduler calling SageMaker's API: what has no resource of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from modelyard.contracts.kms import Encrypts
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.names import partition, scoped
from modelyard.sites.aws.policies import Statement
from modelyard.sites.aws.roles import service_role
from modelyard.sites.aws.sagemaker import rights
from modelyard.sites.aws.sagemaker.args import SageMakerArgs

RUN = "<aws.scheduler.execution-id>"
"""Replaced by the scheduler, so that each run has a name of its own."""
RUN_DIGITS = 37
"""Room that is left for it in names; an id has 16 characters where it was seen."""
NAME = 64


def scheduled(
    parent: pulumi.Resource,
    name: str,
    args: SageMakerArgs,
    *called: str,
    when: str,
    action: str,
    input: Mapping[str, Any],
    statements: Sequence[Statement],
) -> CloudResource:
    """Call one action (`createTransformJob`) at these times, as a role that may do no more.

    Source: EventBridge Scheduler user guide, universal targets.
    """
    target = {
        "arn": f"arn:{partition(args.site.region)}:scheduler:::aws-sdk:sagemaker:{action}",
        "input": pulumi.Output.json_dumps(input),
    }
    return _schedule(parent, name, args, called, when, target, statements)


def scheduled_pipeline(
    parent: pulumi.Resource,
    name: str,
    args: SageMakerArgs,
    *called: str,
    when: str,
    pipeline: pulumi.Input[str],
    parameters: Mapping[str, str],
    statements: Sequence[Statement],
) -> CloudResource:
    """Start a pipeline of SageMaker's at these times."""
    given = [{"name": key, "value": value} for key, value in parameters.items()]
    target = {"arn": pipeline, "sagemakerPipelineParameters": {"pipelineParameters": given}}
    return _schedule(parent, name, args, called, when, target, statements)


def _schedule(
    parent: pulumi.Resource,
    name: str,
    args: SageMakerArgs,
    called: Sequence[str],
    when: str,
    target: Mapping[str, Any],
    statements: Sequence[Statement],
) -> CloudResource:
    role = service_role(
        parent,
        f"{name}-scheduler",
        args.context,
        args.site,
        service="scheduler.amazonaws.com",
        called=("schedule", *called),
        statements=[*statements, rights.decrypt(args.kms.key(Encrypts.DATA))],
    )
    inputs = {
        "name": scoped(args.context, *called, most=NAME),
        "scheduleExpression": when,
        "flexibleTimeWindow": {"mode": "OFF"},
        "kmsKeyArn": args.kms.key(Encrypts.DATA),
        "target": {
            **target,
            "roleArn": role["arn"],
            "retryPolicy": {"maximumRetryAttempts": 2, "maximumEventAgeInSeconds": 3600},
        },
    }
    options = pulumi.ResourceOptions(parent=parent, depends_on=role.policies)
    return CloudResource("aws:scheduler/schedule:Schedule", name, inputs, options)
