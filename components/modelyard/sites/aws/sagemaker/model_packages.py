"""SageMaker's model registry: a group of versions for each model, and a card that explains it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.lifecycle import Registry
from modelyard.blueprint.model import Model
from modelyard.contracts.context import Context
from modelyard.contracts.kms import Encrypts
from modelyard.objects.cloud import CloudResource
from modelyard.plan.promotion import registered_name
from modelyard.plan.serving import ModelPlan
from modelyard.sites.aws.names import arn, partition, scoped
from modelyard.sites.aws.policies import document
from modelyard.sites.aws.sagemaker.args import SageMakerArgs
from modelyard.sites.aws.sagemaker.model_cards import card

NAME = 63
"""Most characters of a group's or a card's name; source: SageMaker API reference."""
_SHARED = ("sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages")
"""What other accounts may do; source: SageMaker developer guide, model registry across accounts."""


@dataclass(frozen=True, kw_only=True)
class ModelPackagesArgs(SageMakerArgs):
    settings: Registry
    models: tuple[tuple[Model, ModelPlan], ...] = ()


class ModelPackages(pulumi.ComponentResource):
    """Model package groups with who may read them, and model cards."""

    def __init__(
        self, name: str, args: ModelPackagesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:registry:ModelPackages", name, None, opts)
        self._name, self._args = name, args
        kept = {registered_name(model): model for model, _ in reversed(args.models)}
        self.groups = {called: self._group(called) for called in sorted(kept)}
        for model, plan in args.models:
            self._card(model, plan)
        self.register_outputs({"groups": {n: g["arn"] for n, g in self.groups.items()}})

    def _group(self, called: str) -> CloudResource:
        """The versions of one model: approved, rejected, or waiting for somebody to decide."""
        args, options = self._args, pulumi.ResourceOptions(parent=self)
        title = group_name(args.context, called)
        kept = pulumi.ResourceOptions(parent=self, protect=args.context.protect or None)
        made = CloudResource(
            "aws:sagemaker/modelPackageGroup:ModelPackageGroup",
            f"{self._name}-{called}",
            {
                "modelPackageGroupName": title,
                "modelPackageGroupDescription": f"{called} of {args.context.scope}",
            },
            kept,
        )
        if args.settings.share:
            CloudResource(
                "aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy",
                f"{self._name}-{called}",
                {"modelPackageGroupName": title, "resourcePolicy": self._shared(title)},
                pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(depends_on=[made])),
                outputs={},
            )
        return made

    def _shared(self, title: str) -> pulumi.Output[str]:
        """Other accounts may read versions; none of them approves or registers any."""
        site = self._args.site
        place = partition(site.region)
        accounts = [f"arn:{place}:iam::{account}:root" for account in self._args.settings.share]
        return document(
            {
                "Sid": "Group",
                "Effect": "Allow",
                "Principal": {"AWS": accounts},
                "Action": ["sagemaker:DescribeModelPackageGroup"],
                "Resource": arn(site, "sagemaker", f"model-package-group/{title}"),
            },
            {
                "Sid": "Versions",
                "Effect": "Allow",
                "Principal": {"AWS": accounts},
                "Action": list(_SHARED),
                "Resource": arn(site, "sagemaker", f"model-package/{title}/*"),
            },
        )

    def _card(self, model: Model, plan: ModelPlan) -> None:
        """Drafted from the blueprint; people take it from there to `Approved`."""
        args = self._args
        inputs: Mapping[str, Any] = {
            "modelCardName": scoped(args.context, model.name, most=NAME),
            "modelCardStatus": "Draft",
            "content": card(model, plan, args.context),
            "securityConfig": {"kmsKeyId": args.kms.key(Encrypts.DATA)},
        }
        token = "aws:sagemaker/modelCard:ModelCard"
        options = pulumi.ResourceOptions(parent=self, ignore_changes=["modelCardStatus"])
        CloudResource(token, f"{self._name}-{model.name}", inputs, options, outputs={})


def group_name(context: Context, called: str) -> str:
    """The group of a model that the registry calls so."""
    return scoped(context, called.lower().replace("_", "-"), most=NAME)
