"""The way in on AWS: behind a firewall, by TLS, and inside the network unless said otherwise."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from tests.support.aws_ground import CLUSTER, ground
from tests.support.facilities import Facilities

from modelyard.contracts.context import Purpose
from modelyard.objects.objects import Objects
from modelyard.plan.capability import Capability as C
from modelyard.recorder import Graph, Resource

CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/1"
INSIDE = "ingress: {domain: ml.example}"
NAMED = f"ingress: {{domain: ml.example, certificate: '{CERTIFICATE}'}}"
PUBLIC = NAMED.replace("domain", "public: true, domain")
LISTED = PUBLIC.replace("domain", "allow: [198.51.100.0/24, 203.0.113.0/24], domain")
ENCRYPTED = f"{NAMED}, keys: {{engine: cert-manager}}"
EVERYWHERE = "0.0.0.0/0"
LISTENER = "aws:lb/listener:Listener"


def ask(platform: Facilities) -> Any:
    place = platform.part(C.IDENTITY).namespaces[Purpose.PRODUCTION]
    ingress, cluster = platform.part(C.INGRESS), platform.part(C.CLUSTER)
    objects = Objects(ingress, "yard-one", cluster, place, {})
    return ingress.route(objects, "chat", "chat", 8000)


@cache
def stands(text: str = NAMED, more: str = "", wanted: tuple[C, ...] = ()) -> tuple[Graph, Any]:
    ground_of_it = {*CLUSTER, C.SECRETS, C.OBJECT_STORE, C.INGRESS, *wanted}
    return ground(*ground_of_it, text=text, more=more, use=ask)


def one(graph: Graph, token: str) -> Resource:
    [found] = graph.of_type(token)
    return found


def balancer(text: str = NAMED, more: str = "") -> Resource:
    return one(stands(text, more)[0], "aws:lb/loadBalancer:LoadBalancer")


def listeners(text: str) -> dict[int, Any]:
    return {r.inputs["port"]: r.inputs for r in stands(text)[0].of_type(LISTENER)}


def rules(text: str) -> list[Any]:
    acl = one(stands(text)[0], "aws:wafv2/webAcl:WebAcl")
    return sorted(acl.inputs["rules"], key=lambda rule: rule["priority"])


def sources(text: str) -> set[tuple[int, str]]:
    found = stands(text)[0].of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    mine = [r.inputs for r in found if r.name.startswith("yard-ingress")]
    return {(r["fromPort"], r["cidrIpv4"]) for r in mine if "cidrIpv4" in r}


def test_it_is_inside_the_network_unless_said_otherwise() -> None:
    assert balancer().inputs["internal"] is True
    assert balancer(PUBLIC).inputs["internal"] is False
    private, public = (
        set(balancer(text).property_dependencies["subnets"]) for text in (NAMED, PUBLIC)
    )
    assert private
    assert public
    assert not private & public


@pytest.mark.parametrize(
    ("text", "expected"),
    [(NAMED, {"${yard-vpc.cidrBlock}", "10.0.0.0/16"}), (PUBLIC, {EVERYWHERE})],
)
def test_who_may_knock_follows_from_that(text: str, expected: set[str]) -> None:
    found = sources(text)
    assert {port for port, _ in found} == {80, 443}
    assert {source for _, source in found} <= expected


def test_a_list_of_addresses_shuts_out_the_rest_twice() -> None:
    listed = {"198.51.100.0/24", "203.0.113.0/24"}
    assert {source for _, source in sources(LISTED)} == listed
    acl = one(stands(LISTED)[0], "aws:wafv2/webAcl:WebAcl").inputs
    assert acl["defaultAction"] == {"block": {}}
    assert set(one(stands(LISTED)[0], "aws:wafv2/ipSet:IpSet").inputs["addresses"]) == listed
    # Whoever is on the list is let in only after every other rule has had its say.
    assert [rule["name"] for rule in rules(LISTED)][-1] == "listed"


@pytest.mark.parametrize("text", [INSIDE, NAMED, PUBLIC])
def test_the_firewall_is_there_before_anybody_can_come_in(text: str) -> None:
    graph, _ = stands(text)
    association = one(graph, "aws:wafv2/webAclAssociation:WebAclAssociation")
    assert association.inputs["resourceArn"] == "${yard-ingress.arn}"
    listening = list(graph.of_type(LISTENER))
    assert listening
    assert all(association.urn in listener.dependencies for listener in listening)


def test_it_stops_known_attacks_and_too_many_requests() -> None:
    found = rules(PUBLIC.replace("domain", "rate_limit: 500, domain"))
    groups = {
        rule["name"]
        for rule in found
        if "managedRuleGroupStatement" in rule["statement"]
        and rule["overrideAction"] == {"none": {}}
    }
    assert {"AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet"} <= groups
    [rate] = [rule for rule in found if rule["name"] == "rate"]
    assert rate["statement"]["rateBasedStatement"]["limit"] == 500
    assert rate["action"] == {"block": {}}


def test_its_log_keeps_no_credentials() -> None:
    graph, _ = stands()
    logging = one(graph, "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration").inputs
    hidden = {field["singleHeader"]["name"] for field in logging["redactedFields"]}
    assert {"authorization", "cookie"} <= hidden
    [group] = [g for g in graph.of_type("aws:cloudwatch/logGroup:LogGroup") if "ingress" in g.name]
    assert group.inputs["name"].startswith("aws-waf-logs-")
    assert group.inputs["kmsKeyId"] == "${yard-kms-logs.arn}"


def test_with_a_certificate_http_only_points_to_https() -> None:
    found = listeners(NAMED)
    assert set(found) == {80, 443}
    [redirect] = found[80]["defaultActions"]
    assert redirect["redirect"]["protocol"] == "HTTPS"
    assert found[443]["certificateArn"] == CERTIFICATE
    assert "TLS13" in found[443]["sslPolicy"]
    assert stands(NAMED)[1] == "https://chat.ml.example"


def test_without_one_it_answers_inside_the_network_alone() -> None:
    assert set(listeners(INSIDE)) == {80}
    assert {port for port, _ in sources(INSIDE)} == {80}
    assert stands(INSIDE)[1] == "http://chat.ml.example"


@pytest.mark.parametrize(
    ("text", "wanted", "protocol", "port"),
    [(NAMED, (), "HTTP", 10080), (ENCRYPTED, (C.KEYS,), "HTTPS", 10443)],
)
def test_where_the_cluster_has_an_issuer_the_rest_of_the_way_is_encrypted(
    text: str, wanted: tuple[C, ...], protocol: str, port: int
) -> None:
    graph, _ = stands(text, wanted=wanted)
    targets = one(graph, "aws:lb/targetGroup:TargetGroup").inputs
    assert (targets["protocol"], targets["port"]) == (protocol, port)
    assert targets["healthCheck"]["protocol"] == protocol
    [gateway] = [r.inputs for r in graph if r.inputs.get("kind") == "Gateway"]
    [listener] = gateway["spec"]["listeners"]
    assert (listener["protocol"], listener["port"] + 10_000) == (protocol, port)
    [route] = [r.inputs["spec"] for r in graph if r.inputs.get("kind") == "HTTPRoute"]
    assert route["parentRefs"][0]["sectionName"] == listener["name"]
    # A load balancer names no host when it greets by TLS.
    assert ("hostname" in listener) is (protocol == "HTTP")


def test_only_the_balancer_reaches_the_gateway_and_it_reaches_nothing_else() -> None:
    graph, _ = stands()
    incoming, outgoing = (
        [
            r
            for r in graph.of_type(f"aws:vpc/securityGroup{way}Rule:SecurityGroup{way}Rule")
            if r.name.startswith("yard-ingress") and "cidrIpv4" not in r.inputs
        ]
        for way in ("Ingress", "Egress")
    )
    assert [(r.inputs["fromPort"], r.inputs["toPort"]) for r in incoming] == [(10080, 10080)]
    assert [(r.inputs["fromPort"], r.inputs["toPort"]) for r in outgoing] == [(10080, 10080)]
    [group] = outgoing[0].property_dependencies["securityGroupId"]
    assert incoming[0].property_dependencies["referencedSecurityGroupId"] == (group,)


@pytest.mark.parametrize(
    ("mode", "api"), [("standard", "elbv2.k8s.aws/v1beta1"), ("auto", "eks.amazonaws.com/v1")]
)
def test_the_gateway_s_pods_are_put_behind_it(mode: str, api: str) -> None:
    graph, _ = stands(f"{NAMED}, cluster: {{mode: {mode}}}")
    [binding] = [r for r in graph if r.inputs.get("kind") == "TargetGroupBinding"]
    assert binding.inputs["apiVersion"] == api
    spec = binding.inputs["spec"]
    assert spec["targetGroupARN"].endswith(".arn}")
    [proxy] = [r.inputs for r in graph if r.inputs.get("kind") == "EnvoyProxy"]
    service = proxy["spec"]["provider"]["kubernetes"]["envoyService"]
    assert service == {"type": "ClusterIP", "name": spec["serviceRef"]["name"]}
    [gateway] = [r for r in graph if r.inputs.get("kind") == "Gateway"]
    assert gateway.urn in binding.dependencies


def test_its_log_is_written_from_the_first_request_on() -> None:
    graph, _ = stands()
    assert balancer().inputs["accessLogs"]["enabled"] is True
    types = {urn.rpartition("$")[2].partition("::")[0] for urn in balancer().dependencies}
    assert "aws:s3/bucketPolicy:BucketPolicy" in types
    attached = balancer(f"{NAMED}, object_store: {{attach: {{bucket: theirs}}}}")
    assert "accessLogs" not in attached.inputs
    assert graph.of_type("aws:s3/bucket:Bucket")


@pytest.mark.parametrize("protect", [True, False])
def test_it_goes_only_where_that_was_agreed(protect: bool) -> None:
    found = balancer(more=f"protect: {str(protect).lower()}")
    assert found.inputs["enableDeletionProtection"] is protect


def test_requests_that_may_be_smuggled_are_dropped() -> None:
    assert balancer().inputs["dropInvalidHeaderFields"] is True
    assert balancer().inputs["desyncMitigationMode"] == "strictest"
