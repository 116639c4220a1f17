"""Whatever meets a capability keeps its promise: created or attached, previewed or deployed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pulumi
import pytest
from tests.support.facilities import GPUS, Facilities, site, stood
from tests.support.kubernetes_schemas import crds_available, crds_reason, violations
from tests.support.parts import manifest
from tests.support.pod_security import breaches, pod_specs

from modelyard.contracts.cache import Cache
from modelyard.contracts.cluster import Cluster
from modelyard.contracts.context import Purpose
from modelyard.contracts.database import Database
from modelyard.contracts.gpu_pool import GpuPool
from modelyard.contracts.identity import Identity
from modelyard.contracts.ingress import Ingress
from modelyard.contracts.keys import Keys
from modelyard.contracts.object_store import ObjectStore
from modelyard.contracts.secrets import Secrets
from modelyard.objects.objects import Objects
from modelyard.plan.capability import Capability as C
from modelyard.plan.offers import SiteOffers
from modelyard.plan.plan import Plan
from modelyard.plan.serving import ModelPlan
from modelyard.platform import context_of
from modelyard.recorder import Graph, check_inputs
from modelyard.sites.aws.offers import FACILITIES as AWS_FACILITIES
from modelyard.sites.gcp.offers import FACILITIES as GCP_FACILITIES
from modelyard.sites.kubernetes.offers import FACILITIES as KUBERNETES_FACILITIES

PROMISES: dict[C, type] = {
    C.CLUSTER: Cluster,
    C.IDENTITY: Identity,
    C.SECRETS: Secrets,
    C.KEYS: Keys,
    C.OBJECT_STORE: ObjectStore,
    C.DATABASE: Database,
    C.CACHE: Cache,
    C.GPU_POOL: GpuPool,
    C.INGRESS: Ingress,
}
"""Those that others build on; the rest is only there."""

Settings = dict[tuple[C, str], str]
"""By capability and engine: what a blueprint says of a site to get it."""

STORE = "attach: {store: vault}"
KUBERNETES: Settings = {
    (C.CLUSTER, "attach"): "cluster: {attach: {context: one}, version: '1.36'}",
    (C.IDENTITY, "service-accounts"): "identity: {audience: here}",
    (C.NETWORK, "network-policies"): "edge: false",
    (C.SECRETS, "native"): "secrets: {engine: native}",
    (C.SECRETS, "external-secrets"): f"secrets: {{{STORE}}}",
    (C.KEYS, "cert-manager"): "keys: {engine: cert-manager}, ingress: {domain: a.example}",
    (C.KEYS, "attach"): "keys: {attach: {issuer: corporate}}, ingress: {domain: a.example}",
    (C.OBJECT_STORE, "seaweedfs"): "object_store: {size: 20Gi}",
    (C.OBJECT_STORE, "attach"): (
        "object_store: {attach: {endpoint: 'https://s3.example', bucket: b, secret: 'secret://s3'}},"
        f"secrets: {{{STORE}}}"
    ),
    (C.DATABASE, "postgres"): "database: {engine: postgres}, keys: {engine: cert-manager}",
    (C.DATABASE, "cloudnative-pg"): (
        "database: {engine: cloudnative-pg, instances: 3}, keys: {engine: cert-manager}"
    ),
    (C.DATABASE, "attach"): "database: {attach: {host: db.example, secret: 'secret://pg'}}",
    (C.CACHE, "valkey"): "cache: {engine: valkey, memory: 2Gi}",
    (C.CACHE, "redis"): "cache: {engine: redis}",
    (C.CACHE, "attach"): "cache: {attach: {host: redis.example, secret: 'secret://redis'}}",
    (C.GPU_POOL, "device-plugin"): GPUS,
    (C.GPU_POOL, "gpu-operator"): GPUS.replace("queue: true", "engine: gpu-operator"),
    (C.GPU_POOL, "attach"): GPUS.replace("queue: true", "engine: attach"),
    (C.INGRESS, "envoy-gateway"): "ingress: {domain: a.example}",
    (C.INGRESS, "attach"): "ingress: {attach: {name: shared, namespace: gateways}}",
    (C.IMAGE_REGISTRY, "attach"): (
        "image_registry: {attach: {url: mirror.example/all, secret: 'secret://pull'}},"
        f"secrets: {{{STORE}}}"
    ),
    (C.AUDIT_LOG, "policy"): "keys: {at_rest: by LUKS}",
    (C.AUDIT_LOG, "attach"): "audit: {attach: {location: 'worm://log', retention_days: 400}}",
    (
        C.BUDGET,
        "quota",
    ): "costs: {engine: quota, quota: {cpu: 8, memory: 1Ti, gpus: 2, storage: 1Ti}}",
    (C.BUDGET, "opencost"): "costs: {engine: opencost}",
    (C.AIRGAP, "mirror"): (
        "airgap: {registry: r.example/all, charts: 'oci://r.example/charts',"
        " models: 's3://models/hub'}"
    ),
}
ARN = "arn:aws:acm:eu-west-1:123456789012:certificate/1"
AWS: Settings = {
    (C.ACCOUNT, "native"): "keys: {engine: cert-manager}",
    (C.VPC, "native"): "network: {cidr: 10.1.0.0/16, zones: 2, nat: none}",
    (C.VPC, "attach"): (
        "network: {attach: {network: vpc-1, private_subnets: [subnet-1, subnet-2],"
        " public_subnets: [subnet-3, subnet-4]}}"
    ),
    (C.KMS, "native"): "encryption: {rotate_days: 180}",
    (C.KMS, "attach"): "encryption: {attach: 'arn:aws:kms:eu-west-1:123456789012:key/1'}",
    (C.DETECTION, "native"): "detection: true",
    (C.CLUSTER, "standard"): "cluster: {version: '1.36', nodes: {architecture: arm64}}",
    (C.CLUSTER, "auto"): "cluster: {mode: auto}",
    (C.CLUSTER, "attach"): "cluster: {attach: {name: shared}}",
    (C.IDENTITY, "native"): "identity: {boundary: 'arn:aws:iam::123456789012:policy/limits'}",
    (C.NETWORK, "network-policies"): "network: {zones: 3}",
    (C.SECRETS, "native"): "secrets: {engine: native}",
    (C.SECRETS, "external-secrets"): f"secrets: {{{STORE}}}",
    (C.KEYS, "cert-manager"): f"keys: {{engine: cert-manager}}, ingress: {{certificate: '{ARN}'}}",
    (C.KEYS, "attach"): f"keys: {{attach: {{issuer: us}}}}, ingress: {{certificate: '{ARN}'}}",
    (C.OBJECT_STORE, "native"): "object_store: {lock_days: 30, existing: [in]}",
    (C.OBJECT_STORE, "attach"): "object_store: {attach: {bucket: ours}}",
    (C.DATABASE, "native"): "database: {size: 50Gi, standby: true}",
    (C.DATABASE, "attach"): "database: {attach: {host: db.example, secret: 'secret://pg'}}",
    (C.CACHE, "valkey"): "cache: {engine: valkey, replicas: 1}",
    (C.CACHE, "redis"): "cache: {engine: redis}",
    (C.CACHE, "attach"): "cache: {attach: {host: redis.example, secret: 'secret://redis'}}",
    (C.GPU_POOL, "native"): "gpus: {capacity: spot, fallback: [on-demand]}",
    (C.INGRESS, "native"): f"ingress: {{domain: a.example, public: true, certificate: '{ARN}'}}",
    (C.INGRESS, "attach"): "ingress: {attach: {name: shared, namespace: gateways}}",
    (C.IMAGE_REGISTRY, "native"): "image_registry: {credentials: {docker.io: 'arn:aws:x'}}",
    (C.IMAGE_REGISTRY, "attach"): (
        "image_registry: {attach: {url: mirror.example/all, secret: 'secret://pull'}}"
    ),
    (C.AUDIT_LOG, "native"): "audit: {retention_days: 400}",
    (C.AUDIT_LOG, "attach"): "audit: {attach: {location: 'worm://log', retention_days: 400}}",
    (C.BUDGET, "native"): "costs: {quota: {cpu: 8}}",
}
KEY = "projects/acme-ml/locations/europe-west1/keyRings/shared/cryptoKeys/all"
LOGIN = "acme=projects/1234/secrets/docker/versions/1"
GCP: Settings = {
    (C.ACCOUNT, "native"): "organization: '123456789012', perimeter: {policy: '987654321'}",
    (C.VPC, "native"): "network: {cidr: 10.1.0.0/16, zones: 2, nat: none}",
    (C.VPC, "attach"): "network: {attach: {network: shared, private_subnets: [nodes]}}",
    (C.KMS, "native"): "encryption: {rotate_days: 180, autokey: true}",
    (C.KMS, "attach"): f"encryption: {{attach: '{KEY}'}}",
    (C.DETECTION, "native"): "detection: true",
    (C.CLUSTER, "standard"): "cluster: {endpoint: restricted, allow: [203.0.113.0/24]}",
    (C.CLUSTER, "auto"): "cluster: {mode: auto}",
    (C.CLUSTER, "attach"): "cluster: {attach: {name: shared}}",
    (C.IDENTITY, "native"): "identity: {audience: here}",
    (C.NETWORK, "network-policies"): "network: {zones: 3}",
    (C.SECRETS, "native"): "secrets: {engine: native}",
    (C.SECRETS, "external-secrets"): f"secrets: {{{STORE}}}",
    (C.KEYS, "cert-manager"): "keys: {engine: cert-manager}, ingress: {certificate: web}",
    (C.KEYS, "attach"): "keys: {attach: {issuer: us}}, ingress: {certificate: web}",
    (C.OBJECT_STORE, "native"): "object_store: {lock_days: 30, existing: [in]}",
    (C.OBJECT_STORE, "attach"): "object_store: {attach: {bucket: ours}}",
    (C.DATABASE, "native"): "database: {size: 50Gi, standby: true}",
    (C.DATABASE, "alloydb"): "database: {engine: alloydb}",
    (C.DATABASE, "attach"): "database: {attach: {host: db.example, secret: 'secret://pg'}}",
    (C.CACHE, "valkey"): "cache: {engine: valkey}",
    (C.CACHE, "redis"): "cache: {engine: redis, replicas: 1}",
    (C.CACHE, "attach"): "cache: {attach: {host: redis.example, secret: 'secret://redis'}}",
    (C.GPU_POOL, "native"): "gpus: {capacity: spot, fallback: [on-demand]}",
    (C.INGRESS, "native"): "ingress: {domain: a.example, public: true, certificate: web}",
    (C.INGRESS, "attach"): "ingress: {attach: {name: shared, namespace: gateways}}",
    (C.IMAGE_REGISTRY, "native"): f"image_registry: {{credentials: {{docker.io: '{LOGIN}'}}}}",
    (C.IMAGE_REGISTRY, "attach"): (
        "image_registry: {attach: {url: mirror.example/all, secret: 'secret://pull'}}"
    ),
    (C.AUDIT_LOG, "native"): "audit: {retention_days: 400}",
    (C.AUDIT_LOG, "attach"): "audit: {attach: {location: 'worm://log', retention_days: 400}}",
    (C.BUDGET, "native"): "costs: {quota: {cpu: 8}}",
}


@dataclass(frozen=True)
class Kind:
    """A kind of site: what it offers, how each offer is asked for, and what its sites need said."""

    offers: SiteOffers
    settings: Settings
    head: str = ""
    stateful: frozenset[str] = frozenset()
    """Types that hold data, besides those of the cluster's objects."""
    nodes: Mapping[str, str] = field(default_factory=dict)
    """What picks the nodes with an L4."""


