"""Who reaches whom: Services, NetworkPolicies, routes, and what Prometheus comes for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.support.consistency.elsewhere import Elsewhere, Wrong
from tests.support.snapshot import OPERATORS_SERVICES, Pod, Snapshot, Thing, selects

from modelyard.catalog.operators import operator

NAMESPACE = "kubernetes.io/metadata.name"

OPEN_TO_WHOEVER_COMES = {"allow-api-server"}
"""Policies by which a pod helps itself to a way out, by a label; there may be none."""


def selectors_find_pods(cluster: Snapshot, _: Elsewhere) -> Wrong:
    """Of Services, NetworkPolicies, PodDisruptionBudgets and PodMonitors."""
    for thing in cluster.of("Service", "NetworkPolicy", "PodDisruptionBudget", "PodMonitor"):
        selector = _selector(thing)
        if not selector or thing.namespace not in cluster.namespaces:
            continue
        if thing.name in OPEN_TO_WHOEVER_COMES:
            continue
        if thing.kind == "PodMonitor" and "namespaceSelector" in thing.spec:
            continue
        if not any(selects(selector, pod.labels) for pod in cluster.pods_in(thing.namespace)):
            yield f"{thing} selects no pod: {selector}"


def _selector(thing: Thing) -> Mapping[str, Any]:
    if thing.kind == "Service":
        labels = thing.spec.get("selector", {})
        return {"matchLabels": labels} if labels else {}
    return thing.spec.get("podSelector" if thing.kind == "NetworkPolicy" else "selector", {})


def services_reach_ports(cluster: Snapshot, _: Elsewhere) -> Wrong:
    for service in cluster.of("Service"):
        pods = [p for p in _behind(cluster, service) if not p.made_by_operator]
        for port in service.spec.get("ports", []):
            wanted = port.get("targetPort", port["port"])
            for pod in pods:
                if wanted not in pod.ports():
                    yield f"{service} sends to port {wanted}, which {pod} does not open"


def _behind(cluster: Snapshot, service: Thing) -> list[Pod]:
    selector = _selector(service)
    found = cluster.pods_in(service.namespace) if selector else []
    return [pod for pod in found if selects(selector, pod.labels)]


def ways_are_open_at_both_ends(cluster: Snapshot, _: Elsewhere) -> Wrong:
    """Namespaces deny everything both ways: who may call out is let in at the other end, and who is
    let in by name may call out.
    """
    for policy in cluster.of("NetworkPolicy"):
        for rule in policy.spec.get("egress", []):
            for port, peer in _ways(rule, "to"):
                for caller, called in _pairs(cluster, policy, peer):
                    if not _allowed(cluster, "ingress", called, caller, port):
                        yield f"{caller} may call port {port} of {called}, which lets nobody in"
        for rule in policy.spec.get("ingress", []):
            for port, peer in _ways(rule, "from"):
                for called, caller in _pairs(cluster, policy, peer):
                    if not _allowed(cluster, "egress", caller, called, port):
                        yield f"{called} lets in {caller} on {port}, which may not call out"


def _ways(rule: Mapping[str, Any], key: str) -> Iterator[tuple[int | str, Mapping[str, Any]]]:
    """Ports and peers of a rule, where it picks pods by their labels."""
    for peer in rule.get(key, []):
        if "podSelector" in peer:
            yield from ((port["port"], peer) for port in rule.get("ports", []))


def _pairs(cluster: Snapshot, policy: Thing, peer: Mapping[str, Any]) -> Iterator[tuple[Pod, Pod]]:
    """A pod of ours that the policy is about, with one that it names; not of operators' charts."""
    for own in cluster.pods_in(policy.namespace):
        if selects(policy.spec["podSelector"], own.labels):
            yield from ((own, other) for other in cluster.pods if _is_peer(other, peer, policy))


def _is_peer(pod: Pod, peer: Mapping[str, Any], policy: Thing) -> bool:
    if "namespaceSelector" in peer:
        near = selects(peer["namespaceSelector"], {NAMESPACE: pod.namespace})
    else:
        near = "podSelector" in peer and pod.namespace == policy.namespace
    return near and selects(peer.get("podSelector"), pod.labels)


