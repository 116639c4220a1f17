"""The registry of another site: where it is, and what this site's clients log in with.

Artifacts go through MLflow's server, so that a site needs no key to the other one's object store.
What it has fetched goes on being served when the way there is cut.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from modelyard.contracts.context import Purpose
from modelyard.contracts.endpoint import Endpoint, Environment
from modelyard.contracts.registry import Login, RemoteRegistryArgs, ReplicationArgs
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
        way = way_there(args)
        self.endpoint, self._url = way.endpoint, way.url
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


@dataclass(frozen=True)
class WayThere:
    """How clients of one site reach the registry of another."""

    url: str
    endpoint: Endpoint


def way_there(args: RemoteRegistryArgs | ReplicationArgs) -> WayThere:
    """The other site's gateway, or what of this one goes there with a certificate."""
    assert args.far.outside is not None  # placed only where the other site has a way in
    if args.by_certificate is None:
        there = Endpoint.at(args.far.outside, networks=args.networks_there)
        return WayThere(args.far.outside, there)
    own = args.identity.namespaces[Purpose.PLATFORM].name
    there = endpoint_there(own, REGISTRY, args.by_certificate)
    return WayThere(there.url, there)
