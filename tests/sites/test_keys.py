"""Certificates: who signs them, and what is stated of encryption that no cluster tells."""

from __future__ import annotations

import json
from typing import Any

import yaml
from tests.support.facilities import GPUS, Facilities, site, stood

from modelyard.contracts.context import Purpose
from modelyard.plan.capability import Capability as C
from modelyard.recorder import Graph, Resource


def certified(text: str) -> tuple[Graph, Any]:
    def ask(platform: Facilities) -> Any:
        place = platform.part(C.IDENTITY).namespaces[Purpose.PRODUCTION]
        keys = platform.part(C.KEYS)
        return keys.certificate("chat", place, ("chat", "chat.example"), keys)

    return stood(site(text), ask)


def one(graph: Graph, kind: str, name: str, namespace: str) -> Resource:
    wanted = {"name": name, "namespace": namespace}
    return next(
        r
        for r in graph
        if r.inputs.get("kind") == kind and wanted.items() <= r.inputs["metadata"].items()
    )


def test_each_namespace_has_an_authority_of_its_own() -> None:
    graph, made = certified(f"keys: {{engine: cert-manager}}, {GPUS}")
    for purpose in Purpose:
        root = one(graph, "Certificate", "platform-ca", f"yard-{purpose}").inputs["spec"]
        issuer = one(graph, "Issuer", "platform-ca", f"yard-{purpose}")
        assert root["isCA"] is True
        assert issuer.inputs["spec"] == {"ca": {"secretName": root["secretName"]}}
    assert not [r for r in graph if r.inputs.get("kind") == "ClusterIssuer"]
    certificate = one(graph, "Certificate", "chat", "yard-production")
    assert certificate.inputs["spec"]["secretName"] == made.secret == "chat-tls"
    assert certificate.inputs["spec"]["dnsNames"] == ["chat", "chat.example"]
    issuer = one(graph, "Issuer", "platform-ca", "yard-production")
    assert issuer.urn in certificate.dependencies


def test_an_attached_issuer_signs_and_nothing_else_is_made() -> None:
    attach = "keys: {attach: {issuer: corporate, kind: ClusterIssuer}}"
    graph, _ = certified(f"{attach}, {GPUS}")
    certificate = one(graph, "Certificate", "chat", "yard-production").inputs["spec"]
    assert certificate["issuerRef"] == {
        "name": "corporate",
        "kind": "ClusterIssuer",
        "group": "cert-manager.io",
    }
    assert not [r for r in graph if r.inputs.get("kind") in ("Issuer", "ClusterIssuer")]


def evidence(text: str) -> Any:
    graph, _ = stood(site(text))
    made = one(graph, "ConfigMap", "audit-evidence", "yard-platform")
    return json.loads(made.inputs["data"]["evidence.json"])


def test_what_is_stated_of_encryption_at_rest_is_kept() -> None:
    assert evidence(f"keys: {{at_rest: by LUKS}}, {GPUS}")["encryption_at_rest"] == "by LUKS"


def test_where_the_audit_log_is_kept_is_stated() -> None:
    attach = "audit: {attach: {location: 'worm://log', retention_days: 400}}"
    stated = evidence(f"{attach}, {GPUS}")
    assert stated["audit_log_location"] == "worm://log"
    assert stated["audit_log_retention_days"] == 400


def test_the_audit_policy_never_keeps_what_is_in_a_secret() -> None:
    graph, _ = stood(site(GPUS))
    text = one(graph, "ConfigMap", "audit-policy", "yard-platform").inputs["data"]["policy.yaml"]
    policy = yaml.safe_load(text)
    # The first rule that fits decides.
    first = policy["rules"][0]
    assert first["level"] == "Metadata"
    assert "secrets" in first["resources"][0]["resources"]
    assert set(first) == {"level", "resources"}
    full = [r for r in policy["rules"] if r["level"] == "Request" and "namespaces" in r]
    assert set(full[0]["namespaces"]) == {f"yard-{purpose}" for purpose in Purpose}
