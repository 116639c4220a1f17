"""Where other sites come in: a Gateway of its own, that lets in who shows a certificate of ours.

It has a load balancer of its own, so that the way in for people need not be open to the internet;
where there is none, a port of every node, which the plan knows: a router has to be told of it.
Source: Envoy Gateway 1.9, ClientTrafficPolicy and EnvoyProxy; Gateway API 1.6, `infrastructure`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from modelyard.catalog.operators import operator
from modelyard.contracts.authority import site_name
from modelyard.contracts.context import Purpose
from modelyard.contracts.east_west import EastWestArgs
from modelyard.contracts.endpoint import Peer
from modelyard.objects.manifests import config_map
from modelyard.objects.objects import Objects
from modelyard.plan.offered import LABEL, host
from modelyard.sites.kubernetes.gateway_api import (
    OWNER,
    gateway_object,
    listener_for,
    route_to,
    rule_to,
)
from modelyard.sites.kubernetes.ingress import PROXY, proxy_object

_OWN = {"group": "gateway.envoyproxy.io", "kind": "EnvoyProxy", "name": LABEL}
"""How the Gateway names what describes its proxies; that of its class does not count then."""
_CERTIFICATE, _AUTHORITY = f"{LABEL}-tls", f"{LABEL}-authority"


class EastWestGateway(pulumi.ComponentResource):
    """Answers under `*.links.<domain>`, to the sites that have a link to this one."""

    def __init__(
        self, name: str, args: EastWestArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:east-west-gateway:EastWestGateway", name, None, opts)
        assert args.site.ingress is not None  # placed only where the blueprint has a way in
        self._name, self._args, self._domain = name, args, args.site.ingress.domain
        self._namespace = args.identity.namespaces[Purpose.PLATFORM]
        labels = args.context.labels(LABEL)
        self._objects = Objects(self, name, args.cluster, self._namespace, labels)
        own = {f"{OWNER}-name": LABEL, f"{OWNER}-namespace": self._namespace.name}
        self.peer = Peer(operator("envoy-gateway").namespace, own)
        pair = args.authority.server(name, [host(self._domain, "*")], self)
        # Who may come in is said before anybody can.
        self._gateway(pair, self._policy(pair["ca.crt"]))
        self.register_outputs({"domain": f"{LABEL}.{self._domain}"})

    def publish(
        self, objects: Objects, name: str, service: str, port: int, path: str | None = None
    ) -> str:
        """Let other sites ask a Service beside the given objects; returns its URL there."""
        there = host(self._domain, name)
        parent = {"name": LABEL, "namespace": self._namespace.name}
        route = route_to(f"{name}-{LABEL}", there, parent, rule_to(service, port, path))
        objects.add(route, f"{name}-{LABEL}")
        return f"https://{there}"

    def _policy(self, authority: pulumi.Output[str]) -> pulumi.Resource:
        """By name: a certificate of a site that has no link any more opens nothing."""
        known = self._objects.add(config_map(_AUTHORITY, {"ca.crt": authority}), "authority")
        names = [{"value": site_name(self._args.context, guest)} for guest in self._args.guests]
        validation = {
            "caCertificateRefs": [{"kind": "ConfigMap", "name": _AUTHORITY}],
            "subjectAltNames": {"dnsNames": names},
        }
        target = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": LABEL}
        manifest = {
            "apiVersion": "gateway.envoyproxy.io/v1alpha1",
            "kind": "ClientTrafficPolicy",
            "metadata": {"name": LABEL},
            "spec": {
                "targetRefs": [target],
                "tls": {"minVersion": "1.3", "clientValidation": validation},
            },
        }
        return self._objects.add(manifest, after=[known])

    def _gateway(self, pair: Mapping[str, pulumi.Output[str]], policy: pulumi.Resource) -> None:
        """Routes are taken from the platform's own namespaces alone."""
        shown = {key: pair[key] for key in ("tls.crt", "tls.key")}
        kept = self._args.secrets.store(
            _CERTIFICATE, self._namespace, shown, self, "kubernetes.io/tls"
        )
        names = [namespace.name for namespace in self._args.identity.namespaces.values()]
        tls = {"mode": "Terminate", "certificateRefs": [{"name": kept.name}]}
        open: Mapping[str, Any] = {
            **listener_for("https", 443, f"{LABEL}.{self._domain}", names),
            "protocol": "HTTPS",
            "tls": tls,
        }
        proxy = None if self._args.node_port is None else self._proxy(self._args.node_port)
        spec = {
            "gatewayClassName": self._args.context.scope,
            "listeners": [open],
            **({"infrastructure": {"parametersRef": _OWN}} if proxy else {}),
        }
        # The class is the ingress's, and there before this one.
        after = [policy, kept.resource, proxy]
        self._objects.add(gateway_object("Gateway", LABEL, spec), after=after)

    def _proxy(self, node_port: int) -> pulumi.Resource:
        """On a port of its own: those of the class's other Gateway are Kubernetes' to choose."""
        port = {"port": 443, "protocol": "TCP", "nodePort": node_port}
        patch = {"type": "StrategicMerge", "value": {"spec": {"ports": [port]}}}
        image = self._args.cluster.image(PROXY)
        return self._objects.add(
            proxy_object(LABEL, {"type": "NodePort", "patch": patch}, image=image)
        )
