"""Both ends of AWS PrivateLink against the SDK, each other, and what is promised of them."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from tests.support.private_link import BACK, EXPOSED, WEAR, aws, joined, link
from tests.support.private_link import SERVICE as PUBLISHED
from tests.support.sdk_types import outputs_problems

from modelyard.plan.plan import Plan
from modelyard.program import record_plan
from modelyard.recorder import Graph, Resource, check_inputs
from modelyard.recorder.values import plain
from modelyard.review.exposure.ways import exposures
from modelyard.review.view import View

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:pulumi_aws.*")

SERVICE = "aws:ec2/vpcEndpointService:VpcEndpointService"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
BALANCER, TARGETS = "aws:lb/loadBalancer:LoadBalancer", "aws:lb/targetGroup:TargetGroup"
ATTACHED = "aws:lb/targetGroupAttachment:TargetGroupAttachment"
LISTENER = "aws:lb/listener:Listener"
IN = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
OUT = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
ZONE, RECORD = "aws:route53/zone:Zone", "aws:route53/record:Record"
PARTNER = "{kind: kubernetes, keys: {attach: {issuer: letsencrypt}}}"
HERE, THERE = "yard-endpoint-service", "yard-stores-link-hub-private-service"


@cache
def planned(*links: str, **settings: str) -> Plan:
    found = joined(*links, **settings)
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
    assert whole.of_type(SERVICE)
    assert [str(it) for it in check_inputs(whole)] + outputs_problems(whole) == []


def test_what_is_published_stands_behind_a_balancer_without_a_port_for_its_own_network() -> None:
    balancer = one(BALANCER, HERE)
    assert (balancer["loadBalancerType"], balancer["internal"]) == ("network", True)
    assert balancer["securityGroups"] == [f"${{{HERE}.id}}"]
    assert balancer["enforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] == "off"
    rules = [plain(dict(it.inputs)) for it in graph().of_type(IN)]
    assert not [it for it in rules if it["securityGroupId"] == f"${{{HERE}.id}}"]
    out = one(OUT, f"{HERE}-out")
    assert (out["referencedSecurityGroupId"], out["toPort"]) == ("${yard-ingress.id}", 443)


def test_it_hands_on_to_the_way_in_behind_the_firewall() -> None:
    targets, attached = one(TARGETS, HERE), one(ATTACHED, HERE)
    assert (targets["targetType"], targets["protocol"], targets["port"]) == ("alb", "TCP", 443)
    assert attached["targetId"] == "${yard-ingress.arn}"
    listener = one(LISTENER, HERE)
    assert (listener["protocol"], listener["port"]) == ("TCP", 443)
    let_in = one(IN, f"{HERE}-in")
    assert let_in["securityGroupId"] == "${yard-ingress.id}"
    assert let_in["referencedSecurityGroupId"] == f"${{{HERE}.id}}"


def test_a_balancer_is_a_target_when_it_listens() -> None:
    attached = _resource(ATTACHED, HERE)
    listening = _resource(LISTENER, "yard-ingress-https")
    assert listening.urn in attached.dependencies


def test_the_accounts_at_the_other_ends_connect_and_nobody_else() -> None:
    service = one(SERVICE, HERE)
    assert service["allowedPrincipals"] == ["arn:aws:iam::210987654321:root"]
    assert service["acceptanceRequired"] is False
    assert "privateDnsName" not in service
    further = one(
        SERVICE,
        HERE,
        graph(link(), link(ends="from: third, to: hub"), third=aws("345678901234")),
    )
    assert further["allowedPrincipals"] == [
        f"arn:aws:iam::{account}:root" for account in ("210987654321", "345678901234")
    ]


def test_the_asking_end_has_addresses_of_its_own_open_for_its_network_alone() -> None:
    endpoint = one(ENDPOINT, THERE)
    assert endpoint["serviceName"] == f"${{{HERE}.serviceName}}"
    assert endpoint["vpcEndpointType"] == "Interface"
    assert endpoint["privateDnsEnabled"] is False
    assert endpoint["securityGroupIds"] == [f"${{{THERE}.id}}"]
    rule = one(IN, THERE)
    assert (rule["cidrIpv4"], rule["fromPort"], rule["toPort"]) == ("10.20.0.0/16", 443, 443)
    assert not [it for it in graph().of_type(OUT) if it.name == THERE]


def test_names_of_the_other_end_lead_to_the_endpoint_in_this_network_alone() -> None:
    zone, record = one(ZONE, THERE), one(RECORD, THERE)
    assert zone["name"] == "hub.acme.example"
    assert zone["vpcs"] == [{"vpcId": "${yard-stores-vpc.id}"}]
    assert (record["name"], record["type"]) == ("*.hub.acme.example", "A")
    [alias] = record["aliases"]
    assert alias["name"] == f"${{{THERE}.dnsEntries.0.dnsName}}"


def test_models_come_from_the_other_end_by_its_own_name() -> None:
    said = {str(plain(dict(it.inputs))) for it in graph() if it.name.startswith("yard-stores-")}
    assert any("https://mlflow.hub.acme.example" in text for text in said)


def test_only_zones_of_both_ends_have_an_endpoint() -> None:
    stores = aws("210987654321", network="zones: 2, zone_ids: [euw1-az3, euw1-az4]")
    subnets = one(ENDPOINT, THERE, graph(stores=stores))["subnetIds"]
    assert subnets == ["${yard-stores-vpc-private-euw1-az3.id}"]


def test_each_end_may_ask_the_other() -> None:
    found = graph(link("artifacts, requests"), stores=aws("210987654321", BACK), models=EXPOSED)
    assert {it.name for it in found.of_type(SERVICE)} == {HERE, "yard-stores-endpoint-service"}
    back = one(ENDPOINT, "yard-link-stores-private-service", found)
    assert back["serviceName"] == "${yard-stores-endpoint-service.serviceName}"


def test_another_account_is_told_the_service_by_name() -> None:
    models = WEAR.replace("on: stores", "on: partner")
    told = 'account: "345678901234"'
    found = graph(link(told=told, ends="from: partner, to: hub"), partner=PARTNER, models=models)
    [platform] = [it for it in found if it.type == "modelyard:platform:Platform"]
    assert plain(dict((platform.outputs or {})["links"])) == {
        "partner to hub by private-service": {"service": f"${{{HERE}.serviceName}}"}
    }
    assert one(SERVICE, HERE, found)["allowedPrincipals"] == ["arn:aws:iam::345678901234:root"]
    assert not found.of_type(ZONE)


def test_a_service_of_another_account_is_asked_by_its_name_and_told_who_connects() -> None:
    other = "{kind: kubernetes, keys: {attach: {issuer: ca}}, ingress: {domain: p.example}}"
    asked = EXPOSED.replace("wear, t", "fit, t").replace("on: stores", "on: partner")
    ends = "from: stores, to: partner"
    back = link("requests", f"service: {PUBLISHED}", ends)
    home = link(told='account: "345678901234"', ends="from: partner, to: hub")
    found = graph(link(), home, back, partner=other, models=f"{WEAR}, {asked}")
    name = "yard-stores-link-partner-private-service"
    assert one(ENDPOINT, name, found)["serviceName"] == PUBLISHED
    assert one(ZONE, name, found)["name"] == "p.example"
    [platform] = [it for it in found if it.type == "modelyard:platform:Platform"]
    assert (platform.outputs or {})["links"]["partner to stores by private-service"] == {
        "principal that connects": "arn:aws:iam::210987654321:root"
    }


def test_the_review_says_which_account_comes_in() -> None:
    ways = exposures(View(planned(), graph()))
    by_service = [it for it in ways if "account 210987654321" in it.sources]
    assert {it.path for it in by_service} == {"gateway", "load balancer", "host name"}
    [own] = [it for it in by_service if it.name == HERE]
    assert own.sources == ("account 210987654321",), "nobody else gets there"
    assert own.behind == ("load balancer yard-ingress",)
