"""Cloud KMS keys, one for each purpose, and the services that may encrypt with them."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from modelyard.blueprint.site import GcpSite
from modelyard.contracts.kms import Encrypts, KmsArgs
from modelyard.objects.cloud import CloudResource
from modelyard.sites.gcp.account import GcpProject
from modelyard.sites.gcp.names import KEYS, scoped
from modelyard.sites.gcp.uses import Encrypting, Use

ROLE = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
_DAY = 24 * 60 * 60
_WAITING = 30
"""Days between the order to destroy a version of a key and its end."""


@dataclass(frozen=True, kw_only=True)
class GcpKmsArgs(KmsArgs):
    site: GcpSite
    account: GcpProject


class KmsKeys(pulumi.ComponentResource):
    """A key for data, one for secrets, one for logs: each rotates by itself.

    With Autokey, Cloud KMS makes the keys of whatever it knows; the rest stays with these.
    """

    def __init__(
        self, name: str, args: GcpKmsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:kms:KmsKeys", name, None, opts)
        self._name, self._args = name, args
        self._options = pulumi.ResourceOptions(parent=self, depends_on=args.account.services)
        ring = self._ring()
        self._keys = {purpose: self._key(ring, purpose) for purpose in Encrypts}
        self._ready: dict[Use, pulumi.Output[str]] = {}
        self._identities: dict[str, CloudResource] = {}
        self.register_outputs({"keys": {p: key.id for p, key in self._keys.items()}})

    def key(self, purpose: Encrypts) -> pulumi.Input[str]:
        """The key's name, `projects/…/cryptoKeys/…`, whoever may use it."""
        return self._keys[purpose].id

    def key_for(self, use: Use) -> pulumi.Output[str]:
        """The name of the key for a use, once the service that encrypts may use it."""
        if use not in self._ready:
            by_google = self._args.site.encryption.autokey and use.value.type
            self._ready[use] = self._handle(use) if by_google else self._granted(use)
        return self._ready[use]

    def _ring(self) -> CloudResource:
        """Rings cannot be deleted: one that comes after another needs a name of its own."""
        called = scoped(self._args.context, most=KEYS)
        inputs = {
            "name": pulumi.Output.concat(f"{called}-", self._args.account.suffix),
            "location": self._args.site.region,
        }
        token = "gcp:kms/keyRing:KeyRing"
        return CloudResource(token, self._name, inputs, self._options, outputs={})

    def _key(self, ring: CloudResource, purpose: Encrypts) -> CloudResource:
        """In hardware where data are confidential or restricted."""
        context = self._args.context
        inputs = {
            "name": str(purpose),
            "keyRing": ring.id,
            "purpose": "ENCRYPT_DECRYPT",
            "rotationPeriod": f"{self._args.site.encryption.rotate_days * _DAY}s",
            "destroyScheduledDuration": f"{_WAITING * _DAY}s",
            "versionTemplate": {
                "algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION",
                "protectionLevel": "HSM" if context.sensitive else "SOFTWARE",
            },
        }
        options = pulumi.ResourceOptions(parent=self, protect=context.protect or None)
        token = "gcp:kms/cryptoKey:CryptoKey"
        return CloudResource(token, f"{self._name}-{purpose}", inputs, options, outputs={})

    def _granted(self, use: Use) -> pulumi.Output[str]:
        wanted, name = use.value, f"{self._name}-{use.name.lower()}"
        identity = self._identity(wanted)
        inputs = {
            "cryptoKeyId": self._keys[wanted.purpose].id,
            "role": ROLE,
            "member": self._args.account.agent(wanted.agent, wanted.before),
        }
        options = pulumi.ResourceOptions(parent=self, depends_on=identity and [identity])
        token = "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember"
        grant = CloudResource(token, name, inputs, options, outputs={})
        return _after(self._keys[wanted.purpose].id, grant)

    def _identity(self, wanted: Encrypting) -> CloudResource | None:
        """The agents of most services come into being only when somebody asks for them."""
        if wanted.service is None:
            return None
        if wanted.service not in self._identities:
            inputs = {
                "project": self._args.site.project,
                "service": f"{wanted.service}.googleapis.com",
            }
            token, name = "gcp:projects/serviceIdentity:ServiceIdentity", wanted.service
            made = CloudResource(token, f"{self._name}-{name}", inputs, self._options, outputs={})
            self._identities[name] = made
        return self._identities[wanted.service]

    def _handle(self, use: Use) -> pulumi.Output[str]:
        """Handles cannot be deleted either."""
        called = scoped(self._args.context, use.name.lower(), most=KEYS)
        inputs = {
            "location": self._args.site.region,
            "resourceTypeSelector": use.value.type,
            "name": pulumi.Output.concat(f"{called}-", self._args.account.suffix),
        }
        made = CloudResource(
            "gcp:kms/keyHandle:KeyHandle",
            f"{self._name}-{use.name.lower()}",
            inputs,
            self._options,
            outputs={"kmsKey": str},
        )
        return made["kmsKey"]


class AttachedKey(pulumi.ComponentResource):
    """One key that is there already; who may use it is its owner's to say."""

    def __init__(
        self, name: str, args: GcpKmsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:kms:AttachedKey", name, None, opts)
        attach = args.site.encryption.attach
        assert attach is not None  # placed only where the blueprint names a key
        self._key = attach
        self.register_outputs({"key": attach})

    def key(self, purpose: Encrypts) -> pulumi.Input[str]:
        """The key's name, whatever the purpose."""
        return self._key

    def key_for(self, use: Use) -> pulumi.Output[str]:
        """The key's name, whatever the use."""
        return pulumi.Output.from_input(self._key)


def _after(value: pulumi.Output[str], first: CloudResource) -> pulumi.Output[str]:
    """The value, known to depend on something more."""
    return pulumi.Output.all(value, first.id).apply(lambda known: known[0])
