"""The registry of another site: where it is, and what this site's clients log in with.

Artifacts go through MLflow's server, so that a site needs no key to the other one's object store.
What it has fetched goes on being served when the way there is cut.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from modelyard.contracts.context import Purpose
from modelyard.contracts.endpoint import Endpoint, Environment
from modelyard.contracts.registry import Login, RemoteRegistryArgs
from modelyard.objects.there import endpoint_there
from modelyard.plan.offered import REGISTRY
from modelyard.workloads.mlflow import NAME
from modelyard.workloads.mlflow_accounts import client, keep_logins


class RemoteRegistry(pulumi.ComponentResource):
    """Looks like a registry to everything on this site, and is the other site's."""

    def __init__(
        self, name: str, args: RemoteRegistryArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:registry:RemoteRegistry", name, None, opts)
        self.endpoint = _way_there(args)
        # Written as it was: a port that everybody knows is left out.
        self._url = self.endpoint.url if args.by_certificate else args.far.outside or ""
        self.outside: str | None = args.far.outside
        self.logins: Mapping[str, Login] = args.far.logins
        namespaces = args.identity.namespaces
        self._clients = keep_logins(NAME, args.secrets, namespaces, self.logins, parent=self)
        self.register_outputs({"registry": args.far.outside})

    def environment(self, purpose: Purpose) -> Environment:
        """Address and credentials for clients in that namespace."""
        return client(self._url, self._clients.by_purpose[purpose])

    @property
    def promoter(self) -> Environment:
        """Address and credentials of what moves aliases; in production's namespace alone."""
        return client(self._url, self._clients.promoter)


def _way_there(args: RemoteRegistryArgs) -> Endpoint:
    """The other site's gateway, where no pod of this cluster is before it."""
    assert args.far.outside is not None  # placed only where the other site has a way in
    if args.by_certificate is None:
        return Endpoint.at(args.far.outside)
    own = args.identity.namespaces[Purpose.PLATFORM].name
    return endpoint_there(own, REGISTRY, args.by_certificate)
