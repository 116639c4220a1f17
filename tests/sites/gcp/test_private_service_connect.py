"""Both ends of Private Service Connect against the SDK, each other, and what is promised."""

from __future__ import annotations

import json
from functools import cache
from ipaddress import IPv4Network
from typing import Any

import pytest
from tests.support.private_link import EXPOSED, WEAR, link
from tests.support.sdk_types import outputs_problems
from tests.support.service_connect import BACK, HUB, connected, gcp
from tests.support.service_connect import SERVICE as PUBLISHED

from modelyard.plan.plan import Plan
from modelyard.program import record_plan
from modelyard.recorder import Graph, Resource, check_inputs
from modelyard.recorder.values import plain
from modelyard.review.exposure.ways import exposures
from modelyard.review.view import View
from modelyard.sites.gcp.endpoint_service import RULES

ATTACHMENT = "gcp:compute/serviceAttachment:ServiceAttachment"
RULE, ADDRESS = "gcp:compute/forwardingRule:ForwardingRule", "gcp:compute/address:Address"
SUBNET = "gcp:compute/subnetwork:Subnetwork"
ZONE, RECORD = "gcp:dns/managedZone:ManagedZone", "gcp:dns/recordSet:RecordSet"
GATEWAY = "kubernetes:gateway.networking.k8s.io/v1:Gateway"
ROUTE = "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute"
POLICY = "kubernetes:networking.gke.io/v1:GCPGatewayPolicy"
ARMOR = "kubernetes:networking.gke.io/v1:GCPBackendPolicy"
PARTNER = "{kind: kubernetes, keys: {attach: {issuer: letsencrypt}}}"
HERE, THERE = "yard-endpoint-service", "yard-stores-link-hub-private-service"


@cache
def planned(*links: str, **settings: str) -> Plan:
    found = connected(*links, **settings)
    assert not found.errors, found.errors
    return found


@cache
def graph(*links: str, **settings: str) -> Graph:
    return record_plan(planned(*links, **settings))


def one(token: str, name: str, recorded: Graph | None = None) -> dict[str, Any]:
    return plain(dict(_resource(token, name, recorded).inputs))


def _resource(token: str, name: str, recorded: Graph | None = None) -> Resource:
    [found] = [it for it in (recorded or graph()).of_type(token) if it.name == name]
    return found


def test_the_sdk_knows_every_input_and_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modelyard.objects.cloud._read", {})
    whole = record_plan(planned(), deployed=True)
    assert whole.of_type(ATTACHMENT)
    assert [str(it) for it in check_inputs(whole)] + outputs_problems(whole) == []


def test_the_project_at_the_other_end_connects_and_nobody_else() -> None:
    attachment = one(ATTACHMENT, HERE)
    assert attachment["connectionPreference"] == "ACCEPT_MANUAL"
    accepted = [{"projectIdOrNum": "acme-stores", "connectionLimit": 1}]
    assert attachment["consumerAcceptLists"] == accepted
    assert attachment["reconcileConnections"] is True, "who is taken off the list is cut off"
    assert attachment["propagatedConnectionLimit"] == 0, "and nobody behind them"
    assert attachment["sendPropagatedConnectionLimitIfZero"] is True
    assert "domainNames" not in attachment


def test_each_project_has_as_many_endpoints_as_links() -> None:
    told = "project: acme-partner"
    ends = [link(told=told, ends=f"from: {end}, to: hub") for end in ("north", "south")]
    theirs = [WEAR.replace("wear", f"w-{end}").replace("stores", end) for end in ("north", "south")]
    models = ", ".join([WEAR, *theirs])
    found = graph(link(), *ends, north=PARTNER, south=PARTNER, models=models)
    assert one(ATTACHMENT, HERE, found)["consumerAcceptLists"] == [
        {"projectIdOrNum": "acme-partner", "connectionLimit": 2},
        {"projectIdOrNum": "acme-stores", "connectionLimit": 1},
    ]


