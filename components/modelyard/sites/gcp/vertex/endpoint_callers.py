"""Who may ask an endpoint of Vertex AI: those that the blueprint names, and that alone."""

from __future__ import annotations

import pulumi

from modelyard.objects.cloud import CloudResource
from modelyard.plan.naming import digest
from modelyard.sites.gcp.custom_roles import custom_role
from modelyard.sites.gcp.vertex.args import HostedArgs

ASK = ("aiplatform.endpoints.get", "aiplatform.endpoints.predict")


def endpoint_callers(
    parent: pulumi.Resource, name: str, args: HostedArgs, endpoint: pulumi.Output[str]
) -> None:
    """A role that can do nothing else: those of Google's own may change the endpoint as well."""
    called, members = args.model.name, args.model.serve.callers
    if not members:
        return
    role = custom_role(
        parent,
        f"{name}-callers",
        args.context,
        args.site,
        called=f"{called}-callers",
        why=f"may ask {called}",
        permissions=ASK,
    )
    options = pulumi.ResourceOptions(parent=parent)
    token = "gcp:vertex/aiEndpointIamMember:AiEndpointIamMember"
    for member in members:
        inputs = {
            "endpoint": endpoint,
            "location": args.site.region,
            "role": role,
            "member": member,
        }
        CloudResource(token, f"{name}-{digest(member)}", inputs, options, outputs={})
