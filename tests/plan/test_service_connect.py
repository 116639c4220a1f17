"""What Private Service Connect joins: who asks whom, what is refused, and what owners are told."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.private_link import EXPOSED, WEAR, aws, link
from tests.support.private_link import HUB as ON_AWS
from tests.support.service_connect import BACK, HUB, SERVICE, connected, gcp

from modelyard.plan.capability import Capability as C
from modelyard.plan.plan import Plan

PARTNER = "{kind: kubernetes, keys: {attach: {issuer: letsencrypt}}, ingress: {domain: p.example}}"
PROJECT = "project: acme-partner"
ATTACHED = "cidr: 10.30.0.0/16, attach: {network: shared, private_subnets: [ours]}"


def _placed(plan: Plan, capability: C) -> set[tuple[str, str]]:
    return {(p.site, p.engine) for p in plan.capabilities if p.capability is capability}


def test_only_what_is_asked_for_is_published() -> None:
    found = connected()
    assert not found.errors
    assert _placed(found, C.ENDPOINT_SERVICE) == {("hub", "native")}
    assert _placed(found, C.LINK) == {
        ("hub", "private-service/gcp"),
        ("stores", "private-service/gcp/out"),
    }
    assert not _placed(found, C.BORDER), "networks are not joined"
    order = [(p.site, p.capability) for p in found.capabilities]
    assert order.index(("hub", C.ENDPOINT_SERVICE)) < order.index(("stores", C.LINK))


def test_who_asks_registers_its_endpoint() -> None:
    asking = {site.name: site.endpoints for site in connected().sites}
    assert "servicedirectory" in asking["stores"]
    assert "servicedirectory" not in asking["hub"]


def test_both_ends_may_ask_and_neither_waits_for_the_other() -> None:
    stores = gcp("acme-stores", BACK)
    found = connected(link("artifacts, requests"), stores=stores, models=EXPOSED)
    assert not found.errors
    assert _placed(found, C.ENDPOINT_SERVICE) == {("hub", "native"), ("stores", "native")}
    assert {engine for _, engine in _placed(found, C.LINK)} == {"private-service/gcp/out"}


HINDERED: dict[str, tuple[dict[str, Any], tuple[Any, ...], str, str]] = {
    "another region": (
        {"stores": gcp("acme-stores", region="europe-west4")},
        ("links", 0, "via"),
        "these are europe-west4 and europe-west1",
        "put both ends in one region",
    ),
    "a network of somebody else": (
        {"hub": gcp("acme-hub", HUB, network=ATTACHED)},
        ("sites", "hub", "network", "attach"),
        "needs a range of its attached network",
        "a network of its own",
    ),
    "who may come in listed without them": (
        {"hub": gcp("acme-hub", HUB.replace("{d", "{allow: [203.0.113.0/24], d"))},
        ("sites", "hub", "ingress", "allow"),
        "comes from 10.20.0.0/16, which `allow` leaves out",
        "add 10.20.0.0/16",
    ),
    "the same names": (
        {"stores": gcp("acme-stores", HUB)},
        ("sites", "hub", "ingress", "domain"),
        "those of hub.acme.example",
        "a domain of its own",
    ),
}


@pytest.mark.parametrize(("told", "path", "what", "next"), HINDERED.values(), ids=HINDERED)
def test_what_keeps_ends_apart_is_said(
    told: dict[str, str], path: tuple[Any, ...], what: str, next: str
) -> None:
    [refused] = connected(**told).errors
    assert (refused.path, what in refused.what, next in refused.next) == (path, True, True), refused


def test_who_asks_may_stand_in_somebody_elses_network() -> None:
    assert not connected(stores=gcp("acme-stores", network=ATTACHED)).errors


@pytest.mark.parametrize(
    "sites",
    [{"stores": aws("123456789012")}, {"hub": aws("123456789012", ON_AWS)}],
    ids=["aws asks", "aws publishes"],
)
def test_a_site_of_another_cloud_is_told_of_other_ways(sites: dict[str, str]) -> None:
    refused = [it for it in connected(**sites).errors if it.path == ("links", 0, "via")]
    assert any("reached from inside that cloud alone" in it.what for it in refused)
    assert {"vpn"} <= {way for it in refused for way in it.allowed}


def test_the_owner_of_another_project_is_told_what_to_make() -> None:
    models = WEAR.replace("on: stores", "on: partner")
    way = link(told=PROJECT, ends="from: partner, to: hub")
    found = connected(way, partner=PARTNER, models=models)
    assert not found.errors
    told = {it.what: it.value for it in found.links}
    assert {it.owner for it in found.links} == {"partner"}
    assert "pulumi stack output links" in told["service"]
    assert told["endpoint"] == "one endpoint of it in acme-partner, europe-west1"
    assert told["names"].startswith("a private zone hub.acme.example")
    assert "mlflow" in told["out"]


def test_a_service_of_another_project_lets_ours_in() -> None:
    theirs = EXPOSED.replace("stores", "partner").replace("wear", "fit")
    models = f"{WEAR.replace('stores', 'hub')}, {theirs}"
    back = link("requests", f"service: {SERVICE}", "from: hub, to: partner")
    found = connected(back, partner=PARTNER, models=models)
    told = {it.what: it.value for it in found.links}
    assert told["project"] == f"let project acme-hub connect to {SERVICE}, one endpoint"
    assert told["in"] == "from 'hub' to *.p.example, TCP 443: fit"


WRONG = {
    "nothing": ("", "'partner' asks 'hub' for mlflow: say from where"),
    "a service": (f"{PROJECT}, service: {SERVICE}", "nothing asks for `service`"),
}


@pytest.mark.parametrize(("told", "what"), WRONG.values(), ids=WRONG)
def test_of_a_project_that_is_not_ours_what_is_needed_is_said(told: str, what: str) -> None:
    models = WEAR.replace("on: stores", "on: partner")
    way = link(told=told, ends="from: partner, to: hub")
    refused = connected(way, partner=PARTNER, models=models).errors
    assert any(what in it.what for it in refused), refused


def test_requests_come_by_tls() -> None:
    plain = gcp("acme-stores", BACK.replace(", certificate: back-acme", ""))
    found = connected(link("artifacts, requests"), stores=plain, models=EXPOSED).errors
    assert [it.path for it in found] == [("sites", "stores", "ingress")]
    assert "has no certificate" in found[0].what


def test_what_it_costs_is_a_balancer_and_an_endpoint() -> None:
    ends = (C.ENDPOINT_SERVICE, C.LINK)
    paid = {(it.site, it.item) for it in connected().cost.items if it.capability in ends}
    assert {("hub", "load-balancer/hour"), ("stores", "network/endpoint")} <= paid
    assert ("hub", "network/endpoint") not in paid
