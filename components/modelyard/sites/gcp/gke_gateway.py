"""Gateways of GKE's own controller: load balancers before Envoy, made as they ask for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.catalog.operators import operator
from modelyard.objects.cloud import CloudResource
from modelyard.objects.objects import KubernetesObject, Objects

OUTSIDE, INSIDE = "gke-l7-regional-external-managed", "gke-l7-rilb"
"""Classes of GKE's own controller; source: GKE guide, GatewayClass capabilities."""
GKE = "networking.gke.io/v1"
_API = "gateway.networking.k8s.io"


@dataclass(frozen=True)
class GkeGateway:
    """One of them, in the namespace of Envoy, whose Service it sends to."""

    objects: Objects
    called: str

    def listen(
        self,
        kind: str,
        address: CloudResource,
        listeners: Sequence[Mapping[str, Any]],
        after: Sequence[pulumi.Resource],
        annotations: Mapping[str, str] | None = None,
        patience: str | None = None,
    ) -> KubernetesObject:
        """The load balancer, at an address of our own; `patience` with what the annotations ask."""
        spec = {
            "gatewayClassName": kind,
            "listeners": list(listeners),
            "addresses": [{"type": "NamedAddress", "value": address["name"]}],
        }
        manifest = self.object(f"{_API}/v1", "Gateway", spec, annotations=annotations)
        times = pulumi.CustomTimeouts(create=patience, update=patience) if patience else None
        waits = pulumi.ResourceOptions(custom_timeouts=times)
        return self.objects.add(manifest, "balancer", after=after, opts=waits)

    def secure(self, tls: CloudResource, gateway: KubernetesObject) -> KubernetesObject:
        """Which versions of TLS it speaks."""
        target = {"group": _API, "kind": "Gateway", "name": self.called}
        policy = {"default": {"sslPolicy": tls["name"]}, "targetRef": target}
        manifest = self.object(GKE, "GCPGatewayPolicy", policy)
        return self.objects.add(manifest, "tls", after=[gateway])

    def route(
        self, section: str, rule: Mapping[str, Any], part: str, gateway: KubernetesObject
    ) -> KubernetesObject:
        """Whatever the host: Envoy tells hosts apart."""
        parent = {"name": self.called, "sectionName": section}
        spec = {"parentRefs": [parent], "rules": [rule]}
        manifest = self.object(f"{_API}/v1", "HTTPRoute", spec, part=part)
        return self.objects.add(manifest, part, after=[gateway])

    def object(
        self,
        api: str,
        kind: str,
        spec: Mapping[str, Any],
        *,
        part: str = "",
        annotations: Mapping[str, str] | None = None,
    ) -> Mapping[str, Any]:
        metadata: dict[str, Any] = {
            "name": f"{self.called}-{part}" if part else self.called,
            "namespace": operator("envoy-gateway").namespace,
        }
        if annotations:
            metadata["annotations"] = annotations
        return {"apiVersion": api, "kind": kind, "metadata": metadata, "spec": spec}


def https(certificate: str) -> Mapping[str, Any]:
    """The listener that ends TLS with a certificate that is there already, by its name."""
    tls = {"mode": "Terminate", "options": {"networking.gke.io/pre-shared-certs": certificate}}
    return {"name": "https", "port": 443, "protocol": "HTTPS", "tls": tls}
