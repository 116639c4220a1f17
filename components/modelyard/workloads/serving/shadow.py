"""A candidate beside the incumbent: the same server with no replica, until a promotion starts one.

The gateway sends it a copy of every request, and nobody its answers. Which candidate it is, the
promotion says by an environment variable, which Kubernetes fills in where the server is told its
model.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from modelyard.objects import manifests
from modelyard.plan.shadow import CANDIDATE, shadow_of
from modelyard.workloads.serving import endpoints
from modelyard.workloads.serving.realtime import watch
from modelyard.workloads.serving.server import annotated, belongings, prepare, server_pod

if TYPE_CHECKING:
    from pulumi import Resource

    from modelyard.contracts.serving import ServingArgs
    from modelyard.workloads.serving.engine import Describe

NOBODY = "none/0"
"""No candidate: nothing is served before a promotion names one."""


def shadow(parent: Resource, name: str, args: ServingArgs, describe: Describe) -> None:
    """Make the objects of the second server; it stands still."""
    model = shadow_of(args.model)
    told = model.serve.model_copy(update={"env": {**model.serve.env, CANDIDATE: NOBODY}})
    args = replace(args, model=model.model_copy(update={"serve": told}))
    server = prepare(parent, f"{name}-shadow", args, describe)
    belongings(server)
    manifest = manifests.deployment(server.name, server_pod(server), replicas=0)
    # A promotion sets the number of replicas: that none of them is there is no fault.
    still = {**server.annotations, "pulumi.com/skipAwait": "true"}
    server.objects.add(annotated(manifest, still), after=[server.account.resource])
    service = endpoints.service(model, args.model_plan.engine)
    server.objects.add(manifests.service(service, server.engine.ports, of=server.name))
    watch(server)
