"""What can be reached from outside: small platforms, and every shipped one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.review.small import manifest, referring, shipped_view, thing, view
from tests.support import shipped

from modelyard.recorder import Resource
from modelyard.review.exposure.gateways import GATEWAY, ROUTES
from modelyard.review.exposure.way import INTERNET, NETWORK
from modelyard.review.exposure.ways import exposures

LB, LISTENER = "aws:lb/loadBalancer:LoadBalancer", "aws:lb/listener:Listener"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
API = "gateway.networking.k8s.io/v1"
each = pytest.mark.parametrize("case", shipped.cases(), ids=str)


def _balanced(cidr: str, **listener: object) -> list[Resource]:
    group = thing(GROUP, "yard-ingress")
    balancer = thing(LB, "yard-ingress", {"internal": False}, securityGroups=group)
    told = {"protocol": "HTTPS", "port": 443, "defaultActions": [{"type": "forward"}], **listener}
    opened = {"cidrIpv4": cidr, "fromPort": 443, "toPort": 443, "ipProtocol": "tcp"}
    return [
        group,
        balancer,
        thing(RULE, "yard-ingress-443", opened, securityGroupId=group),
        thing(LISTENER, "yard-ingress-https", told, loadBalancerArn=balancer),
    ]


@pytest.mark.parametrize(
    ("cidr", "sources"), [("0.0.0.0/0", (INTERNET,)), ("203.0.113.0/24", ("203.0.113.0/24",))]
)
def test_a_load_balancer_is_reached_from_what_its_groups_let_in(
    cidr: str, sources: tuple[str, ...]
) -> None:
    [way] = exposures(view(*_balanced(cidr)))
    assert (way.path, way.address, way.sources) == ("load balancer", "HTTPS:443", sources)
    assert way.authentication == ("TLS",)


def test_a_rule_for_another_port_opens_nothing_here() -> None:
    [way] = exposures(view(*_balanced("0.0.0.0/0", port=8443)))
    assert way.sources == ("nowhere",)


def test_a_load_balancer_inside_is_reached_from_the_network() -> None:
    group, balancer, *rest = _balanced("0.0.0.0/0")
    inside = replace(balancer, inputs={"internal": True})
    [way] = exposures(view(group, inside, *rest))
    assert way.sources == (NETWORK,)


def test_without_tls_it_is_said() -> None:
    [way] = exposures(view(*_balanced("0.0.0.0/0", protocol="HTTP")))
    assert way.authentication == ("no TLS",)
    redirect = [{"type": "redirect", "redirect": {"protocol": "HTTPS"}}]
    [way] = exposures(view(*_balanced("0.0.0.0/0", protocol="HTTP", defaultActions=redirect)))
    assert (way.authentication, way.behind) == (("not needed",), ("a redirect to HTTPS",))


def test_a_web_firewall_is_a_guard() -> None:
    parts = _balanced("0.0.0.0/0")
    rules = thing(
        "aws:wafv2/webAclAssociation:WebAclAssociation", "yard-ingress", resourceArn=parts[1]
    )
    [way] = exposures(view(*parts, rules))
    assert way.guards == ("web firewall",)


def _routed(*args: str, security: dict[str, object] | None = None) -> list[Resource]:
    listeners = [{"name": "https", "protocol": "HTTPS", "port": 443, "hostname": "*.ml.example"}]
    pods = {"metadata": {"labels": {"app": "churn"}}, "spec": {"containers": [{"args": [*args]}]}}
    route = {
        "hostnames": ["churn.ml.example"],
        "parentRefs": [{"name": "gateway", "sectionName": "https"}],
        "rules": [{"backendRefs": [{"name": "churn", "port": 8080}]}],
    }
    found = [
        manifest(API, "Gateway", "gateway", spec={"gatewayClassName": "x", "listeners": listeners}),
        manifest(API, "HTTPRoute", "churn", spec=route),
        manifest("v1", "Service", "churn", spec={"selector": {"app": "churn"}}),
        manifest("apps/v1", "Deployment", "churn", spec={"template": pods}),
    ]
    if security:
        target = {"targetRefs": [{"kind": "HTTPRoute", "name": "churn"}], **security}
        found.append(
            manifest("gateway.envoyproxy.io/v1alpha1", "SecurityPolicy", "churn", spec=target)
        )
    return found


@pytest.mark.parametrize(
    ("args", "security", "known"),
    [
        ((), None, ("TLS", "none")),
        (("--app-name", "basic-auth"), None, ("TLS", "login")),
        (("--api-key=$(KEY)",), None, ("TLS", "API key")),
        ((), {"jwt": {"providers": [{"name": "x"}]}}, ("TLS", "token")),
        ((), {"oidc": {"clientID": "x"}}, ("TLS", "login")),
    ],
)
def test_how_callers_of_a_host_name_are_known(
    args: tuple[str, ...], security: dict[str, object] | None, known: tuple[str, ...]
) -> None:
    ways = exposures(view(*_routed(*args, security=security)))
    [way] = [each for each in ways if each.path == "host name"]
    assert way.address == "churn.ml.example"
    assert way.behind == ("Service prod/churn",)
    assert way.authentication == known


def test_a_route_of_a_gateway_elsewhere_is_told_all_the_same() -> None:
    [way] = exposures(view(_routed()[1]))
    assert way.sources == ("wherever the attached gateway is reached from",)


@pytest.mark.parametrize(
    ("config", "sources"),
    [
        ({"endpointPublicAccess": False}, (NETWORK,)),
        ({"endpointPublicAccess": True}, (INTERNET,)),
        ({}, (INTERNET,)),
        ({"publicAccessCidrs": ["198.51.100.0/24"]}, ("198.51.100.0/24",)),
    ],
)
def test_the_api_of_a_cluster_of_eks(config: object, sources: tuple[str, ...]) -> None:
    cluster = thing("aws:eks/cluster:Cluster", "yard-cluster", {"vpcConfig": config})
    [way] = exposures(view(cluster))
    assert (way.sources, way.authentication) == (sources, ("TLS", "IAM", "RBAC"))


@pytest.mark.parametrize(
    ("told", "sources"),
    [
        ({"privateClusterConfig": {"enablePrivateEndpoint": True}}, (NETWORK,)),
        ({}, (INTERNET,)),
        (
            {"masterAuthorizedNetworksConfig": {"cidrBlocks": [{"cidrBlock": "198.51.100.0/24"}]}},
            ("198.51.100.0/24",),
        ),
        ({"controlPlaneEndpointsConfig": {"ipEndpointsConfig": {"enabled": False}}}, (NETWORK,)),
    ],
)
def test_the_api_of_a_cluster_of_gke(told: object, sources: tuple[str, ...]) -> None:
    [way] = exposures(view(thing("gcp:container/cluster:Cluster", "yard-cluster", told)))
    assert way.sources == sources


@pytest.mark.parametrize(
    ("member", "known"), [("allUsers", ("TLS", "none")), ("user:a@b.example", ("TLS", "IAM"))]
)
def test_cloud_run_that_everybody_may_invoke(member: str, known: tuple[str, ...]) -> None:
    service = thing("gcp:cloudrunv2/service:Service", "yard-run", {"name": "churn"})
    token = "gcp:cloudrunv2/serviceIamMember:ServiceIamMember"
    invoked = referring(token, "yard-member", {"member": member}, "name", service)
    [way] = exposures(view(service, invoked))
    assert (way.sources, way.authentication) == ((INTERNET,), known)


def test_a_bucket_that_anyone_may_read() -> None:
    bucket = thing("aws:s3/bucket:Bucket", "yard-data", {"bucket": "data"})
    for principal, found in (("*", 1), ({"Service": "x.amazonaws.com"}, 0)):
        statement = {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject"}
        policy = {"policy": {"Statement": [statement]}}
        given = thing("aws:s3/bucketPolicy:BucketPolicy", "yard-data", policy, bucket=bucket)
        assert len([w for w in exposures(view(bucket, given)) if w.path == "bucket"]) == found


def test_a_database_with_an_address_of_its_own() -> None:
    for public, found in ((True, 1), (False, 0)):
        database = thing("aws:rds/instance:Instance", "yard-db", {"publiclyAccessible": public})
        assert len(exposures(view(database))) == found


def test_links_come_from_the_linked_site() -> None:
    linked = [case for case in shipped.cases() if shipped.planned(case).plan.blueprint.links]
    for case in linked:
        found = {w.name for w in exposures(shipped_view(case)) if w.path == "link"}
        links = shipped.planned(case).plan.blueprint.links
        assert found == {f"{link.from_} to {link.to}" for link in links}


@each
def test_every_gateway_and_route_is_a_way_in(case: shipped.Case) -> None:
    seen = shipped_view(case)
    told = {way.urn for way in exposures(seen)}
    assert {it.urn for token in (GATEWAY, *ROUTES) for it in seen.of(token)} <= told
    clusters = ("aws:eks/cluster:Cluster", "gcp:container/cluster:Cluster", LISTENER)
    assert {it.urn for token in clusters for it in seen.of(token)} <= told


@each
def test_every_host_name_of_the_graph_is_told(case: shipped.Case) -> None:
    seen = shipped_view(case)
    said = " ".join(way.address for way in exposures(seen))
    for route in seen.of(*ROUTES):
        for host in route.inputs["spec"].get("hostnames", []):
            assert host in said


def test_the_finance_platform_is_reached_from_listed_ranges_only() -> None:
    case = next(c for c in shipped.cases() if str(c) == "aws-finance-prod")
    ways = exposures(shipped_view(case))
    assert ways
    assert not any(way.public for way in ways)
    routes = [way for way in ways if way.path == "host name"]
    assert {way.sources for way in routes} == {("198.51.100.0/24", "203.0.113.0/24")}
    assert {way.guards for way in routes} == {("web firewall",)}
