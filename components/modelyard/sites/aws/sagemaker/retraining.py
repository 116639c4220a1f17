"""A model's training pipeline: what it runs, when, and because of which alarms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pulumi

from modelyard.blueprint.checks.watching import analysed
from modelyard.blueprint.model import RetrainTrigger
from modelyard.catalog.sagemaker import has_disks
from modelyard.contracts.kms import Encrypts
from modelyard.objects.cloud import CloudResource
from modelyard.plan.hosted_machine import training_machine
from modelyard.plan.promotion import registered_name
from modelyard.sites.aws.events import RULE, event_rule, send
from modelyard.sites.aws.names import arn, scoped
from modelyard.sites.aws.policies import Statement, allow
from modelyard.sites.aws.roles import Role, grant, service_role
from modelyard.sites.aws.sagemaker import definition, rights
from modelyard.sites.aws.sagemaker.args import HostedArgs
from modelyard.sites.aws.sagemaker.definition import BECAUSE
from modelyard.sites.aws.sagemaker.model_packages import ModelPackages, group_name
from modelyard.sites.aws.sagemaker.monitors import VERDICT, alarm_names
from modelyard.sites.aws.sagemaker.pipelines import SageMakerPipelines, pipeline_title, runs
from modelyard.sites.aws.sagemaker.schedules import scheduled_pipeline

DISK = 100
"""GB of a run's volume."""
LONGEST = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class RetrainingArgs(HostedArgs):
    registry: ModelPackages
    pipelines: SageMakerPipelines


