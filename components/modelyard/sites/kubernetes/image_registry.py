"""Access to the registry that mirrors the images."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from modelyard.contracts.identity import Identity
from modelyard.contracts.image_registry import ImageRegistryArgs
from modelyard.contracts.secrets import Gathered, Secrets
from modelyard.sites.kubernetes.references import secret_key, secret_name

_CONFIG = ".dockerconfigjson"


@dataclass(frozen=True, kw_only=True)
class MirrorArgs(ImageRegistryArgs):
    identity: Identity
    secrets: Secrets


class Mirror(pulumi.ComponentResource):
    """The pull secret of the mirror, in every namespace; service accounts refer to it by name."""

    def __init__(
        self, name: str, args: MirrorArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:image-registry:Mirror", name, None, opts)
        mirror = args.site.mirror
        assert mirror is not None  # placed only where the blueprint names a mirror
        if mirror.secret:
            self._bring(args, mirror.secret)
        self.register_outputs({"url": mirror.url})

    def _bring(self, args: MirrorArgs, reference: str) -> None:
        """Under the key that the kubelet wants, whatever the team's own store calls it."""
        key = secret_key(reference)
        wanted = Gathered(
            name=secret_name(reference),
            keys=(key or _CONFIG,),
            whole=key is None,
            type="kubernetes.io/dockerconfigjson",
            renamed=_CONFIG,
        )
        for namespace in args.identity.namespaces.values():
            args.secrets.gather(wanted, namespace)