KINDS = {
    "kubernetes": Kind(
        KUBERNETES_FACILITIES, KUBERNETES, nodes={"nvidia.com/gpu.product": "NVIDIA-L4"}
    ),
    "aws": Kind(
        AWS_FACILITIES,
        AWS,
        "region: eu-west-1, account: '123456789012'",
        frozenset(
            {
                "aws:s3/bucket:Bucket",
                "aws:rds/instance:Instance",
                "aws:elasticache/replicationGroup:ReplicationGroup",
                "aws:kms/key:Key",
                "aws:eks/cluster:Cluster",
            }
        ),
    ),
    "gcp": Kind(
        GCP_FACILITIES,
        GCP,
        "region: europe-west1, project: acme-ml-prod",
        frozenset(
            {
                "gcp:alloydb/cluster:Cluster",
                "gcp:alloydb/instance:Instance",
                "gcp:container/cluster:Cluster",
                "gcp:kms/cryptoKey:CryptoKey",
                "gcp:memorystore/instance:Instance",
                "gcp:redis/instance:Instance",
                "gcp:sql/databaseInstance:DatabaseInstance",
                "gcp:storage/bucket:Bucket",
            }
        ),
    ),
}
"""A further kind of site is one more row."""

BETWEEN = (C.BORDER, C.LINK, C.EAST_WEST, C.ENDPOINT_SERVICE)
"""What takes two sites: `test_links.py`, `test_private_link.py` and `test_egress.py` have it."""
ENGINES = sorted((kind, *key) for kind, row in KINDS.items() for key in row.settings)

