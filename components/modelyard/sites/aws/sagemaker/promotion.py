"""Promotion: a version waits in the registry until somebody approves it, and is then announced.

An endpoint serves the version that the blueprint names, so that an approved one goes into
production by a change that somebody reviews; deployment guardrails see to the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from modelyard.objects.cloud import CloudResource
from modelyard.plan.promotion import registered_name
from modelyard.sites.aws.names import arn, scoped
from modelyard.sites.aws.policies import allow, document
from modelyard.sites.aws.sagemaker.alerts import told, topic
from modelyard.sites.aws.sagemaker.args import HostedArgs
from modelyard.sites.aws.sagemaker.model_packages import ModelPackages, group_name
from modelyard.sites.aws.sagemaker.pipelines import PIPELINE

DECIDE = tuple(
    f"sagemaker:{action}"
    for action in ("DescribeModelPackage", "ListModelPackages", "UpdateModelPackage")
)
LOOK = ("sagemaker:ListPipelineExecutions", "sagemaker:ListPipelineExecutionSteps")
"""Whether the pipeline has held a version against its bounds."""


@dataclass(frozen=True, kw_only=True)
class PromotionArgs(HostedArgs):
    registry: ModelPackages


class Approval(pulumi.ComponentResource):
    """Says that a version waits or has been decided on, and holds the right to decide."""

    def __init__(
        self, name: str, args: PromotionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:promotion:Approval", name, None, opts)
        called, group = args.model.name, group_name(args.context, registered_name(args.model))
        self.topic = topic(self, name, args, called, "versions")
        event = {
            "detail-type": ["SageMaker Model Package State Change"],
            "detail": {"ModelPackageGroupName": [group]},
        }
        told(self, name, args, self.topic, called, "versions", event=event)
        versions = arn(args.site, "sagemaker", f"model-package/{group}/*")
        runs = arn(
            args.site, "sagemaker", f"pipeline/{scoped(args.context, called, most=PIPELINE)}*"
        )
        inputs = {
            "name": scoped(args.context, called, "approvers", most=128),
            "description": f"May approve and reject versions of {called}",
            "policy": document(allow(DECIDE, [versions]), allow(LOOK, [runs])),
        }
        options = pulumi.ResourceOptions(parent=self)
        self.approvers = CloudResource("aws:iam/policy:Policy", name, inputs, options)
        self.register_outputs({"approvers": self.approvers["arn"]})
