"""A model that answers requests: replicas behind a Service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pulumi

from modelyard.contracts.context import Purpose
from modelyard.contracts.ingress import Overflow
from modelyard.objects import manifests
from modelyard.objects.there import PORT, host_there
from modelyard.plan.overflow import FAILOVER
from modelyard.plan.shadow import shadow_name, stands_in_shadow
from modelyard.workloads.serving import endpoints, sources, volumes
from modelyard.workloads.serving.autoscaling import scaler
from modelyard.workloads.serving.server import annotated, belongings, exposed, server_pod
from modelyard.workloads.serving.sizes import downloading

if TYPE_CHECKING:
    from modelyard.contracts.endpoint import Endpoint
    from modelyard.workloads.serving.server import Server


def realtime(server: Server) -> Endpoint | None:
    """Make the objects of a model that answers requests; returns where it does."""
    belongings(server)
    _replicas(server)
    surroundings(server)
    scale(server, server.name)
    return endpoints.endpoint(server.args.model, server.args.model_plan, server.namespace.name)


def surroundings(server: Server) -> None:
    """What stands around the pods, whoever makes those."""
    objects, plan = server.objects, server.args.model_plan
    service = endpoints.service(server.args.model, plan.engine)
    objects.add(manifests.service(service, server.engine.ports, of=server.name))
    if plan.replicas[1] > 1:
        objects.add(manifests.disruption_budget(server.name))
    watch(server)
    _route(server, service)


def watch(server: Server) -> None:
    """Have Prometheus come, where there is one and the engine has metrics."""
    monitoring, metrics = server.args.monitoring, server.engine.metrics
    if monitoring and metrics:
        port, path = metrics
        monitor = manifests.service_monitor(server.name, port, monitoring.labels, path)
        server.objects.add(monitor)


def scale(server: Server, deployment: str) -> None:
    """Let the number of replicas follow load, where there is a choice."""
    manifest = scaler(server.args, server.engine, deployment)
    if manifest is not None:
        server.objects.add(manifest)


def _replicas(server: Server) -> None:
    """A Deployment. What holds accelerators or a volume cannot be there twice during an update."""
    fewest, most = server.args.model_plan.replicas
    scarce = bool(server.args.model_plan.count) or volumes.outlives_pods(server.args)
    manifest = manifests.deployment(
        server.name,
        server_pod(server),
        replicas=None if most > fewest else fewest,
        surge=0 if scarce else None,
    )
    waiting = 600 + server.engine.startup + downloading(server.args.model_plan)
    annotations = {**server.annotations, "pulumi.com/timeoutSeconds": str(waiting)}
    server.objects.add(annotated(manifest, annotations), after=[server.account.resource])


def _waiting(server: Server) -> Mapping[str, str]:
    """How long Pulumi waits for the model to answer.

    Not at all for one from the platform's own registry: before the first training run there is
    none, and the registry has to be there for that.
    """
    if server.args.model.source.startswith(sources.REGISTRY):
        return {"pulumi.com/skipAwait": "true"}
    return {"pulumi.com/timeoutSeconds": str(server.engine.startup + 1800)}


def _route(server: Server, service: str) -> None:
    ingress = server.args.ingress
    if not (exposed(server.args) and ingress):
        return
    model, port, overflow = server.args.model, server.engine.port, _overflow(server)
    mirror = shadow_name(model) if stands_in_shadow(model) else None
    ingress.route(server.objects, server.name, service, port, overflow=overflow, mirror=mirror)
    if server.args.east_west_gateway and server.name in server.args.offered:
        server.args.east_west_gateway.publish(server.objects, server.name, service, port)


def _overflow(server: Server) -> Overflow | None:
    """The other site of the model: for what is too much, or for all, as `failover` has it."""
    fallback, there = server.args.model.serve.fallback, server.args.elsewhere
    if there is None or fallback is None:
        return None
    directed = pulumi.Config(FAILOVER).get(server.name) == fallback.on
    through = _certified(server, there.by_certificate) if there.by_certificate else None
    return Overflow(
        host=there.host,
        port=PORT if through else 443,
        through=through,
        health=server.engine.health,
        everything=fallback.everything or directed,
    )


def _certified(server: Server, far: str) -> str:
    """What goes to the other site with a certificate, on this one."""
    own = server.args.identity.namespaces[Purpose.PLATFORM].name
    return host_there(own, server.name, far)
