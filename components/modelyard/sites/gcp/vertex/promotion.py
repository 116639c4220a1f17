"""Promotion: a candidate waits in the bucket until somebody brings it where versions are.

What is served is the version that the blueprint names, so that an approved one goes into
production by a change that somebody reviews.
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from modelyard.blueprint.access import Access
from modelyard.blueprint.model import Approval, Model
from modelyard.objects.cloud import CloudResource
from modelyard.plan.naming import digest
from modelyard.sites.gcp.alerts import Alert, add_log_alert
from modelyard.sites.gcp.custom_roles import custom_role
from modelyard.sites.gcp.object_store import AttachedBucket, GcsBuckets
from modelyard.sites.gcp.people import known
from modelyard.sites.gcp.vertex.args import GoogleArgs
from modelyard.sites.gcp.vertex.pipelines import training_called
from modelyard.sites.gcp.vertex.training_workflow import CANDIDATES, VERSIONS, WAITS

RIGHTS = tuple(f"aiplatform.models.{verb}" for verb in ("get", "list", "update", "upload"))
"""What it takes to make a version the default one of Vertex's registry."""


@dataclass(frozen=True, kw_only=True)
class VertexPromotionArgs(GoogleArgs):
    model: Model
    access: Access
    object_store: GcsBuckets | AttachedBucket


class CandidateApproval(pulumi.ComponentResource):
    """Says that a candidate waits, and lets approvers, and nobody else, make a version of it."""

    def __init__(
        self, name: str, args: VertexPromotionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:promotion:CandidateApproval", name, None, opts)
        if args.model.promote.approval is Approval.REQUIRED:
            _let_decide(args)
            _let_register(self, name, args)
            add_log_alert(self, name, args.context, args.account, _alert(args))
        self.register_outputs({"versions": args.object_store.address(_versions(args.model))})


def _let_decide(args: VertexPromotionArgs) -> None:
    store, called = args.object_store, args.model.name
    for member in sorted(set(known(args.access.approvers))):
        store.let_in(
            f"approves-{called}-{digest(member)}",
            member,
            reads=[store.address(f"{CANDIDATES}{called}/")],
            writes=[store.address(_versions(args.model))],
        )


def _let_register(parent: pulumi.Resource, name: str, args: VertexPromotionArgs) -> None:
    """Approvers make what they let in the default version of Vertex's registry."""
    role = custom_role(
        parent,
        f"{name}-approvers",
        args.context,
        args.site,
        called=f"{args.model.name}-approve",
        why=f"registers versions of {args.model.name}",
        permissions=RIGHTS,
    )
    options = pulumi.ResourceOptions(parent=parent)
    for member in sorted(set(known(args.access.approvers))):
        granted = {"project": args.site.project, "role": role, "member": member}
        called = f"{name}-approves-{digest(member)}"
        CloudResource("gcp:projects/iAMMember:IAMMember", called, granted, options, outputs={})


def _versions(model: Model) -> str:
    return f"{VERSIONS}{model.name}/"


def _alert(args: VertexPromotionArgs) -> Alert:
    terms = (
        'resource.type = "workflows.googleapis.com/Workflow"',
        f'resource.labels.workflow_id = "{training_called(args, args.model)}"',
        f'textPayload : "{WAITS}"',
    )
    return Alert(
        part="candidate",
        filter=" AND ".join(terms),
        compared=">",
        threshold=0,
        why=f"A candidate of {args.model.name} kept every bound, and waits for approval.",
    )
