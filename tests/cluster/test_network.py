"""NetworkPolicies and Services against the pods that really run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.support.cluster.standing import Standing
from tests.support.cluster.waiting import until
from tests.support.consistency.traffic import OPEN_TO_WHOEVER_COMES
from tests.support.snapshot import OPERATORS_PODS, selects

OF_OPERATORS = {kind.split()[1] for kind in OPERATORS_PODS}
"""Kinds whose pods an operator makes; none runs here, and what is about their pods finds none."""


def policies(standing: Standing) -> Iterator[Mapping[str, Any]]:
    for namespace in standing.namespaces.values():
        yield from standing.api.list("networking.k8s.io/v1", "NetworkPolicy", namespace)


def chosen(policy: Mapping[str, Any], pods: list[dict[str, Any]]) -> list[dict[str, Any]]:
    selector = policy["spec"].get("podSelector") or {}
    return [pod for pod in pods if selects(selector, pod["metadata"].get("labels") or {})]


def picks_all(policy: Mapping[str, Any]) -> bool:
    return not policy["spec"].get("podSelector")


def test_every_pod_is_closed_both_ways(standing: Standing) -> None:
    """Until another policy opens something: the default deny is about each of them."""
    closed = {
        policy["metadata"]["namespace"]
        for policy in policies(standing)
        if picks_all(policy)
        and set(policy["spec"]["policyTypes"]) == {"Ingress", "Egress"}
        and not policy["spec"].get("ingress")
        and not policy["spec"].get("egress")
    }
    assert closed == set(standing.namespaces.values())
    assert {pod["metadata"]["namespace"] for pod in standing.pods()} <= closed


def test_policies_are_about_somebody(standing: Standing) -> None:
    """About pods that run, or about pods that only an operator makes."""
    idle = [
        f"{policy['metadata']['namespace']}/{policy['metadata']['name']}"
        for policy in policies(standing)
        if not picks_all(policy)
        and policy["metadata"]["name"] not in OPEN_TO_WHOEVER_COMES
        and not chosen(policy, standing.pods(policy["metadata"]["namespace"]))
        and not _about_an_operators(standing, policy)
        and not _asleep(standing, policy["metadata"]["namespace"], policy["spec"]["podSelector"])
    ]
    assert idle == []


def _asleep(standing: Standing, namespace: str, selector: Mapping[str, Any]) -> bool:
    """Whether it is about a Deployment of no replica, as a shadow is until there is a candidate."""
    return any(
        made["spec"]["replicas"] == 0
        and selects(selector, made["spec"]["template"]["metadata"]["labels"])
        for made in standing.api.list("apps/v1", "Deployment", namespace)
    )


def _about_an_operators(standing: Standing, policy: Mapping[str, Any]) -> bool:
    return any(
        selects(policy["spec"]["podSelector"], pod.labels)
        for pod in standing.snapshot.pods_in(policy["metadata"]["namespace"])
        if pod.owner.kind in OF_OPERATORS
    )


def test_policies_open_ports_that_are_there(standing: Standing) -> None:
    wrong = []
    for policy in policies(standing):
        about = chosen(policy, standing.pods(policy["metadata"]["namespace"]))
        if picks_all(policy) or not about or _about_an_operators(standing, policy):
            continue
        there = {port for pod in about for port in _ports(pod)}
        for port in _opened(policy) - there:
            wrong.append(f"{policy['metadata']['name']} opens {port}; there are {there}")
    assert wrong == []


def _opened(policy: Mapping[str, Any]) -> set[int | str]:
    rules = policy["spec"].get("ingress") or []
    return {port["port"] for rule in rules for port in rule.get("ports") or []}


def _ports(pod: Mapping[str, Any]) -> Iterator[int | str]:
    for container in pod["spec"]["containers"]:
        for port in container.get("ports") or []:
            yield port["containerPort"]
            yield port.get("name", port["containerPort"])


def test_services_have_somebody_behind_them(standing: Standing) -> None:
    """Each has ready endpoints, on the ports that its pods have; operators' pods cannot be here."""
    until(lambda: not _without_endpoints(standing))
    assert _without_endpoints(standing) == []


def _without_endpoints(standing: Standing) -> list[str]:
    found = []
    for namespace in standing.namespaces.values():
        slices = standing.api.list("discovery.k8s.io/v1", "EndpointSlice", namespace)
        for service in standing.api.list("v1", "Service", namespace):
            selector = service["spec"].get("selector")
            if not selector or _selects_an_operators(standing, namespace, selector):
                continue
            if _asleep(standing, namespace, {"matchLabels": selector}):
                continue
            if not _answers(service, slices):
                found.append(f"{namespace}/{service['metadata']['name']}")
    return found


def _answers(service: Mapping[str, Any], slices: list[dict[str, Any]]) -> bool:
    name = service["metadata"]["name"]
    own = [s for s in slices if s["metadata"]["labels"]["kubernetes.io/service-name"] == name]
    ready = [e for s in own for e in s.get("endpoints") or [] if e["conditions"]["ready"]]
    ports = {p.get("name") for s in own if s.get("endpoints") for p in s.get("ports") or []}
    return bool(ready) and {p.get("name") for p in service["spec"]["ports"]} == ports


def _selects_an_operators(standing: Standing, namespace: str, selector: Mapping[str, str]) -> bool:
    return any(
        selects({"matchLabels": selector}, pod.labels)
        for pod in standing.snapshot.pods_in(namespace)
        if pod.owner.kind in OF_OPERATORS
    )


def test_disruption_budgets_count_somebody(standing: Standing) -> None:
    idle = [
        budget["metadata"]["name"]
        for namespace in standing.namespaces.values()
        for budget in standing.api.list("policy/v1", "PodDisruptionBudget", namespace)
        if not budget["status"]["expectedPods"]
        and not _selects_an_operators(
            standing, namespace, budget["spec"]["selector"]["matchLabels"]
        )
    ]
    assert idle == []