def _allowed(cluster: Snapshot, way: str, own: Pod, other: Pod, port: int | str) -> bool:
    """Whether some policy about `own` lets `other` through on that port."""
    side = "from" if way == "ingress" else "to"
    for policy in cluster.of("NetworkPolicy"):
        if policy.namespace != own.namespace or not selects(policy.spec["podSelector"], own.labels):
            continue
        for rule in policy.spec.get(way, []):
            ports = {p.get("port") for p in rule.get("ports", [])}
            peers = rule.get(side)
            if port in ports and (not peers or any(_is_peer(other, p, policy) for p in peers)):
                return True
    return False


def policies_name_open_ports(cluster: Snapshot, _: Elsewhere) -> Wrong:
    """A policy sees the pod's port, not the Service's."""
    for policy in cluster.of("NetworkPolicy"):
        ports = {p["port"] for r in policy.spec.get("ingress", []) for p in r.get("ports", [])}
        about = [
            pod
            for pod in cluster.pods_in(policy.namespace)
            if policy.spec["podSelector"] and selects(policy.spec["podSelector"], pod.labels)
        ]
        if any(pod.made_by_operator for pod in about):
            continue
        for port in ports - {port for pod in about for port in pod.ports()}:
            if about:
                yield f"{policy} opens port {port}, which none of its pods listens on"


def monitors_find_metrics(cluster: Snapshot, _: Elsewhere) -> Wrong:
    """A ServiceMonitor finds a Service, and the Service has the port that it names."""
    for monitor in cluster.of("ServiceMonitor"):
        if "namespaceSelector" in monitor.spec or monitor.namespace not in cluster.namespaces:
            continue
        found = [
            service
            for service in cluster.of("Service")
            if service.namespace == monitor.namespace
            if selects(monitor.spec["selector"], service.labels)
        ]
        if not found:
            yield f"{monitor} selects no Service: {monitor.spec['selector']}"
        for service in found:
            names = {port.get("name") for port in service.spec["ports"]}
            for endpoint in monitor.spec["endpoints"]:
                if endpoint.get("port") not in names:
                    yield f"{monitor} asks port {endpoint.get('port')}, {service} has {names}"


def routes_lead_somewhere(cluster: Snapshot, elsewhere: Elsewhere) -> Wrong:
    for route in cluster.of("HTTPRoute"):
        for parent in route.spec.get("parentRefs", []):
            namespace = parent.get("namespace", route.namespace)
            known = cluster.has("Gateway", namespace, parent["name"])
            if not known and parent["name"] not in elsewhere.names:
                yield f"{route} hangs on a Gateway that nobody makes: {parent['name']}"
        for rule in route.spec.get("rules", []):
            for backend in rule.get("backendRefs", []):
                yield from _leads_nowhere(cluster, route, backend)


def _proxies(cluster: Snapshot) -> set[tuple[str | None, str]]:
    """Services of Envoy's proxies that an object names; they stand beside their operator."""
    named = (
        thing.spec["provider"]["kubernetes"]["envoyService"].get("name")
        for thing in cluster.of("EnvoyProxy")
    )
    return {(operator("envoy-gateway").namespace, name) for name in named if name}


def _leads_nowhere(cluster: Snapshot, route: Thing, backend: Mapping[str, Any]) -> Wrong:
    namespace = backend.get("namespace", route.namespace)
    if backend.get("kind") == "Backend":
        if not cluster.has("Backend", namespace, backend["name"]):
            yield f"{route} sends to a Backend that nobody makes: {backend['name']}"
        return
    service = cluster.get("Service", namespace, backend["name"])
    if service is None:
        made = cluster.made(OPERATORS_SERVICES) | _proxies(cluster)
        if (namespace, backend["name"]) not in made:
            yield f"{route} sends to a Service that nobody makes: {backend['name']}"
    elif backend["port"] not in {port["port"] for port in service.spec["ports"]}:
        yield f"{route} sends to port {backend['port']}, which {service} lacks"
