"""The object store: who may do what with the bucket, and what clients are told."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.support.facilities import GPUS, Facilities, site, stood
from tests.support.parts import planned, recorded

from modelyard.contracts.context import Purpose
from modelyard.contracts.endpoint import Environment, SecretKey
from modelyard.objects.pods import DIGEST
from modelyard.plan.capability import Capability as C
from modelyard.recorder import Graph
from modelyard.sites.kubernetes.object_store import identities

ATTACH = """
  object_store: {attach: {endpoint: 'https://s3.example:9000', bucket: ours, secret: 'secret://s3',
  region: eu-1}}, secrets: {attach: {store: vault}}
"""
BATCH = """
models:
  - name: churn
    type: predictive
    source: "models:/churn@champion"
    serve: {{mode: batch, image: "acme.example/churn:1", schedule: "@daily",
      input: "s3://rows/churn/", output: "s3://{}/churn/"}}
"""


def asked(text: str) -> tuple[Graph, dict[Purpose, Environment]]:
    def ask(platform: Facilities) -> Any:
        store = platform.part(C.OBJECT_STORE)
        identity = platform.part(C.IDENTITY)
        clients = {purpose: identity.workload("one", purpose, store) for purpose in Purpose}
        return {purpose: store.environment(client) for purpose, client in clients.items()}

    return stood(site(text), ask)


def test_the_server_knows_an_account_for_each_purpose() -> None:
    passwords: dict[str, Any] = {"admin": "a", "platform": "p", "training": "t", "production": "r"}
    known = identities({Purpose.PRODUCTION: ["Read:ours"]}, passwords)["identities"]
    assert [(i["name"], i["actions"]) for i in known] == [
        ("admin", ["Admin"]),
        ("production", ["Read:ours"]),
    ]
    assert known[1]["credentials"] == [{"accessKey": "production", "secretKey": "r"}]


@pytest.mark.parametrize("purpose", Purpose)
def test_each_namespace_has_the_account_of_its_purpose(purpose: Purpose) -> None:
    graph, environments = asked(GPUS)
    key = environments[purpose]["AWS_SECRET_ACCESS_KEY"]
    assert isinstance(key, SecretKey)
    (kept,) = [
        r
        for r in graph.of_type("kubernetes:core/v1:Secret")
        if r.inputs["metadata"] == {**r.inputs["metadata"], "namespace": f"yard-{purpose}"}
        and r.inputs["metadata"]["name"] == key.secret
    ]
    needed = {urn.rpartition("::")[2] for urn in kept.property_dependencies["stringData"]}
    assert needed == {f"yard-secrets-object-store-{purpose}"}


def test_only_the_gateway_listens_outside_the_pod() -> None:
    graph, _ = asked(GPUS)
    (server,) = [r for r in graph.of_type("kubernetes:apps/v1:StatefulSet") if "store" in r.name]
    (container,) = server.inputs["spec"]["template"]["spec"]["containers"]
    assert "-ip.bind=127.0.0.1" in container["args"]
    assert [a for a in container["args"] if "0.0.0.0" in a] == ["-s3.ip.bind=0.0.0.0"]
    assert [p["containerPort"] for p in container["ports"]] == [8333]
    assert "-master.telemetry=false" in container["args"]


def test_other_rights_start_the_server_anew() -> None:
    """It reads them when it starts, and a plan cannot show what stands beside passwords."""
    before, after = digests(BATCH.format("scores")), digests(BATCH.format("more-scores"))
    assert len(before) == len(after) == 1
    assert before != after


def digests(model: str) -> set[str]:
    """The digest of rights, as the server's pods and its Secret bear it."""
    graph = recorded(planned(f"sites: {{here: {{kind: kubernetes, {GPUS}}}}}\n{model}"))
    named = graph.named("yard-object-store")
    (server,) = [r for r in named if r.type.endswith(":StatefulSet")]
    (kept,) = graph.named("yard-secrets-platform-object-store-server")
    pods = server.inputs["spec"]["template"]
    return {each["metadata"]["annotations"][DIGEST] for each in (pods, kept.inputs)}


def test_buckets_are_made_once_the_server_is_there(tmp_path: Path) -> None:
    """The script runs with a curl that finds no bucket and takes down what it is asked."""
    graph, environments = asked(GPUS)
    (job,) = [r for r in graph.of_type("kubernetes:batch/v1:Job") if "object-store" in r.name]
    assert any(urn.endswith("StatefulSet::yard-object-store") for urn in job.dependencies)
    command = job.inputs["spec"]["template"]["spec"]["containers"][0]["command"]
    curl = tmp_path / "curl"
    curl.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\ncase "$*" in *--head*) exit 22;; esac'
    )
    curl.chmod(0o755)
    subprocess.run(command, env={"PATH": f"{tmp_path}:{os.environ['PATH']}"}, check=True)
    asks = (tmp_path / "asked").read_text().splitlines()
    url = f"{environments[Purpose.PLATFORM]['AWS_ENDPOINT_URL']}/yard-artifacts"
    assert [line.split("curl.conf ")[1] for line in asks][:3] == [
        f"--output /dev/null --head {url}",
        f"--request PUT {url}",
        "--request PUT --data-binary <VersioningConfiguration><Status>Enabled</Status>"
        f"</VersioningConfiguration> {url}?versioning=",
    ]


def test_an_attached_bucket_is_named_to_clients() -> None:
    graph, environments = asked(f"{ATTACH}, {GPUS}")
    production = environments[Purpose.PRODUCTION]
    assert production["AWS_ENDPOINT_URL"] == "https://s3.example:9000"
    assert production["AWS_REGION"] == "eu-1"
    assert production["AWS_ACCESS_KEY_ID"] == SecretKey("s3", "access_key")
    brought = [
        r.inputs["metadata"]["namespace"]
        for r in graph.of_type("kubernetes:external-secrets.io/v1:ExternalSecret")
        if r.inputs["metadata"]["name"] == "s3"
    ]
    assert set(brought) == {f"yard-{purpose}" for purpose in Purpose}