UNVALIDATED = {
    ("cloud.google.com/v1", "ComputeClass"): "its CRD is on GKE's own clusters alone",
    ("networking.gke.io/v1", "GCPBackendPolicy"): "its CRD is on GKE's own clusters alone",
    ("networking.gke.io/v1", "GCPGatewayPolicy"): "its CRD is on GKE's own clusters alone",
    ("networking.gke.io/v1", "HealthCheckPolicy"): "its CRD is on GKE's own clusters alone",
    ("postgresql.cnpg.io/v1", "Database"): "its CRD is not among those that tests are given",
    ("eks.amazonaws.com/v1", "NodeClass"): "its CRD is on EKS's own clusters alone",
    ("eks.amazonaws.com/v1", "TargetGroupBinding"): "its CRD is on EKS's own clusters alone",
    ("elbv2.k8s.aws/v1beta1", "TargetGroupBinding"): "its CRD is not among those given",
    ("gateway.envoyproxy.io/v1alpha1", "EnvoyProxy"): "its CRD is not among those given",
}

engines = pytest.mark.parametrize(
    ("kind", "capability", "engine"), ENGINES, ids=["-".join(each) for each in ENGINES]
)


def plan_of(kind: str, capability: C, engine: str) -> Plan:
    row = KINDS[kind]
    settings = ", ".join(part for part in (row.head, row.settings[capability, engine]) if part)
    declared = kind == "kubernetes" and "nodes:" not in settings
    return site(f"{settings}, {GPUS}" if declared else settings, kind)


