"""Certificates inside the cluster, by cert-manager."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from modelyard.contracts.context import Context, Namespace
from modelyard.contracts.keys import Certificate, KeysArgs
from modelyard.objects.objects import Objects

_API = "cert-manager.io/v1"
_CA = "platform-ca"
_ROOT = "self-signed"
_DECADE = "87600h"


class PlatformCa(pulumi.ComponentResource):
    """A certificate authority for each namespace of the platform.

    Training cannot sign what production trusts, and no issuer is open to the rest of the cluster.
    Clients find the authority's certificate in the Secret `platform-ca`, under `ca.crt`.
    """

    def __init__(
        self, name: str, args: KeysArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:keys:PlatformCa", name, None, opts)
        self._name, self._args = name, args
        self._authorities = {
            namespace.name: self._authority(namespace)
            for namespace in args.identity.namespaces.values()
        }
        self.register_outputs({"issuer": _CA})

    def certificate(
        self, name: str, namespace: Namespace, hosts: tuple[str, ...], parent: pulumi.Resource
    ) -> Certificate:
        """A certificate for these host names, in a Secret of that namespace."""
        manifest = _certificate(name, hosts, {"name": _CA, "kind": "Issuer"})
        objects = _objects(self._name, self._args, namespace, parent)
        made = objects.add(manifest, name, after=[self._authorities[namespace.name]])
        return Certificate(f"{name}-tls", made)

    def _authority(self, namespace: Namespace) -> pulumi.Resource:
        """A self-signed root, and the issuer that signs with it."""
        objects = _objects(self._name, self._args, namespace, self)
        root = objects.add(_issuer(_ROOT, {"selfSigned": {}}), _ROOT)
        authority = objects.add(_root_certificate(self._args.context), _CA, after=[root])
        return objects.add(_issuer(_CA, {"ca": {"secretName": _CA}}), _CA, after=[authority])


class AttachedIssuer(pulumi.ComponentResource):
    """An issuer that is there already. One of kind Issuer has to be in each of the namespaces."""

    def __init__(
        self, name: str, args: KeysArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:keys:AttachedIssuer", name, None, opts)
        attach = args.site.keys.attach
        assert attach is not None  # placed only where the blueprint names an issuer
        self._name, self._args = name, args
        self._issuer = {"name": attach.issuer, "kind": attach.kind}
        self.register_outputs({"issuer": attach.issuer})

    def certificate(
        self, name: str, namespace: Namespace, hosts: tuple[str, ...], parent: pulumi.Resource
    ) -> Certificate:
        """A certificate for these host names, in a Secret of that namespace."""
        objects = _objects(self._name, self._args, namespace, parent)
        return Certificate(
            f"{name}-tls", objects.add(_certificate(name, hosts, self._issuer), name)
        )


def _objects(name: str, args: KeysArgs, namespace: Namespace, parent: pulumi.Resource) -> Objects:
    labels = args.context.labels("keys")
    return Objects(parent, f"{name}-{namespace.purpose}", args.cluster, namespace, labels)


def _issuer(name: str, spec: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"apiVersion": _API, "kind": "Issuer", "metadata": {"name": name}, "spec": spec}


def _root_certificate(context: Context) -> Mapping[str, Any]:
    spec = {
        "isCA": True,
        "commonName": context.scope,
        "secretName": _CA,
        "duration": _DECADE,
        # A new key would end trust in everything signed so far.
        "privateKey": {"algorithm": "ECDSA", "size": 384, "rotationPolicy": "Never"},
        "issuerRef": {"name": _ROOT, "kind": "Issuer", "group": "cert-manager.io"},
    }
    return {"apiVersion": _API, "kind": "Certificate", "metadata": {"name": _CA}, "spec": spec}


def _certificate(name: str, hosts: tuple[str, ...], issuer: Mapping[str, str]) -> Mapping[str, Any]:
    """Good for 90 days, renewed a month before, each time with a new key."""
    spec = {
        "secretName": f"{name}-tls",
        # CloudNativePG takes up a renewed certificate only where it is told to look.
        "secretTemplate": {"labels": {"cnpg.io/reload": ""}},
        "dnsNames": list(hosts),
        "duration": "2160h",
        "renewBefore": "720h",
        "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
        "usages": ["digital signature", "key encipherment", "server auth"],
        "issuerRef": {**issuer, "group": "cert-manager.io"},
    }
    return {"apiVersion": _API, "kind": "Certificate", "metadata": {"name": name}, "spec": spec}