class RetrainingPipeline(pulumi.ComponentResource):
    """Trains, holds the result against the gates, and registers it for approval."""

    def __init__(
        self, name: str, args: RetrainingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:retraining:RetrainingPipeline", name, None, opts)
        assert args.model.retrain is not None
        self._name, self._args, self._retrain = name, args, args.model.retrain
        self.title = pipeline_title(args.context, args.model)
        self._group = group_name(args.context, registered_name(args.model))
        self._pulls(args.pipelines.role)
        role = self._role()
        self._pipeline = self._made(role)
        if self._retrain.every:
            self._cadence(self._retrain.every)
        if RetrainTrigger.DRIFT in self._retrain.on and analysed(args.model):
            self._on_alarm()
        self.register_outputs({"pipeline": self._pipeline["arn"]})

    def _role(self) -> Role:
        """Starts jobs as the training role and registers what comes of them; it cannot approve."""
        args, site = self._args, self._args.site
        return service_role(
            self,
            self._name,
            args.context,
            site,
            service=rights.SERVICE,
            called=("pipeline", args.model.name),
            statements=[
                *_jobs(args, self._group),
                rights.passing(args.pipelines.role["arn"]),
                rights.decrypt(args.kms.key(Encrypts.DATA)),
                rights.volumes(site, args.kms.key(Encrypts.DATA)),
            ],
        )

    def _pulls(self, role: Role) -> None:
        """The training role may pull this model's image."""
        image = self._retrain.image or ""
        called = f"pull-{self._args.model.name}"
        statements = rights.pull(self._args.site, image)
        grant(self, f"{self._name}-pull", role, statements, called)

    def _made(self, role: Role) -> CloudResource:
        args = self._args
        last = definition.register(args.model, self._group, args.model_plan.machine)
        steps = [definition.train(self._training()), definition.gated(args.model, last)]
        inputs = {
            "pipelineName": self.title,
            "pipelineDisplayName": self.title,
            "pipelineDescription": f"Trains {args.model.name}",
            "pipelineDefinition": definition.definition(steps),
            "roleArn": role["arn"],
            "parallelismConfiguration": {"maxParallelExecutionSteps": 1},
        }
        options = pulumi.ResourceOptions(parent=self, depends_on=role.policies)
        return CloudResource("aws:sagemaker/pipeline:Pipeline", self._name, inputs, options)

    def _training(self) -> Mapping[str, Any]:
        """The training job; source: SageMaker API reference, CreateTrainingJob."""
        args, store = self._args, self._args.object_store
        key, machine = args.kms.key(Encrypts.DATA), training_machine(self._retrain)
        assert machine is not None  # the checks see to it
        volume = {} if has_disks(machine) else {"VolumeKmsKeyId": key}
        longest = self._retrain.timeout or LONGEST
        return {
            "AlgorithmSpecification": {
                "TrainingImage": self._retrain.image,
                "TrainingInputMode": "File",
                "ContainerEntrypoint": list(self._retrain.command),
                "MetricDefinitions": definition.metrics(args.model),
            },
            "OutputDataConfig": {
                "S3OutputPath": store.address(f"models/{args.model.name}/"),
                "KmsKeyId": key,
            },
            "ResourceConfig": {
                "InstanceType": machine,
                "InstanceCount": 1,
                "VolumeSizeInGB": DISK,
                **volume,
            },
            "RoleArn": args.pipelines.role["arn"],
            "StoppingCondition": {"MaxRuntimeInSeconds": int(longest.total_seconds())},
            "EnableInterContainerTrafficEncryption": True,
            "VpcConfig": {
                "SecurityGroupIds": [args.pipelines.group.id],
                "Subnets": list(args.vpc.private_subnets),
            },
            "Environment": self._environment(),
        }

    def _environment(self) -> Mapping[str, Any]:
        tracking = self._args.pipelines.tracking
        tracked = {"MLFLOW_TRACKING_URI": tracking} if tracking is not None else {}
        return {
            "MODEL": registered_name(self._args.model),
            "MODELYARD_BUCKET": self._args.object_store.address(""),
            "MODELYARD_BECAUSE": {"Get": f"Parameters.{BECAUSE}"},
            **tracked,
        }

    def _cadence(self, every: timedelta) -> None:
        args = self._args
        scheduled_pipeline(
            self,
            self._name,
            args,
            args.model.name,
            "train",
            when=rate(every),
            pipeline=self._pipeline["arn"],
            parameters={BECAUSE: "schedule"},
            statements=[runs(args, self.title)],
        )

    def _on_alarm(self) -> None:
        """Any alarm of the model's drift starts a run; while it lasts, no second one is begun."""
        args = self._args
        pattern = {
            "source": ["aws.cloudwatch"],
            "detail-type": ["CloudWatch Alarm State Change"],
            "detail": {
                "alarmName": alarm_names(args.context, args.model),
                "state": {"value": ["ALARM"]},
                "previousState": {"value": ["OK", "INSUFFICIENT_DATA"]},
            },
        }
        called = scoped(args.context, args.model.name, "retrain", most=RULE)
        rule = event_rule(self, self._name, called, pattern)
        told = {"pipelineParameterLists": [{"name": BECAUSE, "value": VERDICT}]}
        send(
            self,
            self._name,
            rule,
            self._pipeline,
            roleArn=self._starter()["arn"],
            sagemakerPipelineTarget=told,
        )

    def _starter(self) -> Role:
        args = self._args
        return service_role(
            self,
            f"{self._name}-alarm",
            args.context,
            args.site,
            service="events.amazonaws.com",
            called=("retrain", args.model.name),
            statements=[runs(args, self.title)],
        )


def rate(every: timedelta) -> str:
    """A cadence as EventBridge Scheduler writes it."""
    minutes = int(every.total_seconds()) // 60
    for unit, length in (("day", 1440), ("hour", 60), ("minute", 1)):
        if minutes % length == 0:
            number = minutes // length
            return f"rate({number} {unit}{'s' if number > 1 else ''})"
    raise AssertionError(every)


def _jobs(args: RetrainingArgs, group: str) -> list[Statement]:
    """Training jobs that a pipeline makes carry its name; versions are made, never approved."""
    site = args.site
    jobs = arn(site, "sagemaker", "training-job/pipelines-*")
    job = ["CreateTrainingJob", "DescribeTrainingJob", "StopTrainingJob"]
    packages = [
        arn(site, "sagemaker", f"model-package-group/{group}"),
        arn(site, "sagemaker", f"model-package/{group}/*"),
    ]
    made = ["CreateModelPackage", "DescribeModelPackage", "DescribeModelPackageGroup"]
    return [
        allow([f"sagemaker:{action}" for action in job], [jobs]),
        allow([f"sagemaker:{action}" for action in made], packages),
        allow(["sagemaker:AddTags"], [jobs, *packages]),
    ]
