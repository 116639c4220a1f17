"""Gateways of Kubernetes: what stands before and behind them, and how callers are known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelyard.policies.pods import SERVERS, containers
from modelyard.policies.rule import at, items, objects
from modelyard.review.exposure.way import NETWORK, NOT_NEEDED, SERVICE_ATTACHMENT
from modelyard.review.view import View, metadata

if TYPE_CHECKING:
    from modelyard.recorder import Resource

_API = "kubernetes:gateway.networking.k8s.io/v1"
GATEWAY = f"{_API}:Gateway"
ROUTES = (f"{_API}:HTTPRoute", f"{_API}:GRPCRoute", f"{_API}:TLSRoute", f"{_API}:TCPRoute")
_CLASS = f"{_API}:GatewayClass"
_PROXY = "kubernetes:gateway.envoyproxy.io/v1alpha1:EnvoyProxy"
_SECURITY = "kubernetes:gateway.envoyproxy.io/v1alpha1:SecurityPolicy"
_CLIENTS = "kubernetes:gateway.envoyproxy.io/v1alpha1:ClientTrafficPolicy"
_BACKEND_POLICY = "kubernetes:networking.gke.io/v1:GCPBackendPolicy"
_ARMOR = "gcp:compute/regionSecurityPolicy:RegionSecurityPolicy"
_BINDINGS = (
    "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding",
    "kubernetes:eks.amazonaws.com/v1:TargetGroupBinding",
)
_LISTENER = "aws:lb/listener:Listener"
_ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
_SERVICE = "kubernetes:core/v1:Service"

_LOGINS = {"basicAuth": "login", "oidc": "login", "jwt": "token", "apiKeyAuth": "API key"}


@dataclass(frozen=True)
class Parent:
    """The Gateway that a route hangs on, None if it is not of this stack, and its listener."""

    gateway: Resource | None
    listener: str = ""


def parents(view: View, route: Resource) -> Iterator[Parent]:
    """The Gateways of a route, on the route's own site."""
    for each in objects(route.inputs, "spec", "parentRefs"):
        where = each.get("namespace") or metadata(route)[0], each.get("name")
        found = (g for g in _on_site(view, route, GATEWAY) if metadata(g) == where)
        yield Parent(next(found, None), str(each.get("sectionName") or ""))


def _on_site(view: View, beside: Resource, *types: str) -> Iterator[Resource]:
    """Resources in the same cluster: two clusters may hold the same names."""
    return (r for r in view.of(*types) if r.provider == beside.provider)


def hosts(route: Resource, parent: Parent) -> list[str]:
    """Host names: the route's own, or else its listener's."""
    own = [str(each) for each in items(route.inputs, "spec", "hostnames")]
    listeners = [each.get("hostname") for each in _listeners(parent)]
    return own or [str(each) for each in listeners if each] or ["any host name"]


def _listeners(parent: Parent) -> list[Any]:
    if parent.gateway is None:
        return []
    found = objects(parent.gateway.inputs, "spec", "listeners")
    return [each for each in found if parent.listener in ("", each.get("name"))]


def backends(route: Resource) -> Iterator[str]:
    """What answers: Services, or the route itself where it redirects."""
    namespace, _ = metadata(route)
    for rule in objects(route.inputs, "spec", "rules"):
        for each in objects(rule, "backendRefs"):
            where = each.get("namespace") or namespace
            yield f"{each.get('kind') or 'Service'} {where}/{each.get('name')}"
        for each in objects(rule, "filters"):
            if redirect := each.get("requestRedirect"):
                yield f"a redirect to {at(redirect, 'scheme') or 'elsewhere'}"


def routes_through(view: View, gateway: Resource, listener: str) -> list[str]:
    """The routes of one listener of a Gateway."""
    found = []
    for route in _on_site(view, gateway, *ROUTES):
        for parent in parents(view, route):
            if parent.gateway == gateway and parent.listener in ("", listener):
                found.append(f"{route.inputs.get('kind')} {metadata(route)[1]}")
    return found or ["nothing yet"]


