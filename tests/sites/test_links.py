"""Both ends of a VPN against the SDKs, against each other, and against what is promised of them."""

from __future__ import annotations

from ipaddress import IPv4Interface, IPv4Network
from typing import Any

import pytest
from tests.plan.blueprints import plan
from tests.support.links import DEVICE, SITES, planned, recorded, vpn
from tests.support.sdk_types import outputs_problems

from modelyard.cli.running import show_links
from modelyard.program import record_plan
from modelyard.recorder import Graph, Secret, check_inputs
from modelyard.recorder.values import plain

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:pulumi_aws.*")

ALL = ("cloud", "burst", "plant")
CONNECTION, PEER = "aws:ec2/vpnConnection:VpnConnection", "aws:ec2/customerGateway:CustomerGateway"
GATEWAY = "aws:ec2/vpnGateway:VpnGateway"
LEARNS = "aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation"
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
TUNNEL, HA = "gcp:compute/vPNTunnel:VPNTunnel", "gcp:compute/haVpnGateway:HaVpnGateway"
OUTSIDE = "gcp:compute/externalVpnGateway:ExternalVpnGateway"
ROUTER, INTERFACE = "gcp:compute/router:Router", "gcp:compute/routerInterface:RouterInterface"
VIRTUAL = "aws:directconnect/privateVirtualInterface:PrivateVirtualInterface"
ATTACHED = "gcp:compute/interconnectAttachment:InterconnectAttachment"
BEHIND = "networks: [10.40.0.0/16], asn: 65010"
NEIGHBOUR = "gcp:compute/routerPeer:RouterPeer"


def of(token: str, ending: str = "", graph: Graph | None = None) -> dict[str, dict[str, Any]]:
    """Inputs by name of a type's resources whose names have this in them."""
    found = (graph or recorded(*ALL)).of_type(token)
    return {it.name: plain(dict(it.inputs)) for it in found if ending in it.name}


def test_the_sdks_know_every_input_and_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modelyard.objects.cloud._read", {})
    graph = record_plan(planned(*ALL), deployed=True)
    assert graph.of_type(CONNECTION)
    assert [str(it) for it in check_inputs(graph)] + outputs_problems(graph) == []


def test_a_vpc_has_one_gateway_however_many_links() -> None:
    [gateway] = of(GATEWAY).values()
    assert gateway["vpcId"] == "${yard-vpc.id}"
    assert {it["vpnGatewayId"] for it in of(CONNECTION).values()} == {"${yard-border.id}"}


def test_private_subnets_learn_of_other_networks_and_databases_do_not() -> None:
    tables = {it["routeTableId"] for it in of(LEARNS).values()}
    assert tables == {f"${{yard-vpc-private-{n}.id}}" for n in range(3)}


def test_a_device_is_called_at_its_address_by_its_number() -> None:
    [peer] = of(PEER, "plant").values()
    assert (peer["ipAddress"], peer["bgpAsn"]) == ("203.0.113.7", "65010")
    assert len(of(CONNECTION, "plant")) == 1


def test_a_number_of_four_bytes_has_a_field_of_its_own() -> None:
    link = vpn(told=DEVICE.replace("65010", "4200000001"))
    sites = f"{{cloud: {SITES['cloud']}, plant: {SITES['plant']}}}"
    graph = record_plan(plan(f"sites: {sites}\nlinks: [{link}]"))
    [peer] = of(PEER, graph=graph).values()
    assert peer["bgpAsnExtended"] == "4200000001"
    assert "bgpAsn" not in peer
    assert check_inputs(graph) == []


STRONG = {
    **{f"Phase{n}EncryptionAlgorithms": ["AES256-GCM-16"] for n in (1, 2)},
    **{f"Phase{n}IntegrityAlgorithms": ["SHA2-384"] for n in (1, 2)},
    **{f"Phase{n}DhGroupNumbers": [20] for n in (1, 2)},
    "IkeVersions": ["ikev2"],
}