def used(platform: Facilities) -> dict[str, Any]:
    """Everything that a contract offers, asked for once."""
    identity, secrets, owner = platform.part(C.IDENTITY), platform.part(C.SECRETS), _owner(platform)
    place = identity.namespaces[Purpose.PRODUCTION]
    clients = {purpose: identity.workload("one", purpose, owner) for purpose in Purpose}
    secrets.store("kept", place, {"key": secrets.password("kept", owner)}, owner)
    gpus, store, database = (platform.part(c) for c in (C.GPU_POOL, C.OBJECT_STORE, C.DATABASE))
    chat = platform.plan.model("chat")
    found = {
        "reference": secrets.refer("secret://outside/token", place, owner),
        "again": secrets.refer("secret://outside/token", place, owner),
        "schedule": gpus.schedule(chat),
        "training": gpus.training(1),
        "environments": {p: store.environment(client) for p, client in clients.items()},
        "database": database.access("registry"),
        "cache": platform.part(C.CACHE),
        "parts": dict(platform.standing),
    }
    standing = {capability for _, capability in platform.standing}
    if C.KEYS in standing:
        keys = platform.part(C.KEYS)
        found["certificate"] = keys.certificate("one", place, ("one.example",), owner)
    if C.INGRESS in standing:
        cluster = platform.part(C.CLUSTER)
        labels = context_of(platform.plan).labels("one")
        objects = Objects(owner, "yard-one", cluster, place, labels)
        found["url"] = platform.part(C.INGRESS).route(objects, "one", "one", 8000)
    return found


def _owner(platform: Facilities) -> pulumi.ComponentResource:
    """A workload, as the platform makes them."""
    provider = platform.part(C.CLUSTER).provider
    opts = pulumi.ResourceOptions(parent=platform, providers=[provider])
    return pulumi.ComponentResource("yard:test:Workload", "one", None, opts)


@cache
def made(
    kind: str, capability: C, engine: str, deployed: bool = True
) -> tuple[Graph, dict[str, Any]]:
    return stood(plan_of(kind, capability, engine), used, deployed=deployed)


@pytest.mark.parametrize("kind", KINDS)
def test_every_engine_of_every_facility_is_covered(kind: str) -> None:
    row = KINDS[kind]
    alone = {c: engines for c, engines in row.offers.items() if c not in BETWEEN}
    assert {(c, e) for c, engines in alone.items() for e in engines} == set(row.settings)


@engines
def test_it_is_the_engine_that_stands(kind: str, capability: C, engine: str) -> None:
    placed = {(p.capability, p.engine) for p in plan_of(kind, capability, engine).capabilities}
    assert (capability, engine) in placed


@engines
def test_it_keeps_its_promise(kind: str, capability: C, engine: str) -> None:
    if capability not in PROMISES:
        pytest.skip("nothing is built on it")
    _, found = made(kind, capability, engine)
    part = next(p for (_, has), p in found["parts"].items() if has is capability)
    promised = {name for name in vars(PROMISES[capability]) if not name.startswith("_")}
    assert promised
    assert not [name for name in promised if not hasattr(part, name)]


