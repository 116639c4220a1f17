"""What Google Cloud does not take, or has no counterpart of, is refused with what to do instead."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from modelyard.blueprint.blueprint import Blueprint
from modelyard.blueprint.checks import google, google_nodes
from modelyard.blueprint.checks.finding import Finding
from modelyard.catalog.gcp_zones import gcp_zones
from modelyard.catalog.gke import gke

HEAD: dict[str, Any] = {
    "modelyard": 1,
    "name": "yard",
    "team": {"owner": "ml@example.com", "domain": "demo"},
}
PLACE = "kind: gcp, project: yard-project"
SUBNET = "projects/p/regions/europe-west1/subnetworks/ml"
KEY = "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/k"
MODEL: dict[str, Any] = {
    "name": "chat",
    "type": "llm",
    "source": "hf://Qwen/Qwen2.5-0.5B",
    "serve": {"engine": "vllm"},
}
RUN = {"every": "30d", "image": "r/t:1", "command": ["t"], "gpus": 2}


def found(settings: str, region: str = "europe-west1", **more: Any) -> list[Finding]:
    site = yaml.safe_load(f"{{{PLACE}, region: {region}, {settings}}}")
    blueprint = Blueprint.model_validate({**HEAD, "sites": {"here": site}, **more})
    rules = (*google.RULES, *google_nodes.RULES)
    return [finding for rule in rules for finding in rule(blueprint)]


def place(finding: Finding) -> str:
    return ".".join(str(part) for part in finding.path).removeprefix("sites.here.")


@pytest.mark.parametrize(
    ("settings", "path", "what"),
    [
        ("network: {cidr: 10.0.0.0/21}", "network.cidr", "too small"),
        ("network: {zones: 4}", "network.zones", "spans 4 zones, and 3 are in europe-west1"),
        (
            "network: {zones: 3, zone_ids: [europe-west1-b, europe-west1-c]}",
            "network.zones",
            "2 are named",
        ),
        (
            "network: {zones: 2, zone_ids: [europe-west1-b, europe-west4-a]}",
            "network.zone_ids.1",
            "europe-west4-a is not a zone of europe-west1",
        ),
        (
            "network: {zones: 2, zone_ids: [europe-west1-b, europe-west1-c, europe-west1-d]}",
            "network.zone_ids",
            "3 zones are named, and 2 are used",
        ),
        ("network: {attach: {network: n}}", "network.attach", "0 are named"),
        (
            "network: {attach: {network: n, private_subnets: [a, b]}}",
            "network.attach.private_subnets",
            "2 are named",
        ),
        (
            "network: {attach: {network: n, private_subnets: [projects/p/subnetworks/a]}}",
            "network.attach.private_subnets.0",
            "not the full name",
        ),
        (
            "network: {attach: {network: n, private_subnets: ["
            + SUBNET.replace("west1", "west4")
            + "]}}",
            "network.attach.private_subnets.0",
            "in europe-west1",
        ),
        (
            "network: {attach: {network: n, private_subnets: [a], public_subnets: [b]}}",
            "network.attach.public_subnets",
            "neither public nor private",
        ),
        ("cluster: {version: '1.30'}", "cluster.version", "Regular channel has no"),
        (
            "cluster: {login: {issuer: 'https://id.example', client: c}}",
            "cluster.login",
            "no counterpart",
        ),
        (
            "cluster: {remote_networks: {nodes: [10.9.0.0/16]}}",
            "cluster.remote_networks",
            "no counterpart",
        ),
        ("identity: {boundary: 'arn:aws:iam::1:policy/b'}", "identity.boundary", "no counterpart"),
        ("encryption: {attach: 'alias/ours'}", "encryption.attach", "not the full name of a key"),
        (
            f"encryption: {{attach: {KEY.replace('west1', 'west4')}}}",
            "encryption.attach",
            "in europe-west1",
        ),
        (f"encryption: {{attach: {KEY}, autokey: true}}", "encryption.autokey", "already"),
        (
            f"object_store: {{attach: {{bucket: ours, key: {KEY}}}}}",
            "object_store.attach.key",
            "by itself",
        ),
        (
            "image_registry: {credentials: {docker.io: projects/p/secrets/s/versions/1}}",
            "image_registry.credentials.docker.io",
            "who logs in",
        ),
        (
            "image_registry: {credentials: {ghcr.io: 'bot=arn:aws:secretsmanager:1'}}",
            "image_registry.credentials.ghcr.io",
            "with which secret",
        ),
        (
            "ingress: {certificate: 'arn:aws:acm:eu-west-1:1:certificate/1'}",
            "ingress.certificate",
            "not the name of a certificate",
        ),
        ("cluster: {mode: auto, nodes: {max_cpu: 8}}", "cluster.nodes", "Google's to choose"),
        ("cluster: {attach: {name: c}, nodes: {max_cpu: 8}}", "cluster.nodes", "owner's"),
        ("gpus: {taint: gpu}", "gpus.taint", "by nvidia.com/gpu"),
        (
            "gpus: {sharing: {time_slicing: 2}}, cluster: {mode: auto}",
            "gpus.sharing",
            "Autopilot",
        ),
        ("gpus: {sharing: {mig: 1g.6gb}}", "gpus.sharing.mig", "no GPU that Google sells"),
        ("gpus: {queued: true}", "gpus.queued", "nothing on 'here' is trained on GPUs"),
    ],
)
def test_it_is_refused(settings: str, path: str, what: str) -> None:
    (finding,) = found(settings)
    assert place(finding) == path
    assert what in finding.what
    assert finding.next
    assert finding.severity == "error"


@pytest.mark.parametrize(
    "settings",
    [
        "network: {cidr: 10.0.0.0/20}",
        "network: {zones: 2, zone_ids: [europe-west1-d, europe-west1-b]}",
        "network: {attach: {network: n, private_subnets: [ml]}}",
        f"network: {{attach: {{network: n, private_subnets: [{SUBNET}]}}}}",
        "cluster: {version: '1.30', attach: {name: ours}}",
        "cluster: {mode: auto}",
        f"encryption: {{attach: {KEY}}}",
        "encryption: {autokey: true, rotate_days: 90}",
        "image_registry: {credentials: {docker.io: us=projects/p/secrets/s/versions/latest}}",
        "ingress: {public: true, certificate: yard-example}",
        "cache: {engine: valkey}",
        "perimeter: {policy: '123456789', dry_run: true}",
        "gpus: {sharing: {mig: 3g.40gb}}",
        "gpus: {sharing: {time_slicing: 4}}",
    ],
)
def test_it_is_fine(settings: str) -> None:
    assert found(settings) == []


def test_a_region_is_one_of_googles_or_says_what_zones_it_has() -> None:
    (finding,) = found("", "europe-west99")
    assert (place(finding), finding.allowed) == ("region", tuple(gcp_zones()))
    assert "zone_ids" in finding.next
    new = "network: {zones: 2, zone_ids: [europe-west99-a, europe-west99-b]}"
    assert found(new, "europe-west99") == []


def test_versions_are_those_of_the_channel() -> None:
    (finding,) = found("cluster: {version: '1.30'}")
    assert finding.allowed == tuple(gke().ends)
    assert all(found(f"cluster: {{version: '{version}'}}") == [] for version in gke().ends)


@pytest.mark.parametrize(
    ("subject", "severity", "what"),
    [
        ("role:MlAdmins", "error", "a role of AWS"),
        ("group:ml", "warning", "by address"),
        ("user:ada", "warning", "by address"),
    ],
)
def test_people_are_known_by_address(subject: str, severity: str, what: str) -> None:
    (finding,) = found("", access={"viewers": ["group:ml@a.example", subject]})
    assert (place(finding), finding.severity) == ("access.viewers.1", severity)
    assert what in finding.what
    assert not found("", access={"admins": ["ada@a.example", "user:b@b.example"]})


def test_roles_of_aws_are_fine_where_there_is_no_site_of_googles() -> None:
    site = {"kind": "aws", "region": "eu-west-1", "account": "123456789012"}
    access = {"admins": ["role:MlAdmins", "group:ml"]}
    blueprint = Blueprint.model_validate({**HEAD, "sites": {"here": site}, "access": access})
    rules = (*google.RULES, *google_nodes.RULES)
    assert [finding for rule in rules for finding in rule(blueprint)] == []


def test_groups_are_of_one_domain() -> None:
    groups = ["group:ml@a.example", "group:audit@b.example"]
    (finding,) = found("", access={"viewers": groups})
    assert place(finding) == "access"
    assert "a.example, b.example" in finding.what


def test_secrets_have_names_without_dots() -> None:
    gated = {**MODEL, "token": "secret://hub.token/key"}
    (finding,) = found("", models=[gated])
    assert (finding.path, finding.next) == (("models", 0, "token"), "call it hub-token")
    assert not found("", models=[{**MODEL, "token": "secret://hub/key.txt"}])
    assert not found("secrets: {engine: external-secrets}", models=[gated])


@pytest.mark.parametrize(
    "more",
    [
        {"data": {"classification": "confidential"}},
        {"data": {"classification": "internal", "pii": True}},
        {"compliance": ["soc2"]},
    ],
)
def test_sensitive_data_are_not_kept_without_a_password(more: dict[str, Any]) -> None:
    (finding,) = found("cache: {engine: valkey}", **more)
    assert (place(finding), finding.allowed) == ("cache.engine", ("redis",))
    assert found("cache: {engine: redis}", **more) == []


def test_whoever_deploys_is_let_into_a_perimeter() -> None:
    (finding,) = found("perimeter: {policy: '123456789'}")
    assert (place(finding), finding.severity) == ("perimeter", "warning")
    assert found("perimeter: {policy: '123456789', access_levels: [deployers]}") == []


def test_a_model_that_names_a_gpu_without_such_slices_is_told_which_have_them() -> None:
    on_l4 = {**MODEL, "serve": {"engine": "vllm", "gpu": {"accelerator": "l4"}}}
    (finding,) = found("gpus: {sharing: {mig: 3g.40gb}}", models=[on_l4])
    assert finding.path == ("models", 0, "serve", "gpu", "accelerator")
    assert set(finding.allowed) == {"a100-80", "h100"}
    on_h100 = {**MODEL, "serve": {"engine": "vllm", "gpu": {"accelerator": "h100"}}}
    assert found("gpus: {sharing: {mig: 3g.40gb}}", models=[on_h100]) == []


@pytest.mark.parametrize(("timeout", "refused"), [("6h", False), ("7d", False), ("8d", True)])
def test_what_waits_for_machines_has_them_for_a_week(timeout: str, refused: bool) -> None:
    trained = {**MODEL, "retrain": {**RUN, "timeout": timeout}}
    paths = [finding.path for finding in found("gpus: {queued: true}", models=[trained])]
    assert paths == [("models", 0, "retrain", "timeout")] * refused
