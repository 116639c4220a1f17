"""The network: every namespace denies everything until something is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from modelyard.contracts.context import Namespace
from modelyard.contracts.network import NetworkArgs
from modelyard.objects.objects import Objects
from modelyard.objects.pods import API_CLIENT

API_SERVER_PORTS = (443, 6443, 8443, 16443)
"""Where API servers listen: managed clusters, kubeadm and k3s, minikube, MicroK8s."""


class DefaultDeny(pulumi.ComponentResource):
    """Per namespace: nothing in, nothing out, except names and, for its clients, the API server."""

    def __init__(
        self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:network:DefaultDeny", name, None, opts)
        for namespace in args.identity.namespaces.values():
            self._close(name, args, namespace)
        self.register_outputs({"denied": [n.name for n in args.identity.namespaces.values()]})

    def _close(self, name: str, args: NetworkArgs, namespace: Namespace) -> None:
        labels = args.context.labels("network")
        objects = Objects(self, f"{name}-{namespace.purpose}", args.cluster, namespace, labels)
        for part, spec in {**_POLICIES, **_credentials(args.cluster.facts.credentials)}.items():
            manifest = {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "NetworkPolicy",
                "metadata": {"name": part},
                "spec": spec,
            }
            objects.add(manifest, part)


def _credentials(endpoint: tuple[str, int] | None) -> Mapping[str, Mapping[str, Any]]:
    """To where the cloud hands out credentials: what they allow is the workload's own affair."""
    if endpoint is None:
        return {}
    addresses, port = endpoint
    to = [{"ipBlock": {"cidr": addresses}}]
    egress = [{"to": to, "ports": [{"port": port, "protocol": "TCP"}]}]
    spec = {"podSelector": {}, "policyTypes": ["Egress"], "egress": egress}
    return {"allow-credentials": spec}


_POLICIES: Mapping[str, Mapping[str, Any]] = {
    # The empty lists say no more than leaving them out, but make them ours: a rule that somebody
    # adds by hand is then seen as drift, and taken out when the object is applied again.
    "default-deny": {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [],
        "egress": [],
    },
    # To any resolver: node-local ones have no pod that a selector could name. OpenShift's listen
    # on 5353, and a policy sees the port behind the Service.
    "allow-dns": {
        "podSelector": {},
        "policyTypes": ["Egress"],
        "egress": [
            {"ports": [{"port": p, "protocol": t} for p in (53, 5353) for t in ("UDP", "TCP")]}
        ],
    },
    # No selector can name the API server, whose address differs from cluster to cluster.
    "allow-api-server": {
        "podSelector": {"matchLabels": dict(API_CLIENT)},
        "policyTypes": ["Egress"],
        "egress": [{"ports": [{"port": p, "protocol": "TCP"} for p in API_SERVER_PORTS]}],
    },
}
