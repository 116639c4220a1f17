"""What the parts of Vertex AI and Cloud Run take."""

from __future__ import annotations

from dataclasses import dataclass

from modelyard.blueprint.model import Model
from modelyard.blueprint.site import GcpSite
from modelyard.contracts.context import Context
from modelyard.plan.serving import ModelPlan
from modelyard.sites.gcp.account import GcpProject
from modelyard.sites.gcp.vpc import AttachedVpc, GcpVpc


@dataclass(frozen=True, kw_only=True)
class GoogleArgs:
    """Of the whole platform."""

    context: Context
    site: GcpSite
    account: GcpProject


@dataclass(frozen=True, kw_only=True)
class HostedArgs(GoogleArgs):
    """Of one model."""

    model: Model
    model_plan: ModelPlan
    vpc: GcpVpc | AttachedVpc
