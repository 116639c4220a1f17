"""Links by certificate: who offers what, who is asked, and what is refused."""

from __future__ import annotations

from tests.plan.blueprints import plan

from modelyard.blueprint.border import node_port_of
from modelyard.plan.capability import Capability as C
from modelyard.plan.offered import METRICS, REGISTRY, hospitality
from modelyard.plan.plan import Plan
from modelyard.workloads import mlflow

HUB = "{kind: kubernetes, ingress: {domain: hub.example}}"
PLANT = "{kind: onprem, storage_class: local-path}"
LINK = "{from: plant, to: hub, via: public-mtls, carries: [artifacts, metrics]}"
MODEL = "{name: m, type: predictive, source: 'models:/m@champion', on: plant}"


def planned(hub: str = HUB, plant: str = PLANT, links: str = LINK, model: str = MODEL) -> Plan:
    return plan(f"""
        sites: {{hub: {hub}, plant: {plant}}}
        links: [{links}]
        registry: {{on: hub}}
        monitoring: {{on: hub}}
        models: [{model}]
    """)


def ends(found: Plan) -> dict[tuple[str, str], str]:
    wanted = (C.LINK, C.EAST_WEST)
    return {
        (p.site, str(p.capability)): p.engine for p in found.capabilities if p.capability in wanted
    }


def test_the_name_of_the_registry_is_its_servers() -> None:
    assert REGISTRY == mlflow.NAME


def test_one_end_offers_and_the_other_asks() -> None:
    found = planned()
    assert not found.errors
    assert ends(found) == {
        ("hub", "east-west-gateway"): "envoy-gateway",
        ("hub", "link"): "public-mtls",
        ("plant", "link"): "public-mtls/out",
    }
    has = hospitality(found.blueprint)
    assert has["hub"].guests == ("plant",)
    assert has["hub"].names == {REGISTRY, METRICS}
    assert not has["plant"].names


def test_nobody_else_has_to_trust_the_certificate() -> None:
    by_vpn = planned(links=LINK.replace("public-mtls", "vpn"))
    assert {"trusts the certificate" in it.what for it in by_vpn.errors} == {True}
    assert not planned().errors


def test_what_is_offered_needs_a_gateway_of_ours() -> None:
    [one, *_] = planned(hub="{kind: kubernetes}").errors
    assert "has no way in" in one.what
    there = "ingress: {attach: {name: g, namespace: n, domain: hub.example}}"
    [one, *_] = planned(hub=f"{{kind: kubernetes, {there}}}").errors
    assert "asks no certificate for us" in one.what


CLOUD = (
    "{kind: aws, region: eu-west-1, account: '123456789012',"
    " ingress: {domain: hub.example, certificate: arn}}"
)


def test_a_cloud_asks_and_does_not_offer() -> None:
    refused = planned(hub=CLOUD).errors
    assert {it.path for it in refused} == {("links", 0, "via")}
    assert "east-west-gateway by envoy-gateway is not offered on aws" in refused[0].what
    assert "via: vpn" in refused[0].next
    asked = planned(plant=CLOUD.replace("hub", "cloud"))
    assert not asked.errors
    assert ends(asked)["plant", "link"] == "public-mtls/out"


def test_networks_that_overlap_are_no_matter() -> None:
    other = CLOUD.replace("kind: aws", "kind: gcp").replace(
        "account: '123456789012'", "project: acme-ml"
    )
    sites = f"hub: {HUB}, one: {CLOUD}, two: {other.replace('eu-west-1', 'europe-west1')}"
    links = ", ".join(
        f"{{from: {each}, to: hub, via: public-mtls, carries: [metrics]}}"
        for each in ("one", "two")
    )
    found = plan(f"sites: {{{sites}}}\nlinks: [{links}]\nmonitoring: {{on: hub}}")
    assert not found.errors


def test_the_first_link_that_carries_something_is_the_way_for_it() -> None:
    vpn = LINK.replace("public-mtls", "vpn").replace("artifacts, ", "")
    trusted = HUB.replace("ingress", "keys: {attach: {issuer: public}}, ingress")
    found = planned(hub=trusted, links=f"{vpn}, {LINK}")
    assert hospitality(found.blueprint)["hub"].names == {REGISTRY}


def test_a_link_over_which_nothing_is_offered_is_told_of() -> None:
    found = planned(
        links=LINK.replace("artifacts, metrics", "requests"), model=MODEL.replace("plant", "hub")
    )
    assert any("has anything that the other may ask for" in it.what for it in found.warnings)


def test_both_owners_are_told_what_is_theirs() -> None:
    told = {(it.owner, it.what): it.value for it in planned().links}
    assert set(told) == {
        *(("hub", what) for what in ("address", "names", "in")),
        *(("plant", what) for what in ("out", "TLS")),
    }
    assert "*.links.hub.example, TCP 443: artifacts, metrics" in told["plant", "out"]


def test_a_model_falls_back_over_it() -> None:
    model = (
        "{name: m, type: predictive, source: 'models:/m@champion', on: plant, serve: {"
        "expose: gateway, replicas: {min: 1}, fallback: {on: hub, replicas: {min: 1}}}}"
    )
    plant = "{kind: onprem, storage_class: local-path, ingress: {domain: plant.example}}"
    found = planned(plant=plant, model=model, links=LINK.replace("metrics", "requests"))
    assert not found.errors, found.errors
    assert "m" in hospitality(found.blueprint)["hub"].names


BARE = "{kind: onprem, storage_class: local-path, ingress: {domain: hub.example}"


def configured(hub: str) -> dict[tuple[str, str], str]:
    """What owners are told, by site and by what it is."""
    return {(line.owner, line.what): line.value for line in planned(hub=hub).links}


def test_the_owner_is_told_which_port_leads_in() -> None:
    assert configured(HUB)["hub", "address"].endswith("the load balancer of the Gateway 'links'")
    ports = f"{BARE}, load_balancer: {{engine: node-port, node_port: 31443}}}}"
    assert configured(ports)["hub", "address"] == (
        "one that 'plant' reaches, whose TCP 443 is forwarded to TCP 31443 of any node: the "
        "Gateway 'links'"
    )
    # Who comes in asks for 443, whatever it is inside.
    assert configured(ports)["plant", "out"].startswith("from here to *.links.hub.example, TCP 443")


def test_a_port_is_chosen_where_nobody_says() -> None:
    port = node_port_of(planned(hub=f"{BARE}}}").blueprint, "hub")
    assert port is not None
    assert 30000 <= port <= 30085, "what Kubernetes keeps for those who name a port"
    assert f"TCP {port} of any node" in configured(f"{BARE}}}")["hub", "address"]
    metallb = f"{BARE}, load_balancer: {{engine: metallb, addresses: [10.0.0.0/28]}}}}"
    assert node_port_of(planned(hub=metallb).blueprint, "hub") is None


def test_a_port_that_nobody_comes_in_by_is_told_of() -> None:
    at = ("sites", "hub", "load_balancer", "node_port")
    balanced = f"{BARE}, load_balancer: {{engine: attach, node_port: 31443}}}}"
    unasked = f"{BARE}, load_balancer: {{node_port: 31443}}}}"
    [first] = [it for it in planned(hub=balanced).findings if it.path == at]
    assert "has load balancers" in first.what
    by_vpn = LINK.replace("public-mtls", "vpn")
    [second] = [it for it in planned(hub=unasked, links=by_vpn).findings if it.path == at]
    assert "nothing of 'hub' is offered" in second.what
    assert not [it for it in planned(hub=unasked).findings if it.path == at]
