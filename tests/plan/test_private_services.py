"""What AWS PrivateLink joins: who asks whom, what is refused, and what owners are told."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.private_link import (
    BACK,
    CERTIFICATE,
    EXPOSED,
    HUB,
    SERVICE,
    WEAR,
    aws,
    joined,
    link,
)

from modelyard.plan.capability import Capability as C
from modelyard.plan.plan import Plan

PARTNER = "{kind: kubernetes, keys: {attach: {issuer: letsencrypt}}, ingress: {domain: p.example}}"
ACCOUNT = 'account: "345678901234"'


def _placed(plan: Plan, capability: C) -> set[tuple[str, str]]:
    return {(p.site, p.engine) for p in plan.capabilities if p.capability is capability}


def test_only_what_is_asked_for_is_published() -> None:
    found = joined()
    assert not found.errors
    assert _placed(found, C.ENDPOINT_SERVICE) == {("hub", "native")}
    assert _placed(found, C.LINK) == {
        ("hub", "private-service/aws"),
        ("stores", "private-service/aws/out"),
    }
    assert not _placed(found, C.BORDER), "networks are not joined"
    order = [(p.site, p.capability) for p in found.capabilities]
    assert order.index(("hub", C.ENDPOINT_SERVICE)) < order.index(("stores", C.LINK))


def test_both_ends_may_ask_and_neither_waits_for_the_other() -> None:
    found = joined(link("artifacts, requests"), stores=aws("210987654321", BACK), models=EXPOSED)
    assert not found.errors
    assert _placed(found, C.ENDPOINT_SERVICE) == {("hub", "native"), ("stores", "native")}
    assert {engine for _, engine in _placed(found, C.LINK)} == {"private-service/aws/out"}


def test_networks_may_have_the_same_addresses() -> None:
    assert not joined().errors
    assert joined(link().replace("private-service", "public-mtls")).errors


HINDERED: dict[str, tuple[dict[str, Any], tuple[Any, ...], str, str]] = {
    "another region": (
        {"stores": aws("210987654321", region="eu-central-1")},
        ("links", 0, "via"),
        "these are eu-central-1 and eu-west-1",
        "put both ends in one region",
    ),
    "no zone in common": (
        {
            "hub": aws("123456789012", HUB, network="zones: 2, zone_ids: [euw1-az1, euw1-az2]"),
            "stores": aws("210987654321", network="zones: 2, zone_ids: [euw1-az3, euw1-az4]"),
        },
        ("links", 0, "via"),
        "share no zone",
        "zone_ids",
    ),
    "who may come in listed without them": (
        {"hub": aws("123456789012", HUB.replace("{d", "{allow: [203.0.113.0/24], d"))},
        ("sites", "hub", "ingress", "allow"),
        "comes from 10.20.0.0/16, which `allow` leaves out",
        "add 10.20.0.0/16",
    ),
    "the same names": (
        {"stores": aws("210987654321", HUB)},
        ("sites", "hub", "ingress", "domain"),
        "those of hub.acme.example",
        "a domain of its own",
    ),
}


@pytest.mark.parametrize(("told", "path", "what", "next"), HINDERED.values(), ids=HINDERED)
def test_what_keeps_ends_apart_is_said(
    told: dict[str, str], path: tuple[Any, ...], what: str, next: str
) -> None:
    [refused] = joined(**told).errors
    assert (refused.path, what in refused.what, next in refused.next) == (path, True, True), refused


def test_what_keeps_all_links_of_a_site_apart_is_said_once() -> None:
    allow = HUB.replace("{d", "{allow: [203.0.113.0/24], d")
    third = link(ends="from: third, to: hub")
    found = joined(link(), third, hub=aws("123456789012", allow), third=aws("345678901234"))
    assert len(found.errors) == 1


def test_a_list_that_has_them_is_fine() -> None:
    allow = "{allow: [203.0.113.0/24, 10.0.0.0/8], d"
    assert not joined(hub=aws("123456789012", HUB.replace("{d", allow))).errors


def test_requests_come_by_tls() -> None:
    plain = aws("210987654321", BACK.replace(f", {CERTIFICATE}", ""))
    found = joined(link("artifacts, requests"), stores=plain, models=EXPOSED).errors
    assert [it.path for it in found] == [("sites", "stores", "ingress")]
    assert "has no certificate" in found[0].what


def test_somebody_elses_gateway_is_not_ours_to_publish() -> None:
    attached = "ingress: {attach: {name: theirs, namespace: edge, domain: hub.acme.example}}"
    found = joined(hub=aws("123456789012", attached)).errors
    assert any("is not ours to publish" in it.what for it in found)


def test_between_two_clouds_it_is_refused() -> None:
    google = "{kind: gcp, region: europe-west1, project: acme-ml}"
    found = joined(link(), link(ends="from: burst, to: hub"), burst=google).errors
    assert any("reached from inside that cloud alone" in it.what for it in found)


def test_the_owner_of_another_account_is_told_what_to_make() -> None:
    models = WEAR.replace("on: stores", "on: partner")
    found = joined(
        link(told=ACCOUNT, ends="from: partner, to: hub"), partner=PARTNER, models=models
    )
    assert not found.errors
    told = {it.what: it.value for it in found.links}
    assert {it.owner for it in found.links} == {"partner"}
    assert "pulumi stack output links" in told["service"]
    assert "345678901234, eu-west-1, in euw1-az1" in told["endpoint"]
    assert told["names"].startswith("a private hosted zone hub.acme.example")
    assert "mlflow" in told["out"]


def test_a_service_of_another_account_lets_ours_in() -> None:
    models = (
        WEAR.replace("stores", "hub")
        + ", "
        + EXPOSED.replace("stores", "partner").replace("wear", "fit")
    )
    back = link("requests", f"service: {SERVICE}", "from: hub, to: partner")
    found = joined(back, partner=PARTNER, models=models)
    told = {it.what: it.value for it in found.links}
    assert told["principal"].startswith(f"let account 123456789012 connect to {SERVICE}")
    assert told["in"] == "from 'hub' to *.p.example, TCP 443: fit"


@pytest.mark.parametrize(
    ("told", "what"),
    [
        ("", "'partner' asks 'hub' for mlflow: say from where"),
        (f"{ACCOUNT}, service: {SERVICE}", "nothing asks for `service`"),
    ],
)
def test_of_an_account_that_is_not_ours_what_is_needed_is_said(told: str, what: str) -> None:
    models = WEAR.replace("on: stores", "on: partner")
    ends = "from: partner, to: hub"
    [refused] = joined(link(told=told, ends=ends), partner=PARTNER, models=models).errors
    assert what in refused.what


def test_a_link_of_which_nothing_is_asked_is_told_of() -> None:
    found = joined(link(), link(ends="from: spare, to: stores"), spare=aws("345678901234"))
    said = [it.what for it in found.warnings if it.path == ("links", 1)]
    assert any("has anything that the other may ask for" in what for what in said)