@pytest.mark.parametrize("number", [1, 2])
def test_tunnels_speak_nothing_weak_and_write_a_log(number: int) -> None:
    for tunnel in of(CONNECTION).values():
        assert {key: tunnel[f"tunnel{number}{key}"] for key in STRONG} == STRONG
        log = tunnel[f"tunnel{number}LogOptions"]["cloudwatchLogOptions"]
        assert log["logEnabled"] is log["bgpLogEnabled"] is True
    groups = of("aws:cloudwatch/logGroup:LogGroup", "-link-").values()
    assert {group["kmsKeyId"] for group in groups} == {"${yard-kms-logs.arn}"}


def test_google_speaks_the_same() -> None:
    for tunnel in of(TUNNEL).values():
        assert tunnel["ikeVersion"] == 2
        suite = tunnel["cipherSuite"]
        assert (
            suite["phase1"]["encryptions"] == suite["phase2"]["encryptions"] == ["AES-GCM-16-256"]
        )
        assert suite["phase1"]["prves"] == ["PRF-HMAC-SHA2-384"]
        assert suite["phase1"]["dhs"] == suite["phase2"]["pfs"] == ["Group-20"]


def test_no_key_is_in_the_clear() -> None:
    for resource in recorded(*ALL):
        if resource.type == TUNNEL:
            assert isinstance(resource.inputs["sharedSecret"], Secret)
            assert "sharedSecret" in resource.additional_secret_outputs
        if resource.type == CONNECTION:
            assert {"tunnel1PresharedKey", "tunnel2PresharedKey"} <= set(
                resource.additional_secret_outputs
            )


def test_two_clouds_meet_by_four_tunnels() -> None:
    """Each of Google's addresses is called by two of AWS's tunnels, and answers at that one."""
    peers = {name: it["ipAddress"] for name, it in of(PEER, "burst").items()}
    assert peers == {
        f"yard-link-burst-vpn-{n}": f"${{yard-burst-border.vpnInterfaces.{n}.ipAddress}}"
        for n in range(2)
    }
    [outside] = of(OUTSIDE, "cloud").values()
    assert outside["redundancyType"] == "FOUR_IPS_REDUNDANCY"
    assert [it["ipAddress"] for it in outside["interfaces"]] == [
        f"${{yard-link-burst-vpn-{n}.tunnel{m}Address}}" for n in range(2) for m in (1, 2)
    ]
    ends = [
        (it["peerExternalGatewayInterface"], it["vpnGatewayInterface"])
        for it in of(TUNNEL, "cloud").values()
    ]
    assert ends == [(0, 0), (1, 0), (2, 1), (3, 1)]


def test_two_clouds_agree_on_every_address_inside_and_on_both_numbers() -> None:
    pairs = [
        IPv4Network(it[f"tunnel{n}InsideCidr"])
        for it in of(CONNECTION, "burst").values()
        for n in (1, 2)
    ]
    ours = [IPv4Interface(it["ipRange"]) for it in of(INTERFACE, "cloud").values()]
    neighbours = list(of(NEIGHBOUR, "cloud").values())
    assert len(set(pairs)) == 4
    for pair, own, neighbour in zip(pairs, ours, neighbours, strict=True):
        first, second = pair.hosts()
        assert (own.ip, own.network) == (second, pair), "AWS has the first, Google the second"
        assert (neighbour["ipAddress"], neighbour["peerIpAddress"]) == (str(second), str(first))
    [gateway], [router] = of(GATEWAY).values(), of(ROUTER, "border").values()
    assert {it["peerAsn"] for it in neighbours} == {int(gateway["amazonSideAsn"])}
    assert {it["bgpAsn"] for it in of(PEER, "burst").values()} == {str(router["bgp"]["asn"])}


def test_google_calls_a_device_from_both_of_its_addresses() -> None:
    [outside] = of(OUTSIDE, "plant").values()
    assert outside["redundancyType"] == "SINGLE_IP_INTERNALLY_REDUNDANT"
    ends = [
        (it["peerExternalGatewayInterface"], it["vpnGatewayInterface"])
        for it in of(TUNNEL, "plant").values()
    ]
    assert ends == [(0, 0), (0, 1)]
    assert {it["peerAsn"] for it in of(NEIGHBOUR, "plant").values()} == {65010}