@pytest.mark.parametrize("public", ["", ", public: true"])
def test_it_stands_before_envoy_inside_the_network_with_the_certificate_of_the_way_in(
    public: str,
) -> None:
    found = graph(hub=gcp("acme-hub", HUB.replace("}", f"{public}}}")))
    spec = one(GATEWAY, f"{HERE}-balancer", found)["spec"]
    assert spec["gatewayClassName"] == "gke-l7-rilb"
    [listener] = spec["listeners"]
    assert (listener["port"], listener["protocol"]) == (443, "HTTPS")
    certificate = {"networking.gke.io/pre-shared-certs": "hub-acme"}
    assert listener["tls"] == {"mode": "Terminate", "options": certificate}
    [rule] = one(ROUTE, f"{HERE}-envoy", found)["spec"]["rules"]
    assert rule == one(ROUTE, "yard-ingress-envoy", found)["spec"]["rules"][0]
    policy = one(POLICY, f"{HERE}-tls", found)["spec"]
    assert policy["default"]["sslPolicy"] == "yard-ingress"
    assert policy["targetRef"]["name"] == "yard-service"


def test_cloud_armor_is_there_before_it() -> None:
    [guard] = graph().of_type(ARMOR)
    assert guard.urn in _resource(GATEWAY, f"{HERE}-balancer").dependencies


def test_its_address_is_its_own() -> None:
    address = one(ADDRESS, HERE)
    assert (address["addressType"], address["purpose"]) == ("INTERNAL", "GCE_ENDPOINT")
    [named] = one(GATEWAY, f"{HERE}-balancer")["spec"]["addresses"]
    assert named == {"type": "NamedAddress", "value": "yard-service"}


def test_what_is_published_is_the_rule_that_gke_notes_on_the_gateway() -> None:
    gateway = one(GATEWAY, f"{HERE}-balancer")
    waits = json.loads(gateway["metadata"]["annotations"]["pulumi.com/waitFor"])
    assert waits == ["condition=Programmed", f"jsonpath={{.metadata.annotations['{RULES}']}}"]
    attachment = _resource(ATTACHMENT, HERE)
    noted = f"${{{HERE}-balancer.metadata.annotations.{RULES}}}"
    rules = "projects/acme-hub/regions/europe-west1/forwardingRules"
    assert attachment.inputs["targetService"] == f"{rules}/{noted.rpartition('/')[2]}"
    for part in (_resource(POLICY, f"{HERE}-tls"), _resource(ROUTE, f"{HERE}-envoy")):
        assert part.urn in attachment.dependencies, "nobody asks before there is an answer"


def test_who_asks_comes_from_a_range_of_its_own() -> None:
    callers = one(SUBNET, HERE)
    assert callers["purpose"] == "PRIVATE_SERVICE_CONNECT"
    assert callers["network"] == "${yard-vpc.id}"
    assert one(ATTACHMENT, HERE)["natSubnets"] == [f"${{{HERE}.id}}"]
    range = IPv4Network(callers["ipCidrRange"])
    assert range.subnet_of(IPv4Network("10.20.0.0/16"))
    others = [it for it in graph().of_type(SUBNET) if it.name.startswith("yard-vpc")]
    for other in others:
        assert not range.overlaps(IPv4Network(str(other.inputs["ipCidrRange"])))


def test_a_site_of_which_nothing_is_asked_has_no_such_range() -> None:
    named = {it.name for it in graph().of_type(SUBNET)}
    assert not [it for it in named if it.startswith("yard-stores") and "service" in it]


def test_the_asking_end_has_an_address_of_its_own_network() -> None:
    rule = one(RULE, THERE)
    assert rule["target"] == f"${{{HERE}.id}}"
    assert (rule["loadBalancingScheme"], rule["network"]) == ("", "${yard-stores-vpc.id}")
    assert rule["allowPscGlobalAccess"] is False
    address = one(ADDRESS, THERE)
    assert address["subnetwork"] == "${yard-stores-vpc-nodes.id}"


