"""Facilities whose settings contradict each other are refused, with what to do instead."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from modelyard.blueprint.blueprint import Blueprint
from modelyard.blueprint.checks.facilities import RULES
from modelyard.blueprint.checks.finding import Finding
from modelyard.plan.capability import Capability as C
from modelyard.plan.facilities import engine

HEAD: dict[str, Any] = {
    "modelyard": 1,
    "name": "yard",
    "team": {"owner": "ml@example.com", "domain": "demo"},
}
RANGE = "10.0.0.240-10.0.0.250"


def blueprint(settings: str) -> Blueprint:
    site = yaml.safe_load(f"{{kind: onprem, {settings}}}")
    return Blueprint.model_validate({**HEAD, "sites": {"here": site}})


def found(settings: str) -> list[Finding]:
    return [finding for rule in RULES for finding in rule(blueprint(settings))]


@pytest.mark.parametrize(
    ("settings", "path", "what"),
    [
        ("secrets: {engine: external-secrets}", "secrets.engine", "in which store"),
        ("secrets: {engine: native, attach: {store: v}}", "secrets.attach", "not looked up"),
        ("keys: {engine: none, attach: {issuer: i}}", "keys.attach", "cannot both hold"),
        ("database: {engine: postgres, instances: 3}", "database.instances", "not 3"),
        ("load_balancer: {engine: metallb}", "load_balancer.engine", "no addresses"),
        (f"load_balancer: {{addresses: [{RANGE}]}}", "load_balancer.addresses", "node-port"),
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
        f"load_balancer: {{engine: metallb, addresses: [{RANGE}]}}",
        "database: {attach: {host: db, secret: 'secret://db'}}, secrets: {attach: {store: v}}",
    ],
)
def test_it_is_fine(settings: str) -> None:
    assert found(settings) == []


def test_an_address_in_a_secret_made_by_hand_is_spoken_of() -> None:
    [finding] = found("database: {attach: {host: db.example, secret: 'secret://db'}}")
    assert finding.severity == "warning"
    assert finding.path == ("sites", "here", "database", "attach")
    assert "db.example" in finding.what


@pytest.mark.parametrize(("instances", "chosen"), [(1, "postgres"), (3, "cloudnative-pg")])
def test_several_instances_choose_the_engine_that_has_them(instances: int, chosen: str) -> None:
    wanted = blueprint(f"database: {{instances: {instances}}}")
    assert engine(wanted, wanted.sites["here"], C.DATABASE) == chosen
