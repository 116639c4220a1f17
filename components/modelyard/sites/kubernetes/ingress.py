"""The way in from outside: a Gateway of our own, or one that is there already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from modelyard.catalog.operators import operator
from modelyard.contracts.context import Purpose
from modelyard.contracts.endpoint import Peer
from modelyard.contracts.ingress import IngressArgs, Overflow
from modelyard.objects.objects import Objects
from modelyard.sites.kubernetes.gateway_api import (
    OWNER,
    gateway_object,
    listener_for,
    route_to,
    rule_to,
)
from modelyard.sites.kubernetes.overflow import beside, handed_on

_CONTROLLER = "gateway.envoyproxy.io/gatewayclass-controller"
_NAME = "gateway"
PROXY = "envoy"
"""The image of the proxies: one that is described takes nothing over from the chart's values."""


class EnvoyGateway(pulumi.ComponentResource):
    """A Gateway on Envoy; HTTPS where there are certificates, and HTTP then only points to it."""

    def __init__(
        self, name: str, args: IngressArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:ingress:EnvoyGateway", name, None, opts)
        assert args.site.ingress is not None  # placed only where the blueprint has a way in
        self._args, self._domain = args, args.site.ingress.domain
        self._namespace = args.identity.namespaces[Purpose.PLATFORM]
        labels = args.context.labels("gateway")
        self._objects = Objects(self, name, args.cluster, self._namespace, labels)
        self._everywhere = Objects(self, name, args.cluster, None, labels)
        self.peer = Peer(operator("envoy-gateway").namespace, self._proxies())
        self._gateway(self._gateway_class())
        self.register_outputs({"domain": self._domain})

    def route(
        self,
        objects: Objects,
        name: str,
        service: str,
        port: int,
        path: str | None = None,
        overflow: Overflow | None = None,
        mirror: str | None = None,
    ) -> str:
        """Send `NAME.<domain>` to a Service beside the given objects; returns the URL."""
        secure = self._args.keys is not None
        parent = {"name": _NAME, "namespace": self._namespace.name}
        section = "https" if secure else "http"
        host = f"{name}.{self._domain}"
        to = rule_to(service, port, path, mirror)
        _add(objects, name, host, {**parent, "sectionName": section}, to, overflow)
        return f"{section}://{host}"

    def _proxies(self) -> Mapping[str, str]:
        """Labels that the controller gives to the proxies of our Gateway, in its own namespace."""
        return {f"{OWNER}-name": _NAME, f"{OWNER}-namespace": self._namespace.name}

    def _gateway_class(self) -> pulumi.Resource:
        scope = self._args.context.scope
        spec: dict[str, Any] = {"controllerName": _CONTROLLER}
        proxy = None
        if self._args.cluster.facts.needs_load_balancer:
            # On a port of every node, where no load balancer would ever come.
            image = self._args.cluster.image(PROXY)
            proxy = self._objects.add(proxy_object(_NAME, {"type": "NodePort"}, image=image))
            spec["parametersRef"] = _of(self._namespace.name)
        manifest = gateway_object("GatewayClass", scope, spec)
        return self._everywhere.add(manifest, after=[proxy])

    def _gateway(self, gateway_class: pulumi.Resource) -> None:
        """Routes are taken from the platform's own namespaces alone."""
        names = [namespace.name for namespace in self._args.identity.namespaces.values()]
        listeners = [listener_for("http", 80, self._domain, names)]
        certificate = None
        if self._args.keys is not None:
            hosts = (f"*.{self._domain}",)
            certificate = self._args.keys.certificate(_NAME, self._namespace, hosts, self)
            tls = {"mode": "Terminate", "certificateRefs": [{"name": certificate.secret}]}
            secure = {**listener_for("https", 443, self._domain, names), "protocol": "HTTPS"}
            listeners.append({**secure, "tls": tls})
        spec = {"gatewayClassName": self._args.context.scope, "listeners": listeners}
        after = [gateway_class, certificate.resource if certificate else None]
        gateway = self._objects.add(gateway_object("Gateway", _NAME, spec), after=after)
        # On a node's port nobody knows which one HTTPS has: there is nowhere to send people.
        if certificate and not self._args.cluster.facts.needs_load_balancer:
            self._objects.add(_redirect(), "redirect", after=[gateway])


class ClusterGateway(pulumi.ComponentResource):
    """A Gateway on Envoy that is reached from inside the cluster's network alone.

    For sites that put a load balancer of their own in front of it. That one has the certificate
    that people see; where the cluster has an issuer, the way from there on is encrypted as well.
    """

    def __init__(
        self,
        name: str,
        args: IngressArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        tells: Mapping[str, str] | None = None,
    ) -> None:
        """`tells`: by scheme, what its Service says of the protocol behind its port."""
        super().__init__("modelyard:ingress:ClusterGateway", name, None, opts)
        assert args.site.ingress is not None  # placed only where the blueprint has a way in
        self._args, self._domain = args, args.site.ingress.domain
        self.secure = args.keys is not None
        self.port = 443 if self.secure else 80
        self._namespace = args.identity.namespaces[Purpose.PLATFORM]
        labels, scope = args.context.labels("gateway"), args.context.scope
        # In the controller's namespace, where other platforms have theirs.
        self.service = f"{scope}-gateway"
        objects = Objects(self, name, args.cluster, self._namespace, labels)
        everywhere = Objects(self, name, args.cluster, None, labels)
        owned = {f"{OWNER}-name": _NAME, f"{OWNER}-namespace": self._namespace.name}
        self.peer = Peer(operator("envoy-gateway").namespace, owned)
        own = {"type": "ClusterIP", "name": self.service, **self._told(tells or {})}
        proxy = objects.add(proxy_object(_NAME, own, replicas=2))
        spec = {"controllerName": _CONTROLLER, "parametersRef": _of(self._namespace.name)}
        made = everywhere.add(gateway_object("GatewayClass", scope, spec), after=[proxy])
        listener, certificate = self._listener()
        gateway = {"gatewayClassName": scope, "listeners": [listener]}
        self.resource = objects.add(
            gateway_object("Gateway", _NAME, gateway), after=[made, certificate]
        )
        self.register_outputs({"domain": self._domain})

    def route(
        self,
        objects: Objects,
        name: str,
        service: str,
        port: int,
        path: str | None = None,
        overflow: Overflow | None = None,
        mirror: str | None = None,
    ) -> str:
        """Send `NAME.<domain>` to a Service beside the given objects; returns that host."""
        host = f"{name}.{self._domain}"
        parent = {"name": _NAME, "namespace": self._namespace.name, "sectionName": self._section}
        _add(objects, name, host, parent, rule_to(service, port, path, mirror), overflow)
        return host

    def _told(self, tells: Mapping[str, str]) -> Mapping[str, Any]:
        if (protocol := tells.get(self._section)) is None:
            return {}
        ports = [{"port": self.port, "protocol": "TCP", "appProtocol": protocol}]
        return {"patch": {"type": "StrategicMerge", "value": {"spec": {"ports": ports}}}}

    @property
    def _section(self) -> str:
        return "https" if self.secure else "http"

    def _listener(self) -> tuple[Mapping[str, Any], pulumi.Resource | None]:
        """Routes are taken from the platform's own namespaces alone."""
        names = [namespace.name for namespace in self._args.identity.namespaces.values()]
        listener = listener_for(self._section, self.port, self._domain, names)
        if self._args.keys is None:
            return listener, None
        hosts = (f"*.{self._domain}",)
        made = self._args.keys.certificate(_NAME, self._namespace, hosts, self)
        tls = {"mode": "Terminate", "certificateRefs": [{"name": made.secret}]}
        # Load balancers name no host when they greet by TLS: one listener answers to all, and
        # routes still tell hosts apart.
        listener = {key: value for key, value in listener.items() if key != "hostname"}
        return {**listener, "protocol": "HTTPS", "tls": tls}, made.resource


class AttachedGateway(pulumi.ComponentResource):
    """A Gateway that is there already. Who may attach routes to it is its owner's to say."""

    def __init__(
        self, name: str, args: IngressArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:ingress:AttachedGateway", name, None, opts)
        assert args.site.ingress is not None  # placed only where the blueprint has a way in
        assert args.site.ingress.attach is not None
        self._args, self._gateway = args, args.site.ingress.attach
        self.peer = Peer(self._gateway.namespace)
        self.register_outputs({"gateway": self._gateway.name})

    def route(
        self,
        objects: Objects,
        name: str,
        service: str,
        port: int,
        path: str | None = None,
        overflow: Overflow | None = None,
        mirror: str | None = None,
    ) -> str:
        """Send `NAME.<domain>` to a Service beside the given objects; returns the URL."""
        parent = {"name": self._gateway.name, "namespace": self._gateway.namespace}
        host = f"{name}.{self._gateway.domain}"
        assert overflow is None  # planned only for gateways of our own
        assert mirror is None
        objects.add(route_to(name, host, parent, rule_to(service, port, path)), name)
        return f"{'https' if self._args.keys else 'http'}://{host}"


def _add(
    objects: Objects,
    name: str,
    host: str,
    parent: Mapping[str, str],
    rule: Mapping[str, Any],
    overflow: Overflow | None,
) -> None:
    """The route, and what it takes to hand requests on."""
    if overflow is None:
        objects.add(route_to(name, host, parent, rule), name)
        return
    made = [objects.add(manifest) for manifest in beside(name, overflow)]
    objects.add(route_to(name, host, parent, handed_on(name, rule, overflow)), name, after=made)


def _redirect() -> Mapping[str, Any]:
    """Whatever comes in the clear is told to come again by HTTPS."""
    to = {"type": "RequestRedirect", "requestRedirect": {"scheme": "https", "statusCode": 301}}
    parents = [{"name": _NAME, "sectionName": "http"}]
    return gateway_object(
        "HTTPRoute", "redirect", {"parentRefs": parents, "rules": [{"filters": [to]}]}
    )


def _of(namespace: str) -> Mapping[str, str]:
    """How a class names the description of its proxies."""
    return {
        "group": "gateway.envoyproxy.io",
        "kind": "EnvoyProxy",
        "name": _NAME,
        "namespace": namespace,
    }


def proxy_object(
    name: str, service: Mapping[str, Any], replicas: int | None = None, image: str | None = None
) -> Mapping[str, Any]:
    """The proxies of a Gateway, behind a Service like this."""
    kubernetes: dict[str, Any] = {"envoyService": dict(service)}
    deployment = {
        **({"replicas": replicas} if replicas else {}),
        **({"container": {"image": image}} if image else {}),
    }
    if deployment:
        kubernetes["envoyDeployment"] = deployment
    return {
        "apiVersion": "gateway.envoyproxy.io/v1alpha1",
        "kind": "EnvoyProxy",
        "metadata": {"name": name},
        "spec": {"provider": {"type": "Kubernetes", "kubernetes": kubernetes}},
    }
