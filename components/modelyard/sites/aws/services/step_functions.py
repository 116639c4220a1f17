"""Step Functions: every table is validated, and only then the load runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.site import AwsSite
from modelyard.contracts.account import Account
from modelyard.contracts.ingestion import IngestionArgs
from modelyard.contracts.kms import Encrypts, Kms
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.logs import log_group, own_group
from modelyard.sites.aws.names import arn, domain, partition, scoped
from modelyard.sites.aws.notices import Notices
from modelyard.sites.aws.policies import Statement, allow
from modelyard.sites.aws.roles import Role, service_role
from modelyard.sites.aws.services.data_quality import SCHEDULE, GlueDataQuality, cadence

NAME = 80
_WAIT = 30
"""Seconds between two looks at an evaluation."""
_RETRY = [{"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 3, "BackoffRate": 2.0}]
_DELIVERY = (
    *("CreateLogDelivery", "DeleteLogDelivery", "DescribeLogGroups", "DescribeResourcePolicies"),
    *("GetLogDelivery", "ListLogDeliveries", "PutResourcePolicy", "UpdateLogDelivery"),
)
"""Source: Step Functions developer guide, logging to CloudWatch; none of it takes a resource."""
_TRACES = ("GetSamplingRules", "GetSamplingTargets", "PutTelemetryRecords", "PutTraceSegments")


@dataclass(frozen=True, kw_only=True)
class StepArgs(IngestionArgs):
    site: AwsSite
    account: Account
    kms: Kms
    validation: GlueDataQuality


class ValidatedLoad(pulumi.ComponentResource):
    """A state machine that starts by the clock. A broken rule ends it before anything is loaded."""

    def __init__(
        self, name: str, args: StepArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:ingestion:ValidatedLoad", name, None, opts)
        context, validation = args.context, args.validation
        job = args.settings.load
        assert job is not None  # without a job the blueprint is refused
        self._name, self._args = name, args
        self.called = scoped(context, "load", most=NAME)
        logs = log_group(self, name, args.kms, own_group(context, "load", "/aws/vendedlogs/states"))
        role = service_role(
            self,
            name,
            context,
            args.site,
            service="states.amazonaws.com",
            called=("load",),
            statements=[*validation.rights(), *_rights(args, job, self.called)],
        )
        self.machine = self._machine(definition(args.site, validation, job), role, logs)
        self._by_the_clock()
        self._tell()
        self.register_outputs({"machine": self.machine["arn"]})

    def _machine(self, steps: Mapping[str, Any], role: Role, logs: CloudResource) -> CloudResource:
        inputs = {
            "name": self.called,
            "type": "STANDARD",
            "roleArn": role["arn"],
            "definition": pulumi.Output.json_dumps(steps),
            "encryptionConfiguration": {
                "type": "CUSTOMER_MANAGED_KMS_KEY",
                # Its history is a log of runs, and its logs are delivered under the same key.
                "kmsKeyId": self._args.kms.key(Encrypts.LOGS),
                "kmsDataKeyReusePeriodSeconds": 300,
            },
            "loggingConfiguration": {
                "level": "ALL",
                # Ids and scores: nothing of the data themselves passes through.
                "includeExecutionData": True,
                "logDestination": pulumi.Output.concat(logs["arn"], ":*"),
            },
            "tracingConfiguration": {"enabled": True},
        }
        options = pulumi.ResourceOptions(parent=self, depends_on=role.policies)
        return CloudResource("aws:sfn/stateMachine:StateMachine", self._name, inputs, options)

    def _by_the_clock(self) -> None:
        """Started as often as tables are to be validated, by a role that may do nothing else."""
        args, site = self._args, self._args.site
        via = {"kms:ViaService": f"states.{site.region}.{domain(site.region)}"}
        starting = ["kms:Decrypt", "kms:GenerateDataKey"]
        role = service_role(
            self,
            f"{self._name}-scheduler",
            args.context,
            args.site,
            service="scheduler.amazonaws.com",
            called=("schedule", "load"),
            statements=[
                allow(["states:StartExecution"], [self.machine["arn"]]),
                allow(starting, [args.kms.key(Encrypts.LOGS)], {"StringEquals": via}),
                allow(["kms:Decrypt"], [args.kms.key(Encrypts.DATA)]),
            ],
        )
        inputs = {
            "name": scoped(args.context, "load", most=SCHEDULE),
            "scheduleExpression": cadence(args.settings),
            "flexibleTimeWindow": {"mode": "OFF"},
            "kmsKeyArn": args.kms.key(Encrypts.DATA),
            "target": {"arn": self.machine["arn"], "roleArn": role["arn"]},
        }
        options = pulumi.ResourceOptions(parent=self)
        token = "aws:scheduler/schedule:Schedule"
        CloudResource(token, self._name, inputs, options, outputs={})

    def _tell(self) -> None:
        """Somebody hears of a load that did not come to its end."""
        args, part = self._args, f"{self._name}-notices"
        notices = Notices(self, part, args.context, args.site, args.kms, called="load")
        detail = {
            "stateMachineArn": [arn(args.site, "states", f"stateMachine:{self.called}")],
            "status": ["ABORTED", "FAILED", "TIMED_OUT"],
        }
        kind = "Step Functions Execution Status Change"
        pattern = {"source": ["aws.states"], "detail-type": [kind], "detail": detail}
        notices.events("failed-load", pattern)


def _rights(args: StepArgs, job: str, called: str) -> list[Statement]:
    site, key = args.site, args.kms.key(Encrypts.LOGS)
    running = ("BatchStopJobRun", "GetJobRun", "GetJobRuns", "StartJobRun")
    machine = arn(site, "states", f"stateMachine:{called}")
    context = {"kms:EncryptionContext:aws:states:stateMachineArn": machine}
    return [
        allow([f"glue:{it}" for it in running], [arn(site, "glue", f"job/{job}")]),
        allow([f"logs:{it}" for it in _DELIVERY], ["*"]),
        allow([f"xray:{it}" for it in _TRACES], ["*"]),
        allow(["kms:Decrypt", "kms:GenerateDataKey"], [key], {"StringEquals": context}),
    ]


def definition(site: AwsSite, validation: GlueDataQuality, job: str) -> Mapping[str, Any]:
    """Amazon States Language: all tables at once, then the job."""
    place = partition(site.region)
    branches = [_validating(place, validation, table) for table in sorted(validation.rulesets)]
    return {
        "StartAt": "Validate",
        "States": {
            "Validate": {
                "Type": "Parallel",
                "Branches": branches,
                "ResultPath": None,
                "Next": "Load",
            },
            "Load": {
                "Type": "Task",
                "Resource": f"arn:{place}:states:::glue:startJobRun.sync",
                "Parameters": {"JobName": job},
                "End": True,
            },
        },
    }


def _validating(place: str, validation: GlueDataQuality, table: str) -> Mapping[str, Any]:
    """Start an evaluation, wait for its end, and fail unless each rule holds."""
    sdk = f"arn:{place}:states:::aws-sdk:glue"
    run = {"RunId.$": "$.RunId"}
    ended = {"Variable": "$.Status"}
    return {
        "StartAt": "Start",
        "States": {
            "Start": {
                "Type": "Task",
                "Resource": f"{sdk}:startDataQualityRulesetEvaluationRun",
                "Parameters": validation.run(table),
                "Retry": _RETRY,
                "Next": "Wait",
            },
            "Wait": {"Type": "Wait", "Seconds": _WAIT, "Next": "Look"},
            "Look": {
                "Type": "Task",
                "Resource": f"{sdk}:getDataQualityRulesetEvaluationRun",
                "Parameters": run,
                "Retry": _RETRY,
                "Next": "Ended?",
            },
            "Ended?": {
                "Type": "Choice",
                "Choices": [
                    {**ended, "StringEquals": "SUCCEEDED", "Next": "Results"},
                    *(
                        {**ended, "StringEquals": state, "Next": "Wait"}
                        for state in ("STARTING", "RUNNING")
                    ),
                ],
                "Default": "NotValidated",
            },
            "Results": {
                "Type": "Task",
                "Resource": f"{sdk}:getDataQualityResult",
                "Parameters": {"ResultId.$": "$.ResultIds[0]"},
                "Retry": _RETRY,
                "Next": "Kept?",
            },
            "Kept?": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.Score", "NumericEquals": 1, "Next": "Kept"}],
                "Default": "Broken",
            },
            "Kept": {"Type": "Succeed"},
            "Broken": {"Type": "Fail", "Error": "RulesBroken", "Cause": f"{table} breaks a rule"},
            "NotValidated": {
                "Type": "Fail",
                "Error": "NotValidated",
                "Cause": f"the evaluation of {table} did not end well",
            },
        },
    }
