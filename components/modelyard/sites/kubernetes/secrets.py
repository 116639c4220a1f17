"""Secrets: made at random, kept in the cluster, or brought from where a team keeps its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

import pulumi
import pulumi_random

from modelyard.blueprint.site import AnySite, CloudSite
from modelyard.contracts.context import Namespace
from modelyard.contracts.endpoint import SecretKey
from modelyard.contracts.secrets import Gathered, SecretHandle, SecretsArgs
from modelyard.objects.objects import KubernetesObject, Objects
from modelyard.objects.pods import DIGEST
from modelyard.sites.kubernetes.references import landing, secret_key, secret_name

_CONFIG = "secrets"
"""Namespace of the stack's configuration that answers references."""
_LENGTH = 32


class Generated:
    """What every engine makes for itself: random passwords, and Secrets of known values."""

    def __init__(self, name: str, args: SecretsArgs, component: pulumi.Resource) -> None:
        self.name, self.args, self.component = name, args, component
        self._random = pulumi_random.Provider(
            f"{name}-random", opts=pulumi.ResourceOptions(parent=component)
        )

    def password(self, name: str, parent: pulumi.Resource) -> pulumi.Output[str]:
        made = pulumi_random.RandomPassword(
            f"{self.name}-{name}",
            length=_LENGTH,
            # Letters and digits alone fit into URIs and configuration files as they are.
            special=False,
            opts=pulumi.ResourceOptions(parent=parent, provider=self._random),
        )
        return made.result

    def store(
        self,
        name: str,
        namespace: Namespace,
        values: Mapping[str, pulumi.Input[str]],
        parent: pulumi.Resource,
        type: str = "Opaque",
        digest: str = "",
    ) -> SecretHandle:
        known = {"annotations": {DIGEST: digest}} if digest else {}
        manifest = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, **known},
            "type": type,
            "stringData": {key: pulumi.Output.secret(value) for key, value in values.items()},
        }
        hidden = pulumi.ResourceOptions(additional_secret_outputs=["data", "stringData"])
        objects = self.objects(namespace, parent)
        return SecretHandle(name, objects.add(manifest, name, opts=hidden))

    def objects(self, namespace: Namespace, parent: pulumi.Resource) -> Objects:
        labels = self.args.context.labels("secret")
        prefix = f"{self.name}-{namespace.purpose}"
        return Objects(parent, prefix, self.args.cluster, namespace, labels)


