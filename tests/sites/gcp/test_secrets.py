"""Secret Manager: only the platform's part, only from its namespaces, and without a key."""

from __future__ import annotations

from functools import cache

from tests.support.gcp_ground import CLUSTER, ground, of
from tests.support.parts import manifest

from modelyard.plan.capability import Capability as C
from modelyard.recorder import Graph


@cache
def stands() -> Graph:
    return ground(*CLUSTER, C.SECRETS)[0]


def test_the_store_has_no_credentials_and_serves_the_platform_s_namespaces() -> None:
    [store] = [manifest(it) for it in stands() if it.inputs.get("kind") == "ClusterSecretStore"]
    assert store["spec"]["provider"] == {"gcpsm": {"projectID": "acme-ml-prod"}}
    [condition] = store["spec"]["conditions"]
    assert set(condition["namespaces"]) == {"yard-platform", "yard-training", "yard-production"}


def test_the_operator_reads_the_platform_s_secrets_alone() -> None:
    found = of(stands(), "projects/iAMMember:IAMMember")
    grant = found["yard-cluster-external-secrets-secretmanager-secretaccessor"]
    assert grant["role"] == "roles/secretmanager.secretAccessor"
    assert grant["member"].endswith("/subject/ns/external-secrets/sa/external-secrets")
    assert grant["condition"]["expression"] == (
        "resource.name.startsWith('projects/${yard-account.number}/secrets/yard_')"
    )
