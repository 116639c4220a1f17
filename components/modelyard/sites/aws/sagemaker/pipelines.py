"""What SageMaker's pipelines of a platform have in common: the training role and who is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from modelyard.blueprint.model import Model
from modelyard.contracts.context import Context
from modelyard.contracts.identity import WorkloadIdentity
from modelyard.contracts.kms import Encrypts
from modelyard.contracts.vpc import Vpc
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.identity import PodIdentities
from modelyard.sites.aws.names import arn, scoped
from modelyard.sites.aws.policies import Statement, allow
from modelyard.sites.aws.roles import Role, service_role
from modelyard.sites.aws.sagemaker import rights
from modelyard.sites.aws.sagemaker.alerts import told, topic
from modelyard.sites.aws.sagemaker.args import SageMakerArgs
from modelyard.sites.aws.sagemaker.mlflow import MlflowTracking

PIPELINE = 80
"""Characters that are left of the 256 of a pipeline's name: jobs are called after it."""
WRITTEN = ("models/", "training/")
"""Parts of the platform's bucket that training writes to."""
FAILED = {
    "detail-type": ["SageMaker Model Building Pipeline Execution Status Change"],
    "detail": {"currentPipelineExecutionStatus": ["Failed"]},
}


@dataclass(frozen=True, kw_only=True)
class PipelinesArgs(SageMakerArgs):
    vpc: Vpc
    tracking: MlflowTracking | None = None
    identity: PodIdentities | None = None
    """Who workloads of the cluster are, of which some start runs."""


class SageMakerPipelines(pulumi.ComponentResource):
    """Training takes a role of its own: it can neither approve nor touch production."""

    def __init__(
        self, name: str, args: PipelinesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:pipelines:SageMakerPipelines", name, None, opts)
        self._name, self._args = name, args
        self.tracking = args.tracking.arn if args.tracking else None
        self.role = self._role()
        self.group = self._security_group()
        self.topic = topic(self, name, args, "pipelines")
        told(self, name, args, self.topic, "pipelines", event=FAILED)
        self.register_outputs({"role": self.role["arn"]})

    def startable(self, workload: WorkloadIdentity, model: Model) -> Mapping[str, str]:
        """Lets a workload start one pipeline, and see its runs."""
        args, title = self._args, pipeline_title(self._args.context, model)
        assert args.identity is not None  # whose workload it is
        seen = allow(["sagemaker:ListPipelineExecutions"], [_place(args, title)])
        args.identity.allow(workload, [runs(args, title), seen])
        return {"sagemaker": title}

    def _role(self) -> Role:
        args, site = self._args, self._args.site
        store = args.object_store
        return service_role(
            self,
            self._name,
            args.context,
            site,
            service=rights.SERVICE,
            called=("training",),
            statements=[
                *rights.read(site, store.address("")),
                *rights.write(site, *(store.address(part) for part in WRITTEN)),
                *rights.log(site, "/aws/sagemaker/"),
                *rights.network(site),
                rights.decrypt(args.kms.key(Encrypts.DATA)),
                rights.volumes(site, args.kms.key(Encrypts.DATA)),
                *self._tracked(),
            ],
        )

    def _tracked(self) -> list[Statement]:
        """Log runs with MLflow, where SageMaker keeps it."""
        if self.tracking is None:
            return []
        actions = ["sagemaker-mlflow:AccessUI", *(f"sagemaker-mlflow:{verb}*" for verb in VERBS)]
        return [allow(actions, [self.tracking])]

    def _security_group(self) -> CloudResource:
        """Training answers nobody; out over TLS alone."""
        way = {
            "protocol": "tcp",
            "fromPort": 443,
            "toPort": 443,
            "cidrBlocks": ["0.0.0.0/0"],
            "description": "TLS: buckets, logs and SageMaker's own API",
        }
        inputs = {
            "name": f"{self._args.context.scope}-training",
            "description": "Training by SageMaker",
            "vpcId": self._args.vpc.id,
            "ingress": [],
            "egress": [way],
        }
        options = pulumi.ResourceOptions(parent=self)
        token = "aws:ec2/securityGroup:SecurityGroup"
        return CloudResource(token, self._name, inputs, options)


VERBS = ("Create", "Get", "Log", "Search", "Set", "Update")
"""What a run does with MLflow: no model is registered, and nothing deleted."""


def runs(args: SageMakerArgs, pipeline: str) -> Statement:
    """Start a pipeline."""
    return allow(["sagemaker:StartPipelineExecution"], [_place(args, pipeline)])


def _place(args: SageMakerArgs, pipeline: str) -> str:
    return arn(args.site, "sagemaker", f"pipeline/{pipeline}")


def pipeline_title(context: Context, model: Model) -> str:
    """What the pipeline of a model is called on AWS."""
    return scoped(context, model.name, most=PIPELINE)
