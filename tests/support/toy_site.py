"""A kind of site as a package adds it: what a team may write (`SITE`), and what it offers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pulumi

from modelyard.blueprint.blueprint import Blueprint
from modelyard.blueprint.section import Text
from modelyard.blueprint.site import ClusterSite
from modelyard.contracts.audit_log import AuditLogArgs
from modelyard.contracts.cluster import Cluster
from modelyard.contracts.context import Purpose
from modelyard.contracts.identity import Identity
from modelyard.objects.manifests import config_map
from modelyard.objects.objects import Objects
from modelyard.plan.capability import Capability as C
from modelyard.plan.offers import Offer, SiteOffers
from modelyard.sites.kubernetes.offers import OFFERS as KUBERNETES


class ToySite(ClusterSite):
    """A cluster on somebody's desk."""

    kind: Literal["toy"]
    desk: Text
    """Whose desk it is."""

    def engines(self, blueprint: Blueprint) -> Mapping[str, str | None]:
        return {C.AUDIT_LOG: "notebook"}


@dataclass(frozen=True, kw_only=True)
class NotebookArgs(AuditLogArgs):
    cluster: Cluster
    identity: Identity


class Notebook(pulumi.ComponentResource):
    """Says in the cluster on whose desk the notebook lies."""

    def __init__(
        self, name: str, args: NotebookArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:audit-log:Notebook", name, None, opts)
        assert isinstance(args.site, ToySite)  # offered on such sites alone
        namespace = args.identity.namespaces[Purpose.PLATFORM]
        objects = Objects(self, name, args.cluster, namespace, args.context.labels("audit"))
        objects.add(config_map("notebook", {"desk": args.site.desk}))
        self.register_outputs({})


SITE = ToySite
_NOTEBOOK = Offer(f"{__name__}:Notebook", (C.CLUSTER, C.IDENTITY))
OFFERS: SiteOffers = {**KUBERNETES, C.AUDIT_LOG: {"notebook": _NOTEBOOK}}
