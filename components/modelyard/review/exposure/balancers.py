"""Load balancers of AWS, and where their security groups let requests come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from modelyard.policies.rule import at, items, objects, true
from modelyard.review.exposure import gateways
from modelyard.review.exposure.way import (
    ASSOCIATION,
    ATTACHMENT,
    GROUP_RULE,
    INTERNET,
    LB,
    LISTENER,
    NETWORK,
    NOT_NEEDED,
    NOWHERE,
    PLAIN,
    SERVICE,
    Exposure,
    Ways,
    made,
    sources_of,
)
from modelyard.review.view import View

if TYPE_CHECKING:
    from modelyard.recorder import Resource


def _listener(view: View, it: Resource) -> Iterator[Exposure]:
    for balancer in view.behind(it, "loadBalancerArn", LB):
        protocol, port = it.inputs.get("protocol"), it.inputs.get("port")
        yield made(
            view,
            it,
            "load balancer",
            f"{protocol}:{port}",
            sources=balancer_sources(view, balancer, port),
            authentication=_listener_authentication(it),
            behind=_listener_targets(view, it),
            guards=["web firewall"] if view.referring(balancer, ASSOCIATION, "resourceArn") else [],
        )


def balancer_sources(view: View, balancer: Resource, port: Any) -> tuple[str, ...]:
    """Where a load balancer's security groups let requests to a port come from."""
    groups = view.behind(balancer, "securityGroups")
    ranges = [each for group in groups for each in group_ranges(view, group, port)]
    found = sources_of(ranges) if groups else (INTERNET,)
    connected = tuple(_accounts(view, balancer))
    if true(balancer.inputs.get("internal")) and found in ((), (INTERNET,)):
        return connected if connected and groups and not found else (NETWORK, *connected)
    return (*found, *connected) or (NOWHERE,)


def _accounts(view: View, balancer: Resource) -> Iterator[str]:
    """Who may connect to it as a service, or to a load balancer that hands on to it."""
    for service in view.referring(balancer, SERVICE, "networkLoadBalancerArns"):
        for who in items(service.inputs, "allowedPrincipals"):
            yield f"account {str(who).split(':')[4]}" if str(who).count(":") == 5 else str(who)
    for attached in view.referring(balancer, ATTACHMENT, "targetId"):
        for target in view.behind(attached, "targetGroupArn"):
            for listener in view.referring(target, LISTENER, "defaultActions"):
                for before in view.behind(listener, "loadBalancerArn", LB):
                    yield from _accounts(view, before)


def group_ranges(view: View, group: Resource, port: Any) -> Iterator[str]:
    for rule in view.referring(group, GROUP_RULE, "securityGroupId"):
        if _covers(rule.inputs, port):
            yield from ranges_of(rule.inputs)
    for each in objects(group.inputs, "ingress"):
        if _covers(each, port):
            yield from map(str, [*items(each, "cidrBlocks"), *items(each, "ipv6CidrBlocks")])


def _covers(rule: Mapping[str, Any], port: Any) -> bool:
    first, last = rule.get("fromPort"), rule.get("toPort")
    if isinstance(first, int | float) and isinstance(last, int | float):
        return not isinstance(port, int | float) or first <= port <= last
    return True


def ranges_of(rule: Mapping[str, Any]) -> list[str]:
    keys = ("cidrIpv4", "cidrIpv6", "prefixListId")
    return [str(rule[key]) for key in keys if rule.get(key)]


def _listener_authentication(it: Resource) -> list[str]:
    tls = ["TLS"] if it.inputs.get("protocol") in ("HTTPS", "TLS") else []
    kinds = {str(each.get("type")) for each in objects(it.inputs, "defaultActions")}
    if kinds & {"authenticate-oidc", "authenticate-cognito"}:
        return [*tls, "login"]
    if at(it.inputs, "mutualAuthentication", "mode") == "verify":
        return ["mutual TLS"]
    if kinds == {"redirect"}:
        return [*tls, NOT_NEEDED]
    if it.inputs.get("protocol") == "TCP":
        return ["as what listens has it"]
    # Who asks is for what stands behind to know: its own host names say so.
    return tls or [PLAIN]


def _listener_targets(view: View, it: Resource) -> Iterator[str]:
    for action in objects(it.inputs, "defaultActions"):
        if redirect := at(action, "redirect"):
            yield f"a redirect to {at(redirect, 'protocol') or 'elsewhere'}"
    for target in view.behind(it, "defaultActions"):
        services = gateways.services_of_target(view, target)
        attached = view.referring(target, ATTACHMENT, "targetGroupArn")
        handed = [
            f"load balancer {lb.name}" for a in attached for lb in view.behind(a, "targetId", LB)
        ]
        yield from services or handed or [f"target group {target.name}"]


WAYS: Ways = {
    LISTENER: _listener,
}
