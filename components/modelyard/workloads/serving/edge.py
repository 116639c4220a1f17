"""A model on every node of an edge site that has the right labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from modelyard.objects import manifests
from modelyard.workloads.serving import endpoints
from modelyard.workloads.serving.realtime import watch
from modelyard.workloads.serving.server import annotated, belongings, server_pod

if TYPE_CHECKING:
    from modelyard.contracts.endpoint import Endpoint
    from modelyard.objects.pods import Pod
    from modelyard.workloads.serving.server import Server


def edge(server: Server) -> Endpoint | None:
    """Make the objects of an edge model; who asks on a node is answered on that node."""
    objects, annotations = server.objects, server.annotations
    belongings(server)
    objects.add(_service(server))
    objects.add(annotated(_daemon_set(server.name, _pod(server)), annotations))
    watch(server)
    return endpoints.endpoint(server.args.model, server.args.model_plan, server.namespace.name)


def _pod(server: Server) -> Pod:
    """On the nodes that the blueprint names, besides those that the plan asks for."""
    pod = server_pod(server)
    chosen = {**pod.scheduling.node_selector, **server.args.model.serve.nodes}
    return replace(pod, spread=None, scheduling=replace(pod.scheduling, node_selector=chosen))


def _service(server: Server) -> Mapping[str, Any]:
    """The network between nodes may be down: requests never leave the node they are made on."""
    service = manifests.service(server.name, server.engine.ports)
    return {**service, "spec": {**service["spec"], "internalTrafficPolicy": "Local"}}


def _daemon_set(name: str, pod: Pod) -> Mapping[str, Any]:
    spec = {
        "selector": {"matchLabels": dict(manifests.selector(name))},
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}},
        "template": pod.template(),
    }
    return {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": name}, "spec": spec}
