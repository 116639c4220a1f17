"""Namespaces by purpose, and service accounts in them."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from modelyard.contracts.context import Context, Namespace, Purpose
from modelyard.contracts.identity import IdentityArgs, WorkloadIdentity
from modelyard.objects.objects import Objects
from modelyard.plan.tags import DOMAIN
from modelyard.sites.kubernetes.references import secret_name


class Namespaces(pulumi.ComponentResource):
    """Three namespaces: what serves production never shares one with what trains."""

    def __init__(
        self, name: str, args: IdentityArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:identity:Namespaces", name, None, opts)
        self._name, self._args = name, args
        self.namespaces: Mapping[Purpose, Namespace] = {
            purpose: self._namespace(purpose) for purpose in Purpose
        }
        self.register_outputs({"namespaces": {p: n.name for p, n in self.namespaces.items()}})

    def workload(self, name: str, purpose: Purpose, parent: pulumi.Resource) -> WorkloadIdentity:
        """A service account of its own for one workload, without an API token by default."""
        namespace, audience = self.namespaces[purpose], self._args.site.identity.audience
        labels = self._args.context.labels(name)
        objects = Objects(parent, f"{self._name}-{purpose}", self._args.cluster, namespace, labels)
        account = {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": name, "annotations": {f"{DOMAIN}/audience": audience}},
            "automountServiceAccountToken": False,
            **self._pull_secret(),
        }
        return WorkloadIdentity(name, audience, objects.add(account, name), namespace)

    def _namespace(self, purpose: Purpose) -> Namespace:
        context, name = self._args.context, namespace_name(self._args.context, purpose)
        objects = Objects(self, self._name, self._args.cluster, None, context.labels("namespace"))
        manifest = {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {
                "name": name,
                "labels": {**self._pod_security(), f"{DOMAIN}/purpose": str(purpose)},
            },
        }
        # Deleting a namespace deletes the volumes in it.
        made = objects.add(manifest, purpose, stateful=context.protect)
        return Namespace(name, purpose, made)

    def _pod_security(self) -> Mapping[str, str]:
        """The restricted standard, as of the cluster's version where the blueprint names it."""
        minor = self._args.site.cluster.version
        version = f"v{minor}" if minor else "latest"
        modes = ("enforce", "audit", "warn")
        return {
            **{f"pod-security.kubernetes.io/{mode}": "restricted" for mode in modes},
            **{f"pod-security.kubernetes.io/{mode}-version": version for mode in modes},
        }

    def _pull_secret(self) -> Mapping[str, object]:
        mirror = self._args.site.mirror
        if mirror is None or mirror.secret is None:
            return {}
        return {"imagePullSecrets": [{"name": secret_name(mirror.secret)}]}


def namespace_name(context: Context, purpose: Purpose) -> str:
    """`<platform>-<purpose>`, with the environment between where there is one."""
    return f"{context.scope}-{purpose}"
