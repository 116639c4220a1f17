"""What every part of SageMaker takes."""

from __future__ import annotations

from dataclasses import dataclass

from modelyard.blueprint.model import Model
from modelyard.blueprint.site import AwsSite
from modelyard.contracts.account import Account
from modelyard.contracts.context import Context
from modelyard.contracts.kms import Kms
from modelyard.contracts.object_store import ObjectStore
from modelyard.contracts.vpc import Vpc
from modelyard.plan.serving import ModelPlan


@dataclass(frozen=True, kw_only=True)
class SageMakerArgs:
    """Of the whole platform."""

    context: Context
    site: AwsSite
    account: Account
    kms: Kms
    object_store: ObjectStore


@dataclass(frozen=True, kw_only=True)
class HostedArgs(SageMakerArgs):
    """Of one model."""

    model: Model
    model_plan: ModelPlan
    vpc: Vpc
