"""Namespaces, accounts and the network: nothing reaches what it was not meant to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support.facilities import GPUS, Facilities, site, stood

from modelyard.contracts.context import Purpose
from modelyard.objects.pods import API_CLIENT, Pod
from modelyard.plan.capability import Capability as C
from modelyard.plan.tags import DOMAIN
from modelyard.recorder import Graph


def namespaces(graph: Graph) -> Mapping[str, Mapping[str, str]]:
    """Labels of the platform's own namespaces by name."""
    made = [r.inputs["metadata"] for r in graph.of_type("kubernetes:core/v1:Namespace")]
    return {m["name"]: m["labels"] for m in made if f"{DOMAIN}/purpose" in m["labels"]}


def policies(graph: Graph, namespace: str) -> Mapping[str, Any]:
    return {
        r.inputs["metadata"]["name"]: r.inputs["spec"]
        for r in graph.of_type("kubernetes:networking.k8s.io/v1:NetworkPolicy")
        if r.inputs["metadata"]["namespace"] == namespace
    }


def test_every_purpose_has_a_restricted_namespace() -> None:
    graph, _ = stood(site(f"cluster: {{version: '1.36'}}, {GPUS}"))
    made = namespaces(graph)
    assert set(made) == {"yard-platform", "yard-training", "yard-production"}
    for labels in made.values():
        for mode in ("enforce", "audit", "warn"):
            assert labels[f"pod-security.kubernetes.io/{mode}"] == "restricted"
            assert labels[f"pod-security.kubernetes.io/{mode}-version"] == "v1.36"


def test_environments_in_one_cluster_stay_apart() -> None:
    graph, _ = stood(site(GPUS, environment="dev"))
    assert set(namespaces(graph)) == {f"yard-dev-{purpose}" for purpose in Purpose}
    (queue,) = graph.of_type("kubernetes:kueue.x-k8s.io/v1beta2:ClusterQueue")
    assert queue.inputs["metadata"]["name"] == "yard-dev"


def test_everything_is_denied_in_every_namespace() -> None:
    graph, _ = stood(site(GPUS))
    for name in namespaces(graph):
        denied = policies(graph, name)["default-deny"]
        assert (denied["podSelector"], denied["policyTypes"]) == ({}, ["Ingress", "Egress"])
        # Written out, so that a rule that somebody adds is drift and no business of their own.
        assert (denied["ingress"], denied["egress"]) == ([], [])


def test_names_are_all_that_every_pod_may_ask_for() -> None:
    graph, _ = stood(site(GPUS))
    for name in namespaces(graph):
        open_to_all = [
            rule
            for spec in policies(graph, name).values()
            if not spec["podSelector"]
            for rule in (*spec.get("ingress", []), *spec.get("egress", []))
        ]
        assert {p["port"] for rule in open_to_all for p in rule["ports"]} == {53, 5353}


def test_only_those_who_ask_reach_the_api_server() -> None:
    graph, _ = stood(site(GPUS))
    for name in namespaces(graph):
        allowed = policies(graph, name)["allow-api-server"]
        assert allowed["podSelector"] == {"matchLabels": API_CLIENT}
    for token in (True, False):
        pod = Pod(containers=[], service_account="one", api_token=token)
        labels = pod.template()["metadata"]["labels"]
        assert (API_CLIENT.items() <= labels.items()) is token


def account(text: str) -> Mapping[str, Any]:
    def make(platform: Facilities) -> None:
        store = platform.part(C.OBJECT_STORE)
        platform.part(C.IDENTITY).workload("one", Purpose.TRAINING, store)

    graph, _ = stood(site(text), make)
    (made,) = graph.named("yard-identity-training-one")
    return made.inputs


def test_an_account_has_no_token_and_says_its_audience() -> None:
    made = account(f"identity: {{audience: ml.example}}, {GPUS}")
    assert made["automountServiceAccountToken"] is False
    assert made["metadata"]["annotations"] == {"modelyard.dev/audience": "ml.example"}
    assert "imagePullSecrets" not in made


def test_an_account_can_pull_from_the_mirror() -> None:
    mirror = "image_registry: {attach: {url: mirror.example/all, secret: 'secret://pull/config'}}"
    store = "secrets: {attach: {store: vault}}"
    made = account(f"{mirror}, {store}, {GPUS}")
    assert made["imagePullSecrets"] == [{"name": "pull"}]
    graph, _ = stood(site(f"{mirror}, {store}, {GPUS}"))
    pulls = [
        r.inputs
        for r in graph.of_type("kubernetes:external-secrets.io/v1:ExternalSecret")
        if r.inputs["metadata"]["name"] == "pull"
    ]
    assert len(pulls) == len(Purpose)
    assert pulls[0]["spec"]["target"]["template"]["type"] == "kubernetes.io/dockerconfigjson"
    assert pulls[0]["spec"]["data"] == [
        {"secretKey": ".dockerconfigjson", "remoteRef": {"key": "pull", "property": "config"}}
    ]


def test_images_come_from_the_mirror() -> None:
    mirror = "image_registry: {attach: {url: mirror.example/all}}"

    def ask(platform: Facilities) -> Any:
        return platform.part(C.CLUSTER).image("valkey")

    plain, mirrored = stood(site(GPUS), ask)[1], stood(site(f"{mirror}, {GPUS}"), ask)[1]
    assert plain.startswith("docker.io/valkey/valkey:")
    assert mirrored == plain.replace("docker.io", "mirror.example/all")


def test_a_renewed_kubeconfig_is_the_same_cluster() -> None:
    graphs = [
        stood(site(f"cluster: {{attach: {{kubeconfig: {path}}}}}, {GPUS}"))[0] for path in "ab"
    ]
    first, second = (g.of_type("pulumi:providers:kubernetes")[0].inputs for g in graphs)
    assert first["kubeconfig"] != second["kubeconfig"]
    assert first["clusterIdentifier"] == second["clusterIdentifier"] == "yard-cluster"


def test_every_resource_has_a_provider_of_the_site() -> None:
    graph, _ = stood(site(GPUS))
    made = {r.urn for r in graph if r.type.startswith("pulumi:providers:")}
    assert len(made) == 2
    assert {r.provider for r in graph if r.custom and r.urn not in made} == made