def authentication(view: View, route: Resource, parent: Parent) -> list[str]:
    """TLS, and how a caller is known: by the gateway or by what stands behind."""
    tls = ["TLS"] if parent.gateway is None or parent.listener in ("https", "tls") else []
    if any(each.get("protocol") in ("HTTPS", "TLS") for each in _listeners(parent)):
        tls = ["TLS"]
    asked = [*_certificates(view, parent), *_policies(view, route, parent)]
    known = [*asked, *_servers(view, route)]
    if not known and _only_redirects(route):
        return [*tls, NOT_NEEDED]
    # A route to another gateway leaves the question to the routes there.
    if not known and any(gateways_behind(view, route)):
        return [*tls, "as the gateway behind has it"]
    return [*tls, *(known or ["none"])]


def _only_redirects(route: Resource) -> bool:
    rules = objects(route.inputs, "spec", "rules")
    return not any(rule.get("backendRefs") for rule in rules)


def _policies(view: View, route: Resource, parent: Parent) -> Iterator[str]:
    targets = {("HTTPRoute", metadata(route))}
    if parent.gateway is not None:
        targets.add(("Gateway", metadata(parent.gateway)))
    for policy in _on_site(view, route, _SECURITY):
        spec, namespace = policy.inputs.get("spec"), metadata(policy)[0]
        named = [*objects(spec, "targetRefs"), *objects(spec, "targetRef")]
        if any((t.get("kind"), (namespace, t.get("name"))) in targets for t in named):
            yield from (said for key, said in _LOGINS.items() if at(spec, key))


def _certificates(view: View, parent: Parent) -> Iterator[str]:
    """Whether the listeners of a Gateway let in only who shows a certificate."""
    if parent.gateway is None:
        return
    for policy in _on_site(view, parent.gateway, _CLIENTS):
        spec = policy.inputs.get("spec")
        named = {(metadata(policy)[0], t.get("name")) for t in objects(spec, "targetRefs")}
        known = at(spec, "tls", "clientValidation", "caCertificateRefs")
        if known and metadata(parent.gateway) in named:
            yield "client certificate"


def _servers(view: View, route: Resource) -> Iterator[str]:
    namespace, _ = metadata(route)
    names = {
        (each.get("namespace") or namespace, each.get("name"))
        for rule in objects(route.inputs, "spec", "rules")
        for each in objects(rule, "backendRefs")
    }
    for service in _on_site(view, route, _SERVICE):
        if metadata(service) in names:
            yield from server_authentication(view, service)


def server_authentication(view: View, service: Resource) -> list[str]:
    """How the pods behind a Service ask who calls, as far as their containers say."""
    selector = at(service.inputs, "spec", "selector") or {}
    found: list[str] = []
    for server in _on_site(view, service, *SERVERS):
        labels = at(server.inputs, "spec", "template", "metadata", "labels") or {}
        same = metadata(server)[0] == metadata(service)[0]
        if selector and same and selector.items() <= labels.items():
            found += [said for each in containers(server) for said in _asks(each)]
    return list(dict.fromkeys(found))


def _asks(container: Any) -> Iterator[str]:
    words = [str(word) for key in ("command", "args") for word in items(container, key)]
    if "basic-auth" in words:
        yield "login"
    names = {str(each.get("name")) for each in objects(container, "env")}
    if "VLLM_API_KEY" in names or any(word.startswith("--api-key") for word in words):
        yield "API key"


# -- What stands before a Gateway ----------------------------------------------------------------


def _class(view: View, gateway: Resource) -> tuple[str, Resource | None]:
    name = str(at(gateway.inputs, "spec", "gatewayClassName") or "")
    found = (c for c in _on_site(view, gateway, _CLASS) if metadata(c)[1] == name)
    return name, next(found, None)


def _envoy(view: View, gateway: Resource) -> Any:
    """How Envoy's Service of a Gateway is told to be; None where nothing tells."""
    _, made = _class(view, gateway)
    if made is None or not (ref := at(made.inputs, "spec", "parametersRef")):
        return None
    for proxy in _on_site(view, gateway, _PROXY):
        if metadata(proxy) == (ref.get("namespace"), ref.get("name")):
            return at(proxy.inputs, "spec", "provider", "kubernetes", "envoyService")
    return None


