"""Facilities whose settings contradict each other are refused, with what to do instead."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from modelyard.blueprint.blueprint import Blueprint
from modelyard.blueprint.checks import bare, facilities
from modelyard.blueprint.checks.finding import Finding
from modelyard.plan.capability import Capability as C
from modelyard.plan.facilities import engine

HEAD: dict[str, Any] = {
    "modelyard": 1,
    "name": "yard",
    "team": {"owner": "ml@example.com", "domain": "demo"},
}
RANGE = "10.0.0.240-10.0.0.250"
METALLB = f"{{engine: metallb, addresses: [{RANGE}]}}"
K3S = "distribution: {engine: k3s}"
ALONE = "distribution: {engine: k3s, disabled: [servicelb, traefik, local-storage]}"
CEPH = "engine: rook, devices: sdb"
OLD = "cluster: {version: '1.31'}"


def blueprint(settings: str) -> Blueprint:
    site = yaml.safe_load(f"{{kind: onprem, {settings}}}")
    return Blueprint.model_validate({**HEAD, "sites": {"here": site}})


def found(settings: str) -> list[Finding]:
    return [
        finding
        for rule in (*facilities.RULES, *bare.RULES)
        for finding in rule(blueprint(settings))
    ]


@pytest.mark.parametrize(
    ("settings", "path", "what"),
    [
        ("secrets: {engine: external-secrets}", "secrets.engine", "in which store"),
        ("secrets: {engine: native, attach: {store: v}}", "secrets.attach", "not looked up"),
        ("keys: {engine: none, attach: {issuer: i}}", "keys.attach", "cannot both hold"),
        ("database: {engine: postgres, instances: 3}", "database.instances", "not 3"),
        ("load_balancer: {engine: metallb}", "load_balancer.engine", "no addresses"),
        (f"load_balancer: {{addresses: [{RANGE}]}}", "load_balancer.addresses", "node-port"),
        (f"{K3S}, load_balancer: {METALLB}", "load_balancer.engine", "k3s answers"),
        (f"{K3S}, storage: {{engine: local-path}}", "storage.engine", "k3s brings the class"),
        (f"{K3S}, ingress: {{}}", "ingress", "Traefik of k3s holds"),
        (f"{K3S}, operators: {{metrics-server: create}}", "operators.metrics-server", "k3s brings"),
        ("storage: {engine: rook}", "storage.engine", "which disks Ceph may take"),
        (f"storage: {{{CEPH}, nodes: [a, b]}}", "storage.nodes", "at least 3 nodes; 2 are named"),
        (
            f"storage: {{{CEPH}, replicas: 4, nodes: [a, b, c]}}",
            *("storage.nodes", "at least 4 nodes; 3 are named"),
        ),
        (f"storage: {{{CEPH}}}, {OLD}", "storage.engine", "Kubernetes 1.32 or newer"),
        ("storage: {devices: sdb}", "storage.devices", "storage by attach has no use for devices"),
        ("storage: {default: true}", "storage.default", "has no use for default"),
        ("storage: {engine: local-path, replicas: 3}", "storage.replicas", "no use for replicas"),
        (f"storage: {{{CEPH}, path: /x}}", "storage.path", "storage by rook has no use for path"),
    ],
)
def test_it_is_refused(settings: str, path: str, what: str) -> None:
    (finding,) = found(settings)
    assert ".".join(str(part) for part in finding.path) == f"sites.here.{path}"
    assert what in finding.what
    assert finding.next
    assert finding.severity == "error"


@pytest.mark.parametrize(
    "settings",
    [
        "edge: false",
        "secrets: {attach: {store: v}}",
        "keys: {attach: {issuer: i}}",
        "database: {engine: postgres, instances: 1}",
        "database: {engine: cloudnative-pg, instances: 3}",
        f"load_balancer: {METALLB}",
        K3S,
        f"{K3S}, ingress: {{attach: {{name: traefik, namespace: kube-system}}}}",
        f"{ALONE}, load_balancer: {METALLB}, storage: {{engine: local-path}}, ingress: {{}}",
        f"{K3S}, load_balancer: {{engine: node-port}}, ingress: {{}}",
        f"storage: {{{CEPH}, nodes: [a, b, c]}}, cluster: {{version: '1.32'}}",
        "database: {attach: {host: db, secret: 'secret://db'}}, secrets: {attach: {store: v}}",
    ],
)
def test_it_is_fine(settings: str) -> None:
    assert found(settings) == []


def test_two_default_classes_are_spoken_of() -> None:
    [finding] = found(f"{K3S}, storage: {{{CEPH}}}")
    assert finding.severity == "warning"
    assert finding.path == ("sites", "here", "storage", "default")
    assert found(f"{K3S}, storage: {{{CEPH}, default: false}}") == []


def test_an_address_in_a_secret_made_by_hand_is_spoken_of() -> None:
    [finding] = found("database: {attach: {host: db.example, secret: 'secret://db'}}")
    assert finding.severity == "warning"
    assert finding.path == ("sites", "here", "database", "attach")
    assert "db.example" in finding.what


@pytest.mark.parametrize(("instances", "chosen"), [(1, "postgres"), (3, "cloudnative-pg")])
def test_several_instances_choose_the_engine_that_has_them(instances: int, chosen: str) -> None:
    wanted = blueprint(f"database: {{instances: {instances}}}")
    assert engine(wanted, wanted.sites["here"], C.DATABASE) == chosen
