"""Can requests get in: load balancers, and Gateways that are there."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.blueprint.facility import GatewayAttach
from modelyard.blueprint.site import OnPremSite
from modelyard.catalog.clusters import balancers
from modelyard.contracts.preflight import Answer, Verdict
from modelyard.sites.kubernetes.cluster_api import Object
from modelyard.sites.kubernetes.preflight.look import Look, Planned, listed
from modelyard.sites.kubernetes.readiness import unready

_BALANCER, _ADDRESS = "load-balancer", "an address for Services of type LoadBalancer"
_OF_NO_CLOUD = ("", "kind", "k3s", "k3d", "rke2", "minikube", "kubemark", "metal3", "talos")
"""What the ids of nodes begin with that no cloud has given."""


def load_balancers(planned: Planned, look: Look) -> Iterator[Answer]:
    """Whether anything gives the way in an address, and whether two would contend for it."""
    there, own = _answering(look), "metallb" in planned.releases
    others = {each for each in there if each != "MetalLB"}
    if own and others:
        found = f"{listed(others)} answers already, and MetalLB would contend with it"
        next = "set `load_balancer: {engine: attach}`, or switch the other one off"
        yield Answer(_BALANCER, "MetalLB", Verdict.FAILED, found, next=next)
    elif own:
        yield Answer(_BALANCER, "MetalLB", Verdict.OK, "is installed by the platform")
    elif _waits_for_an_address(planned):
        yield _balancer(there, planned, look)


def _balancer(there: set[str], planned: Planned, look: Look) -> Answer:
    asked = "for the way in"
    if there:
        return Answer(_BALANCER, asked, Verdict.OK, f"{listed(there)} gives addresses")
    waiting = [f"{s['metadata']['namespace']}/{s['metadata']['name']}" for s in look.balanced]
    found = "nothing that is known to give addresses"
    found += f"; {listed(waiting)} waits for one" if waiting else ""
    bare = isinstance(planned.site, OnPremSite)
    next = "set `load_balancer: {engine: metallb, addresses: […]}`, or `{engine: node-port}`"
    next = next if bare else f"make the site one of `kind: onprem`, and {next}"
    said = isinstance(planned.site, OnPremSite) and planned.site.load_balancer.engine == "attach"
    verdict = Verdict.WARNING if said and not waiting else Verdict.FAILED
    return Answer(_BALANCER, asked, verdict, found, _ADDRESS, next)


def _answering(look: Look) -> set[str]:
    """What gives addresses, by what is known of the cluster."""
    names, groups = look.names(), look.groups()
    found = {
        part.name
        for part in balancers().values()
        if names & set(part.workloads) or groups & set(part.groups)
    }
    if look.k3s_brings("servicelb"):
        found.add("ServiceLB of k3s")
    clouds = {scheme for scheme in map(_scheme, look.nodes) if scheme not in _OF_NO_CLOUD}
    found |= {f"the cloud of the nodes ({each})" for each in clouds}
    if not found and any(_addressed(service) for service in look.balanced):
        found.add("whatever serves the Services that are there")
    return found


def _scheme(node: Object) -> str:
    return (node["spec"].get("providerID") or "").partition("://")[0]


def _addressed(service: Object) -> bool:
    return bool((service.get("status") or {}).get("loadBalancer", {}).get("ingress"))


def _waits_for_an_address(planned: Planned) -> bool:
    on_ports = any(
        proxy["spec"]["provider"]["kubernetes"]["envoyService"]["type"] != "LoadBalancer"
        for proxy in planned.of("EnvoyProxy")
    )
    services = any(each["spec"].get("type") == "LoadBalancer" for each in planned.of("Service"))
    return services or (bool(planned.of("Gateway")) and not on_ports)


def gateways(planned: Planned, look: Look) -> Iterator[Answer]:
    """Whether a Gateway that is attached is there, listens for the domain and takes routes."""
    ingress = planned.site.ingress
    if ingress is None or ingress.attach is None:
        return
    attach = ingress.attach
    asked = f"Gateway {attach.namespace}/{attach.name}"
    api = "gateway.networking.k8s.io/v1"
    found = look.api.get(api, "Gateway", attach.namespace, attach.name)
    if found is None:
        known = [_called(each) for each in look.api.list(api, "Gateway")]
        there = f"is not there; there are {listed(known)}" if known else "no Gateway is there"
        next = "name one that is, or remove `attach`: Envoy Gateway is installed then"
        yield Answer("ingress", asked, Verdict.FAILED, there, next=next)
        return
    yield _listening(asked, found, attach)
    if why := unready(found):
        yield Answer("ingress", asked, Verdict.WARNING, why, next="see `kubectl describe gateway`")


def _listening(asked: str, gateway: Object, attach: GatewayAttach) -> Answer:
    listeners = gateway["spec"]["listeners"]
    for_us = [each for each in listeners if _covers(each.get("hostname"), attach.domain)]
    if not for_us:
        heard = listed({each["hostname"] for each in listeners})
        next = f"add a listener for *.{attach.domain}, or set `domain` to one of its own"
        found = f"listens for {heard}"
        return Answer("ingress", asked, Verdict.FAILED, found, f"*.{attach.domain}", next)
    if all(_from(each) == "Same" for each in for_us):
        found = f"takes routes of namespace {attach.namespace} alone"
        next = "set `allowedRoutes: {namespaces: {from: All}}` on its listener, or a selector"
        needed = "routes of the platform's namespaces"
        return Answer("ingress", asked, Verdict.FAILED, found, needed, next)
    return Answer("ingress", asked, Verdict.OK, f"listens for *.{attach.domain}")


def _covers(hostname: str | None, domain: str) -> bool:
    """Whether a listener hears hosts below the domain."""
    if not hostname:
        return True
    return hostname.startswith("*.") and f".{domain}".endswith(hostname[1:])


def _from(listener: Object) -> str:
    return listener.get("allowedRoutes", {}).get("namespaces", {}).get("from", "Same")


def _called(item: Object) -> str:
    return f"{item['metadata']['namespace']}/{item['metadata']['name']}"
