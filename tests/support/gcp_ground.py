"""Sites on Google Cloud, recorded: their ground alone, or whole platforms with every setting."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from tests.support.facilities import Facilities, stood
from tests.support.parts import planned

from modelyard.plan.capability import Capability as C
from modelyard.plan.plan import Plan
from modelyard.platform import Platform
from modelyard.recorder import Graph, Resource, record
from modelyard.recorder.monitor import Mode
from modelyard.recorder.values import plain

PROJECT, NUMBER = "acme-ml-prod", "${here-account.number}"
"""The project, and its number as a preview has it."""
REGION = "europe-west1"
DENIED = {"pulumi:disable-default-providers": '["*"]'}
GROUND = {C.ACCOUNT, C.VPC, C.KMS}
CLUSTER = {*GROUND, C.CLUSTER, C.IDENTITY}

MODELS = """
registry: {engine: mlflow}
models:
  - name: nightly
    type: llm
    source: hf://Qwen/Qwen2.5-0.5B
    serve: {engine: vllm, mode: batch, schedule: "0 2 * * *", input: "s3://in/a.jsonl", output: "s3://out/b.jsonl"}
"""
WORKLOADS = """
registry: {engine: mlflow}
features: {engine: feast, online: ONLINE}
pipelines: {engine: argo}
monitoring: {retention: 15d}
budget: {monthly_usd: 90000, alert_at: [50%, 100%]}
access:
  admins: [ops@example.com]
  developers: [group:ml@example.com, group:known-inside]
  viewers: [group:audit@example.com]
models:
  - name: chat
    type: llm
    source: hf://Qwen/Qwen2.5-0.5B
    serve: {engine: vllm, concurrency: 4}
    retrain: {every: 30d, image: registry.example/chat:1, command: [train], gpus: 2}
  - name: nightly
    type: predictive
    source: models:/nightly@champion
    serve: {engine: mlflow, mode: batch, schedule: "0 2 * * *", input: "s3://in/a", output: "s3://out/"}
"""
"""Asks for every facility, `ONLINE` being the cache that the site has."""

SITES: Mapping[str, str] = {
    "as it comes": "",
    "on spot, an organisation's, behind a firewall": (
        "organization: '123456789', detection: true,"
        "perimeter: {policy: '123456789', access_levels: [ci]},"
        "cluster: {endpoint: restricted, allow: [203.0.113.0/24],"
        " nodes: {capacity: spot, architecture: arm64}},"
        "gpus: {capacity: spot, fallback: [on-demand], sharing: {time_slicing: 4}},"
        "ingress: {domain: a.example, public: true, certificate: web, allow: [203.0.113.0/24]},"
        "database: {standby: true}, cache: {replicas: 2}, costs: {quota: {cpu: 8}},"
        "keys: {engine: cert-manager}, encryption: {rotate_days: 90}"
    ),
    "looked after, with reservations": (
        "perimeter: {policy: '123456789', dry_run: true},"
        "cluster: {mode: auto}, encryption: {autokey: true}, cache: {engine: valkey},"
        "gpus: {capacity: reserved, reservations: [ours], fallback: [spot]},"
        "object_store: {lock_days: 30, existing: [in]}, ingress: {domain: a.example}"
    ),
    "small, without a way out": (
        "network: {cidr: 10.1.0.0/20, zones: 2, nat: none}, database: {engine: alloydb},"
        "gpus: {queued: true, sharing: {mig: 1g.10gb}},"
        "image_registry: {credentials:"
        " {docker.io: 'acme=projects/acme-ml-prod/secrets/hub/versions/1'}}"
    ),
    "among what is there": (
        "network: {attach: {network: shared, private_subnets: [nodes]}},"
        "cluster: {attach: {name: shared}}, encryption: {attach: 'projects/p/locations/"
        "europe-west1/keyRings/r/cryptoKeys/k'}, object_store: {attach: {bucket: ours}},"
        "database: {attach: {host: db.example, secret: 'secret://pg'}},"
        "cache: {attach: {host: redis.example, secret: 'secret://redis'}},"
        "ingress: {attach: {name: shared, namespace: gateways}},"
        "image_registry: {attach: {url: mirror.example/all, secret: 'secret://pull'}},"
        "audit: {attach: {location: 'worm://log', retention_days: 400}}"
    ),
}
"""Each setting of a site at least once."""

SENSITIVE = "data: {classification: confidential, pii: true}\ncompliance: [soc2]"
"""What makes a platform careful: keys in hardware, a second server, logs that are watched."""


def planned_here(text: str = "", more: str = "", environment: str | None = None) -> Plan:
    """The plan of one site with these settings; `more` are further sections."""
    given = f", {text}" if text else ""
    site = f"{{kind: gcp, region: {REGION}, project: {PROJECT}{given}}}"
    return planned(f"sites: {{here: {site}}}\n{more}\n{MODELS}", environment)


def ground(
    *capabilities: C,
    text: str = "",
    more: str = "",
    use: Callable[[Facilities], Any] = lambda platform: None,
    deployed: bool = False,
) -> tuple[Graph, Any]:
    """The graph of these capabilities alone, and what `use` made of them.

    As a preview by default: there an output is `${name.output}`, so that names can be read.
    """
    plan = planned_here(text, more)
    chosen = tuple(p for p in plan.capabilities if p.capability in capabilities)
    assert {p.capability for p in chosen} == set(capabilities)
    return stood(replace(plan, capabilities=chosen), use, deployed=deployed)


@cache
def platform_plan(name: str) -> Plan:
    """A platform that uses all that its site has."""
    site = f"{{kind: gcp, region: {REGION}, project: {PROJECT}, {SITES[name]}}}"
    online = "valkey" if "engine: valkey" in SITES[name] else "redis"
    careful = SENSITIVE if "organization" in SITES[name] else ""
    return planned(f"sites: {{here: {site}}}\n{careful}\n{WORKLOADS.replace('ONLINE', online)}")


@cache
def platform(name: str, *, deployed: bool = False) -> Graph:
    """Its graph, whole; as a preview unless told otherwise."""
    plan, mode = platform_plan(name), Mode.UPDATE if deployed else Mode.PREVIEW
    program = lambda: Platform(plan) and None  # noqa: E731
    return record(program, project="modelyard", stack="test", config=DENIED, mode=mode)


def inputs(resource: Resource) -> dict[str, Any]:
    """What a resource was given, secrets masked."""
    return plain(dict(resource.inputs))


def of(graph: Graph, kind: str) -> dict[str, dict[str, Any]]:
    """The inputs of every resource of ours of a type of Google's (`storage/bucket:Bucket`)."""
    return {it.name: inputs(it) for it in graph.of_type(f"gcp:{kind}") if not it.external}


def only(graph: Graph, kind: str) -> dict[str, Any]:
    """The inputs of the one resource of a type."""
    [found] = of(graph, kind).values()
    return found