def test_google_tells_others_of_its_own_range_alone() -> None:
    [router] = of(ROUTER, "border").values()
    assert router["bgp"]["advertiseMode"] == "CUSTOM"
    assert [it["range"] for it in router["bgp"]["advertisedIpRanges"]] == ["10.30.0.0/16"]


def test_what_is_at_the_other_end_comes_in_by_the_way_in_and_by_nothing_else() -> None:
    rules = of(RULE, "-link-").values()
    assert {it["securityGroupId"] for it in rules} == {"${yard-ingress.id}"}
    assert {(it["cidrIpv4"], it["fromPort"]) for it in rules} == {
        (network, port) for network in ("10.30.0.0/16", "10.40.0.0/16") for port in (80, 443)
    }


def test_what_devices_need_is_an_output_and_keys_are_secret_there() -> None:
    [platform] = [it for it in recorded(*ALL) if it.type == "modelyard:platform:Platform"]
    links = platform.outputs["links"]
    assert set(links) == {"plant to burst by vpn", "plant to cloud by vpn"}
    for values in links.values():
        for number in (1, 2):
            assert isinstance(values[f"tunnel {number} pre-shared key"], Secret)
            assert values[f"tunnel {number} address"]
        assert "ingress" in values["way in"]


LINES = (
    f"{{from: plant, to: cloud, via: direct-connect, carries: [artifacts], vlan: 101, {BEHIND},"
    " connection: dxcon-fg1a2b3c}",
    f"{{from: plant, to: burst, via: interconnect, carries: [requests], vlan: 102, {BEHIND},"
    " connection: projects/acme/global/interconnects/plant-7}",
)


def lines() -> Graph:
    sites = ", ".join(f"{name}: {text}" for name, text in SITES.items())
    return record_plan(plan(f"sites: {{{sites}}}\nlinks: [{', '.join(LINES)}]"))


def test_a_line_that_is_there_gets_an_interface_at_each_cloud(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("modelyard.objects.cloud._read", {})
    graph = lines()
    assert [str(it) for it in check_inputs(graph)] + outputs_problems(graph) == []
    [interface] = of(VIRTUAL, graph=graph).values()
    assert interface["vpnGatewayId"] == "${yard-border.id}"
    assert (interface["connectionId"], interface["vlan"], interface["bgpAsn"]) == (
        *("dxcon-fg1a2b3c", 101, 65010),
    )
    [attached] = of(ATTACHED, graph=graph).values()
    assert attached["interconnect"] == "projects/acme/global/interconnects/plant-7"
    assert (attached["vlanTag8021q"], attached["type"]) == (102, "DEDICATED")
    [end] = of(INTERFACE, graph=graph).values()
    assert end["ipRange"] == "${yard-burst-link-plant-interconnect.cloudRouterIpAddress}"
    assert not graph.of_type(HA), "a gateway for tunnels is there for tunnels"
    assert not graph.of_type(CONNECTION)


def test_up_says_what_is_known_now(capsys: pytest.CaptureFixture[str]) -> None:
    show_links({"plant to cloud by vpn": {"tunnel 1 address": "198.51.100.1"}}, "yard-prod")
    assert capsys.readouterr().out == (
        "link of plant to cloud by vpn:\n"
        "  tunnel 1 address: 198.51.100.1\n"
        "secrets: pulumi stack output links --show-secrets --stack yard-prod\n"
    )


def test_nothing_is_made_between_two_networks_of_others() -> None:
    sites = "{plant: {kind: onprem}, lab: {kind: kubernetes}}"
    graph = record_plan(plan(f"sites: {sites}\nlinks: [{vpn('from: lab, to: plant', '')}]"))
    assert not [it for it in graph if "-link-" in it.name]
