"""Small Pulumi programs, for tests of what is recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_kubernetes

from modelyard.recorder import Graph, record

PROJECT, STACK = "yard", "dev"
ROOT = f"urn:pulumi:{STACK}::{PROJECT}::"


def deployment(name: str, env: Any = "none", **options: Any) -> pulumi.CustomResource:
    """A Deployment as an untyped resource, the way the platform makes all its objects."""
    labels = {"app": name}
    container = {
        "name": "main",
        "image": "registry.example/app@sha256:0",
        "env": [{"name": "PEER", "value": env}],
    }
    manifest = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "demo", "labels": labels},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }
    return pulumi.CustomResource(
        "kubernetes:apps/v1:Deployment", name, manifest, pulumi.ResourceOptions(**options)
    )


def config_map(name: str, data: Any, **options: Any) -> pulumi.CustomResource:
    """A ConfigMap; `data` may hold outputs."""
    manifest = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "demo"},
        "data": data,
    }
    return pulumi.CustomResource(
        "kubernetes:core/v1:ConfigMap", name, manifest, pulumi.ResourceOptions(**options)
    )


class Service(pulumi.ComponentResource):
    """A component with a deployment and a map that refers to it."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("yard:workloads:Service", name, None, opts)
        self.server = deployment(f"{name}-server", parent=self)
        self.map = config_map(f"{name}-map", {"server": self.server.id}, parent=self)
        self.register_outputs({"server": self.server.id})


class Room(pulumi.ComponentResource):
    """A component with a component in it."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("yard:sites:Room", name, None, opts)
        self.service = Service(f"{name}-service", pulumi.ResourceOptions(parent=self))
        self.register_outputs({})


def platform() -> None:
    """A provider, nested components, references, a secret, an output of the stack."""
    provider = pulumi_kubernetes.Provider("cluster", context="kind-demo", kubeconfig="{}")
    rooms = [
        Room(f"room-{letter}", pulumi.ResourceOptions(providers=[provider])) for letter in "cab"
    ]
    config_map(
        "directory",
        {room.service._name: room.service.map.id for room in rooms},
        provider=provider,
        depends_on=[rooms[0]],
    )
    config_map("token", {"value": pulumi.Output.secret("hunter2")}, provider=provider)
    pulumi.export("first", rooms[0].service.server.id)


def run(program: Callable[[], Any], **options: Any) -> Graph:
    """Record a program in the tests' own project and stack."""
    return record(program, project=PROJECT, stack=STACK, **options)
