"""Who may ask an endpoint of Vertex AI: those that the blueprint names, and that alone."""

from __future__ import annotations

import pulumi

from modelyard.objects.cloud import CloudResource
from modelyard.objects.naming import digest
from modelyard.sites.gcp.names import scoped, underscored
from modelyard.sites.gcp.vertex.args import HostedArgs

ASK = ("aiplatform.endpoints.get", "aiplatform.endpoints.predict")
_ROLE = 64
"""Most characters of a role's id; source: IAM API reference."""


def endpoint_callers(
    parent: pulumi.Resource, name: str, args: HostedArgs, endpoint: pulumi.Output[str]
) -> None:
    """A role that can do nothing else: those of Google's own may change the endpoint as well."""
    if not args.model.serve.callers:
        return
    options = pulumi.ResourceOptions(parent=parent)
    allowed = {
        "project": args.site.project,
        "roleId": underscored(scoped(args.context, args.model.name, "callers", most=_ROLE)),
        "title": f"{args.context.scope}: may ask {args.model.name}"[:100],
        "permissions": list(ASK),
    }
    token = "gcp:projects/iAMCustomRole:IAMCustomRole"
    role = CloudResource(token, f"{name}-callers", allowed, options, outputs={})
    for member in args.model.serve.callers:
        inputs = {
            "endpoint": endpoint,
            "location": args.site.region,
            "role": role.id,
            "member": member,
        }
        token, logical = "gcp:vertex/aiEndpointIamMember:AiEndpointIamMember", digest(member)
        CloudResource(token, f"{name}-{logical}", inputs, options, outputs={})