@engines
def test_a_preview_shows_the_resources_that_will_be(kind: str, capability: C, engine: str) -> None:
    previewed, deployed = (made(kind, capability, engine, mode)[0] for mode in (False, True))
    assert [r.urn for r in previewed] == [r.urn for r in deployed]


@engines
def test_inputs_are_what_the_sdks_take(kind: str, capability: C, engine: str) -> None:
    assert check_inputs(made(kind, capability, engine)[0]) == []


@engines
@pytest.mark.skipif(not crds_available(), reason=crds_reason())
def test_objects_are_valid(kind: str, capability: C, engine: str) -> None:
    graph, _ = made(kind, capability, engine)
    wrong = {r.urn: violations(manifest(r)) for r in graph if _validated(manifest(r))}
    assert wrong
    assert {urn: why for urn, why in wrong.items() if why} == {}


def _validated(manifest: Any) -> bool:
    known = (manifest.get("apiVersion"), manifest.get("kind"))
    return all(known) and known not in UNVALIDATED


@engines
def test_pods_are_restricted_and_each_has_a_way_in_or_out(
    kind: str, capability: C, engine: str
) -> None:
    graph, _ = made(kind, capability, engine)
    objects = [
        manifest(r) for r in graph if r.type.startswith("kubernetes:") and "kind" in r.inputs
    ]
    selected = [
        (o["metadata"]["namespace"], o["spec"]["podSelector"].get("matchLabels", {}))
        for o in objects
        if o["kind"] == "NetworkPolicy"
    ]
    for o in objects:
        for pod in pod_specs(o):
            assert breaches(pod) == [], o["metadata"]["name"]
        for namespace, labels in _templates(o):
            allowed = [s for where, s in selected if where == namespace and s]
            assert any(s.items() <= labels.items() for s in allowed), o["metadata"]["name"]


def _templates(manifest: Any) -> list[tuple[str, dict[str, str]]]:
    """Namespace and labels of the pods of a workload."""
    spec = manifest.get("spec", {})
    spec = spec.get("jobTemplate", {}).get("spec", spec)
    without_pods = ("ExternalSecret", "NodePool")
    if not isinstance(spec.get("template"), dict) or manifest["kind"] in without_pods:
        return []
    return [(manifest["metadata"]["namespace"], spec["template"]["metadata"]["labels"])]


@engines
def test_what_holds_data_is_protected(kind: str, capability: C, engine: str) -> None:
    graph, _ = made(kind, capability, engine)
    stateful = {"StatefulSet", "PersistentVolumeClaim", "Cluster", "Namespace"}
    kept = [r for r in graph if r.inputs.get("kind") in stateful and r.protect]
    operators = "kubernetes:core/v1:Namespace"
    loose = [r for r in graph if r.inputs.get("kind") in stateful and not r.protect]
    assert kept
    assert {r.type for r in loose} <= {operators}
    ours = [r for r in graph if r.type in KINDS[kind].stateful and not r.external]
    assert [r.urn for r in ours if not r.protect] == []


@engines
def test_what_it_needs_is_asked_for_once(kind: str, capability: C, engine: str) -> None:
    _, found = made(kind, capability, engine)
    assert found["reference"] == found["again"]


@engines
def test_models_get_their_accelerators(kind: str, capability: C, engine: str) -> None:
    _, found = made(kind, capability, engine)
    assert found["schedule"].resources == {"nvidia.com/gpu": "1"}
    assert KINDS[kind].nodes.items() <= found["schedule"].node_selector.items()
    assert found["schedule"].node_selector
    assert {"key": "nvidia.com/gpu", "operator": "Exists"} in found["schedule"].tolerations
    assert found["training"].resources == {"nvidia.com/gpu": "1"}


def test_a_model_without_an_accelerator_goes_anywhere() -> None:
    def ask(platform: Facilities) -> Any:
        plain = ModelPlan(
            name="plain",
            type="predictive",
            site="here",
            engine="fastapi",
            mode="realtime",
            replicas=(1, 1),
            tags=context_of(platform.plan).tags,
        )
        return platform.part(C.GPU_POOL).schedule(plain)

    _, scheduling = stood(plan_of("kubernetes", C.GPU_POOL, "attach"), ask)
    assert not scheduling.resources
    assert not scheduling.node_selector
    assert not scheduling.tolerations