class NativeSecrets(pulumi.ComponentResource):
    """References are answered from the stack's own encrypted configuration, or by hand.

    `pulumi config set --secret secrets:NAME/KEY …` brings a value into the cluster. Without it, the
    Secret NAME with that key is expected in the namespace: somebody else puts it there.
    """

    def __init__(
        self, name: str, args: SecretsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:secrets:NativeSecrets", name, None, opts)
        self._own = Generated(name, args, self)
        self._brought: dict[tuple[str, str], SecretHandle] = {}
        self.password, self.store = self._own.password, self._own.store
        self.register_outputs({"engine": "native"})

    def refer(self, reference: str, namespace: Namespace, parent: pulumi.Resource) -> SecretKey:
        """Bring `secret://NAME/KEY` into a namespace; the key is `value` when left out."""
        place = landing_on(self._own.args.site, reference)
        values = self._values(secret_name(reference), (place.key,))
        if values:
            self._bring(place.secret, namespace, values, "Opaque")
        return place

    def gather(self, wanted: Gathered, namespace: Namespace) -> SecretHandle:
        """Bring several keys of one referred secret into a namespace, under its own name."""
        values = self._values(wanted.name, wanted.keys)
        if len(values) < len(wanted.keys):
            return SecretHandle(wanted.name, None)
        named = {wanted.renamed or key: value for key, value in values.items()}
        texts = {key: _text(template, values) for key, template in wanted.templates.items()}
        return self._bring(wanted.name, namespace, {**named, **texts}, wanted.type)

    def _values(self, name: str, keys: tuple[str, ...]) -> dict[str, pulumi.Output[str]]:
        """What the stack's configuration has of a secret."""
        config = pulumi.Config(_CONFIG)
        found = {key: config.get_secret(f"{name}/{key}") for key in keys}
        return {key: value for key, value in found.items() if value is not None}

    def _bring(
        self, name: str, namespace: Namespace, values: Mapping[str, Any], type: str
    ) -> SecretHandle:
        """Once for each namespace, whoever asks first."""
        if (namespace.name, name) not in self._brought:
            kept = self._own.store(name, namespace, values, self, type)
            self._brought[namespace.name, name] = kept
        return self._brought[namespace.name, name]


class ExternalSecrets(pulumi.ComponentResource):
    """References are looked up in a store of the External Secrets operator, and kept up to date."""

    def __init__(
        self, name: str, args: SecretsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:secrets:ExternalSecrets", name, None, opts)
        store = args.site.secrets.attach
        assert store is not None  # placed only where the blueprint names a store
        own = Generated(name, args, self)
        lookup = Lookup(own, Store(store.store, store.kind))
        self.password, self.store = own.password, own.store
        self.refer, self.gather = lookup.refer, lookup.gather
        self.register_outputs({"engine": "external-secrets"})


@dataclass(frozen=True)
class Store:
    """A store of the operator; `prefix` comes before the name of every secret that is in it."""

    name: str
    kind: str = "ClusterSecretStore"
    prefix: str = ""
    after: tuple[pulumi.Resource, ...] = ()
    """The store itself where it is ours."""


class Lookup:
    """Brings secrets from a store into the cluster, for the component that makes its own."""

    def __init__(self, own: Generated, store: Store) -> None:
        self._own, self._store = own, store
        self._brought: dict[tuple[str, str], KubernetesObject] = {}

    def refer(self, reference: str, namespace: Namespace, parent: pulumi.Resource) -> SecretKey:
        """Bring `secret://NAME/KEY` into a namespace; the key is `value` when left out."""
        place, key = landing(reference, brought=True), secret_key(reference)
        remote = {"key": self._remote(secret_name(reference)), **({"property": key} if key else {})}
        self._bring(place.secret, namespace, [{"secretKey": place.key, "remoteRef": remote}], {})
        return place

    def gather(self, wanted: Gathered, namespace: Namespace) -> SecretHandle:
        """Bring several keys of one referred secret into a namespace, under its own name."""
        data = [
            {
                "secretKey": wanted.renamed or key,
                "remoteRef": {
                    "key": self._remote(wanted.name),
                    **({} if wanted.whole else {"property": key}),
                },
            }
            for key in wanted.keys
        ]
        # With a template, only what it names is kept.
        texts = {**{key: f"{{{{ .{key} }}}}" for key in wanted.keys}, **wanted.templates}
        template = {"type": wanted.type, **({"data": texts} if wanted.templates else {})}
        made = self._bring(wanted.name, namespace, data, {"template": template})
        return SecretHandle(wanted.name, made)

    def bring(
        self, name: str, remote: pulumi.Input[str], keys: Sequence[str], namespace: Namespace
    ) -> SecretHandle:
        """Bring keys of a secret that the store itself has named."""
        data = [{"secretKey": k, "remoteRef": {"key": remote, "property": k}} for k in keys]
        return SecretHandle(name, self._bring(name, namespace, data, {}))

    def _remote(self, name: str) -> str:
        """What the store calls a secret."""
        return f"{self._store.prefix}{name}"

    def _bring(
        self,
        name: str,
        namespace: Namespace,
        data: Sequence[Mapping[str, Any]],
        target: Mapping[str, Any],
    ) -> KubernetesObject:
        """Once for each namespace, whoever asks first."""
        if (namespace.name, name) not in self._brought:
            objects = self._own.objects(namespace, self._own.component)
            external = self._external(name, data, target)
            made = objects.add(external, name, after=self._store.after)
            self._brought[namespace.name, name] = made
        return self._brought[namespace.name, name]

    def _external(
        self, name: str, data: Sequence[Mapping[str, Any]], target: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        return {
            "apiVersion": "external-secrets.io/v1",
            "kind": "ExternalSecret",
            "metadata": {"name": name},
            "spec": {
                "refreshInterval": "1h",
                "secretStoreRef": {"name": self._store.name, "kind": self._store.kind},
                "target": {"name": name, "creationPolicy": "Owner", **target},
                "data": list(data),
            },
        }


def landing_on(site: AnySite, reference: str) -> SecretKey:
    """Where a reference is found in the namespaces of a site."""
    if (
        isinstance(site, CloudSite)
        or site.secrets.engine == "external-secrets"
        or site.secrets.attach
    ):
        return landing(reference, brought=True)
    expected = landing(reference, brought=False)
    configured = pulumi.Config(_CONFIG).get_secret(f"{expected.secret}/{expected.key}")
    return landing(reference, brought=configured is not None)


def _text(template: str, values: Mapping[str, pulumi.Output[str]]) -> pulumi.Output[str]:
    return pulumi.Output.all(**values).apply(lambda known: filled(template, known))


def filled(template: str, values: Mapping[str, str]) -> str:
    """A template of the External Secrets operator filled here: `{{ .KEY }}`, `| urlquery`."""
    for key, value in values.items():
        template = template.replace(f"{{{{ .{key} }}}}", value)
        template = template.replace(f"{{{{ .{key} | urlquery }}}}", quote_plus(value))
    return template
