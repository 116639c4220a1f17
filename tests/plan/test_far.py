"""What stands on another site is used over a link that carries it, by a way in that is trusted."""

from __future__ import annotations

import pytest
from tests.plan.blueprints import blueprint

from modelyard.plan.capability import Capability as C
from modelyard.plan.offers import Offer, Offers
from modelyard.plan.plan import Plan, make_plan
from modelyard.sites import offers

TRUSTED = "keys: {attach: {issuer: public}}, ingress: {domain: hub.example}"
LINK = "links: [{from: plant, to: hub, via: vpn, carries: [artifacts]}]"


def joined() -> Offers:
    """What sites offer, and links that somebody else sees to."""
    return {kind: {**site, C.LINK: {"vpn": Offer(None)}} for kind, site in offers().items()}


def apart(hub: str = "", links: str = "") -> Plan:
    """A registry on one site, and a model of it on the other."""
    text = f"""
        sites: {{hub: {{kind: kubernetes, {hub}}}, plant: {{kind: onprem}}}}
        registry: {{on: hub}}
        models: [{{name: m, type: predictive, source: 'models:/m', on: plant}}]
        {links}
    """
    return make_plan(blueprint(text), joined())


@pytest.mark.parametrize(
    ("hub", "links", "why", "next"),
    [
        (TRUSTED, "", "no link between the two carries artifacts", "via: vpn"),
        (TRUSTED, LINK.replace("artifacts", "metrics"), "no link between", "carries: [artifacts]"),
        ("", LINK, "that site has no way in", "add `ingress: {domain: …}` to 'hub'"),
        ("ingress: {domain: hub.example}", LINK, "trusts the certificate", "issuer"),
    ],
    ids=["no link", "a link for something else", "no way in", "a certificate of its own"],
)
def test_what_keeps_a_site_from_the_registry_of_another_is_said(
    hub: str, links: str, why: str, next: str
) -> None:
    [found] = apart(hub, links).errors
    assert found.path == ("models", 0, "serve", "engine")
    assert "needs the registry, which stands on 'hub'" in found.what
    assert why in found.what
    assert next in found.next


def test_the_way_there_is_placed_after_what_it_leads_to() -> None:
    made = apart(TRUSTED, LINK)
    assert not made.errors
    registries = [p for p in made.capabilities if p.capability is C.REGISTRY]
    assert [(p.site, p.engine, p.far) for p in registries] == [
        ("hub", "mlflow", None),
        ("plant", "remote", "hub"),
    ]
    assert registries[1].because == "serving needs the one on 'hub'"


def test_a_link_leads_both_ways() -> None:
    back = LINK.replace("from: plant, to: hub", "from: hub, to: plant")
    assert not apart(TRUSTED, back).errors
