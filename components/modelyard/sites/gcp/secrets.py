"""Secret Manager: where `secret://…` references of a site on Google Cloud are looked up."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from modelyard.blueprint.site import GcpSite
from modelyard.contracts.secrets import SecretsArgs
from modelyard.objects.objects import Objects
from modelyard.sites.gcp.account import GcpProject
from modelyard.sites.gcp.secret_names import prefix
from modelyard.sites.kubernetes.secrets import Generated, Lookup, Store


@dataclass(frozen=True, kw_only=True)
class GcpSecretsArgs(SecretsArgs):
    site: GcpSite
    account: GcpProject


class GcpSecrets(pulumi.ComponentResource):
    """A store of the External Secrets operator over the platform's part of Secret Manager.

    `secret://NAME/KEY` is the key KEY of the secret `<platform>_NAME`, a JSON object. What the
    platform makes for itself stays in the cluster, whose Secrets are encrypted by a key of KMS.
    """

    def __init__(
        self, name: str, args: GcpSecretsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:secrets:GcpSecrets", name, None, opts)
        own = Generated(name, args, self)
        lookup = Lookup(own, _store(self, name, args))
        self.password, self.store = own.password, own.store
        self.refer, self.gather = lookup.refer, lookup.gather
        self.register_outputs({"engine": "secret-manager"})


def _store(parent: pulumi.Resource, name: str, args: GcpSecretsArgs) -> Store:
    """The store over the platform's part. No credentials: the operator's pods are known."""
    manifest = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ClusterSecretStore",
        "metadata": {"name": args.context.scope},
        "spec": {
            "provider": {"gcpsm": {"projectID": args.site.project}},
            # Nobody outside the platform's namespaces may look things up with the operator's right.
            "conditions": [{"namespaces": [n.name for n in args.identity.namespaces.values()]}],
        },
    }
    objects = Objects(parent, name, args.cluster, None, args.context.labels("secret"))
    made = objects.add(manifest, "store")
    return Store(args.context.scope, prefix=prefix(args.context), after=(made,))