def test_names_of_the_other_end_lead_there_in_this_network_alone() -> None:
    zone, record = one(ZONE, THERE), one(RECORD, THERE)
    assert (zone["dnsName"], zone["visibility"]) == ("hub.acme.example.", "private")
    assert zone["privateVisibilityConfig"] == {
        "networks": [{"networkUrl": "${yard-stores-vpc.id}"}]
    }
    assert (record["name"], record["type"]) == ("*.hub.acme.example.", "A")
    assert record["rrdatas"] == [f"${{{THERE}.address}}"]


def test_models_come_from_the_other_end_by_its_own_name() -> None:
    said = {str(plain(dict(it.inputs))) for it in graph() if it.name.startswith("yard-stores-")}
    assert any("https://mlflow.hub.acme.example" in text for text in said)


def test_each_end_may_ask_the_other() -> None:
    found = graph(link("artifacts, requests"), stores=gcp("acme-stores", BACK), models=EXPOSED)
    assert {it.name for it in found.of_type(ATTACHMENT)} == {HERE, "yard-stores-endpoint-service"}
    back = one(RULE, "yard-link-stores-private-service", found)
    assert back["target"] == "${yard-stores-endpoint-service.id}"


def test_who_asks_may_stand_in_a_network_that_is_there_already() -> None:
    attach = "cidr: 10.30.0.0/16, attach: {network: shared, private_subnets: [ours]}"
    found = graph(stores=gcp("acme-stores", network=attach))
    assert one(RULE, THERE, found)["network"] == "projects/acme-stores/global/networks/shared"
    subnet = "projects/acme-stores/regions/europe-west1/subnetworks/ours"
    assert one(ADDRESS, THERE, found)["subnetwork"] == subnet


def test_another_project_is_told_the_service_by_name() -> None:
    models = WEAR.replace("on: stores", "on: partner")
    told = "project: acme-partner"
    found = graph(link(told=told, ends="from: partner, to: hub"), partner=PARTNER, models=models)
    [platform] = [it for it in found if it.type == "modelyard:platform:Platform"]
    assert plain(dict((platform.outputs or {})["links"])) == {
        "partner to hub by private-service": {"service": f"${{{HERE}.id}}"}
    }
    accepted = one(ATTACHMENT, HERE, found)["consumerAcceptLists"]
    assert [it["projectIdOrNum"] for it in accepted] == ["acme-partner"]
    assert not [it for it in found.of_type(ZONE) if it.name.endswith("private-service")]


def test_a_service_of_another_project_is_asked_by_its_name_and_told_who_connects() -> None:
    other = "{kind: kubernetes, keys: {attach: {issuer: ca}}, ingress: {domain: p.example}}"
    asked = EXPOSED.replace("wear, t", "fit, t").replace("on: stores", "on: partner")
    back = link("requests", f"service: {PUBLISHED}", "from: stores, to: partner")
    home = link(told="project: acme-partner", ends="from: partner, to: hub")
    found = graph(link(), home, back, partner=other, models=f"{WEAR}, {asked}")
    name = "yard-stores-link-partner-private-service"
    assert one(RULE, name, found)["target"] == PUBLISHED
    assert one(ZONE, name, found)["dnsName"] == "p.example."
    [platform] = [it for it in found if it.type == "modelyard:platform:Platform"]
    assert (platform.outputs or {})["links"]["partner to stores by private-service"] == {
        "project that connects": "acme-stores"
    }


def test_the_review_says_which_project_comes_in() -> None:
    ways = exposures(View(planned(), graph()))
    by_service = [it for it in ways if "project acme-stores" in it.sources]
    assert {it.path for it in by_service} == {"gateway", "host name", "service"}
    [own] = [it for it in by_service if it.path == "service"]
    assert own.name == HERE
    assert own.sources == ("project acme-stores",), "nobody else gets there"
