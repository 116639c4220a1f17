"""Secrets Manager: where `secret://…` references of a site on AWS are looked up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from modelyard.blueprint.site import AwsSite
from modelyard.contracts.account import Account
from modelyard.contracts.context import Namespace
from modelyard.contracts.kms import Kms
from modelyard.contracts.secrets import SecretHandle, SecretsArgs
from modelyard.objects.objects import Objects
from modelyard.sites.kubernetes.secrets import Generated, Lookup, Store


@dataclass(frozen=True, kw_only=True)
class AwsSecretsArgs(SecretsArgs):
    site: AwsSite
    account: Account
    kms: Kms


class AwsSecrets(pulumi.ComponentResource):
    """A store of the External Secrets operator over the platform's part of Secrets Manager.

    `secret://NAME/KEY` is the key KEY of the secret `<platform>/NAME`, a JSON object. What the
    platform makes for itself stays in the cluster, whose Secrets are encrypted by a key of KMS.
    """

    def __init__(
        self, name: str, args: AwsSecretsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:secrets:AwsSecrets", name, None, opts)
        own = Generated(name, args, self)
        self._kept = Lookup(own, _store(self, name, args))
        self.password, self.store = own.password, own.store
        self.refer, self.gather = self._kept.refer, self._kept.gather
        self.register_outputs({"engine": "secrets-manager"})

    def bring(
        self, name: str, arn: pulumi.Input[str], keys: Sequence[str], namespace: Namespace
    ) -> SecretHandle:
        """Bring keys of a secret that AWS itself keeps and has named."""
        return self._kept.bring(name, arn, keys, namespace)


class AttachedSecrets(pulumi.ComponentResource):
    """References are looked up in a store that is there already; AWS's own secrets in AWS."""

    def __init__(
        self, name: str, args: AwsSecretsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:secrets:AttachedSecrets", name, None, opts)
        attach = args.site.secrets.attach
        assert attach is not None  # placed only where the blueprint names a store
        own = Generated(name, args, self)
        self._kept = Lookup(own, _store(self, name, args))
        theirs = Lookup(own, Store(attach.store, attach.kind))
        self.password, self.store = own.password, own.store
        self.refer, self.gather = theirs.refer, theirs.gather
        self.register_outputs({"engine": "external-secrets"})

    bring = AwsSecrets.bring


def _store(parent: pulumi.Resource, name: str, args: AwsSecretsArgs) -> Store:
    """The store over the platform's part. No credentials: the operator's pods have a role."""
    aws = {"service": "SecretsManager", "region": args.site.region}
    manifest = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ClusterSecretStore",
        "metadata": {"name": args.context.scope},
        "spec": {
            "provider": {"aws": aws},
            # Nobody outside the platform's namespaces may look things up with the operator's role.
            "conditions": [{"namespaces": [n.name for n in args.identity.namespaces.values()]}],
        },
    }
    objects = Objects(parent, name, args.cluster, None, args.context.labels("secret"))
    scope = args.context.scope
    return Store(scope, prefix=f"{scope}/", after=(objects.add(manifest, "store"),))