def own_sources(view: View, gateway: Resource) -> tuple[str, ...]:
    """Where requests come from to a Gateway that nothing stands before; empty if something does."""
    name, _ = _class(view, gateway)
    if name.startswith("gke-l7"):
        outside = "external" in name or name.startswith("gke-l7-gxlb")
        inside = (NETWORK, *_connected(view, gateway))
        return (_allowed(view, gateway) or ("0.0.0.0/0",)) if outside else inside
    envoy = _envoy(view, gateway)
    form = at(envoy, "type") or "LoadBalancer"
    if form == "LoadBalancer":
        listed = tuple(map(str, items(envoy, "loadBalancerSourceRanges")))
        return listed or ("wherever the cluster's load balancer is reached",)
    return (NETWORK,) if form == "NodePort" else ()


def _connected(view: View, gateway: Resource) -> Iterator[str]:
    """Who may connect to a Gateway that is published as a service."""
    for attachment in view.referring(gateway, SERVICE_ATTACHMENT, "targetService"):
        yield from connected(attachment)


def connected(attachment: Resource) -> Iterator[str]:
    """The projects, or networks, that a service attachment accepts; all of them if it asks none."""
    if attachment.inputs.get("connectionPreference") != "ACCEPT_MANUAL":
        yield "any project"
    for each in objects(attachment.inputs, "consumerAcceptLists"):
        network = each.get("networkUrl")
        yield f"network {network}" if network else f"project {each.get('projectIdOrNum')}"


def _allowed(view: View, gateway: Resource) -> tuple[str, ...]:
    """The ranges that the security policies before a Gateway's backends let in."""
    found: list[str] = []
    for armor in _armor(view, gateway):
        for rule in objects(armor.inputs, "rules"):
            if not str(rule.get("action", "")).startswith("deny"):
                found += map(str, items(rule, "match", "config", "srcIpRanges"))
    return tuple(found)


def _armor(view: View, gateway: Resource) -> Iterator[Resource]:
    routes = [
        route
        for route in _on_site(view, gateway, *ROUTES)
        if any(parent.gateway == gateway for parent in parents(view, route))
    ]
    services = {name for route in routes for name in backends(route)}
    for policy in _on_site(view, gateway, _BACKEND_POLICY):
        target = at(policy.inputs, "spec", "targetRef", "name")
        if f"Service {metadata(policy)[0]}/{target}" in services:
            yield from view.behind(policy, "spec", _ARMOR)


def guards(view: View, parent: Parent) -> list[str]:
    """What filters requests before they come to a Gateway."""
    if parent.gateway is None:
        return []
    found = any(_armor(view, parent.gateway))
    for listener in listeners_before(view, parent.gateway):
        for balancer in view.behind(listener, "loadBalancerArn"):
            found = found or bool(view.referring(balancer, _ASSOCIATION, "resourceArn"))
    for outer in gateways_before(view, parent.gateway):
        found = found or any(_armor(view, outer))
    return ["web firewall"] if found else []


def listeners_before(view: View, gateway: Resource) -> Iterator[Resource]:
    """The listeners of load balancers that lead to a Gateway's Service."""
    name = at(_envoy(view, gateway), "name")
    for binding in _on_site(view, gateway, *_BINDINGS):
        if name and at(binding.inputs, "spec", "serviceRef", "name") == name:
            for target in view.behind(binding, "spec"):
                yield from view.referring(target, _LISTENER, "defaultActions")


def gateways_before(view: View, gateway: Resource) -> Iterator[Resource]:
    """The Gateways that lead to this one's Service."""
    name = at(_envoy(view, gateway), "name")
    for route in _on_site(view, gateway, *ROUTES):
        if name and any(each.endswith(f"/{name}") for each in backends(route)):
            for parent in parents(view, route):
                if parent.gateway is not None and parent.gateway != gateway:
                    yield parent.gateway


def gateways_behind(view: View, route: Resource) -> Iterator[Resource]:
    """The Gateways whose Service a route leads to."""
    names = {each.rpartition("/")[2] for each in backends(route)}
    for gateway in _on_site(view, route, GATEWAY):
        if at(_envoy(view, gateway), "name") in names:
            yield gateway


def services_of_target(view: View, target: Resource) -> list[str]:
    """The Services that a target group leads to."""
    found = []
    for token in _BINDINGS:
        for binding in view.referring(target, token, "spec"):
            name = at(binding.inputs, "spec", "serviceRef", "name")
            found.append(f"Service {metadata(binding)[0]}/{name}")
    return found
