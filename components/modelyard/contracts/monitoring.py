"""Metrics, alerts and dashboards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from modelyard.blueprint.lifecycle import Monitoring as MonitoringSection
    from modelyard.blueprint.model import Model
    from modelyard.blueprint.site import Site
    from modelyard.contracts.cluster import Cluster
    from modelyard.contracts.context import Context
    from modelyard.contracts.east_west import EastWest
    from modelyard.contracts.endpoint import Endpoint, Peer
    from modelyard.contracts.identity import Identity
    from modelyard.contracts.ingress import Ingress
    from modelyard.contracts.metrics import Metrics
    from modelyard.contracts.registry import Login
    from modelyard.contracts.secrets import Secrets
    from modelyard.plan.plan import SitePlan
    from modelyard.plan.serving import ModelPlan
    from modelyard.plan.watch import Watch

CENTRAL, CENTRAL_PORT = "central", 9090
"""The Service of the Prometheus where metrics of several sites come together."""
ROUTE, PATH = "metrics", "/api/v1/write"
"""Where other sites send them to: `https://metrics.<domain>/api/v1/write`."""
SENDER = "remote-write"
"""The Secret, beside a site's own Prometheus, of what that logs in with there."""


@dataclass(frozen=True, kw_only=True)
class MonitoringArgs:
    context: Context
    site: Site
    site_plan: SitePlan
    """Which operators there are to watch."""
    cluster: Cluster
    identity: Identity
    secrets: Secrets
    settings: MonitoringSection
    models: tuple[tuple[Model, ModelPlan], ...]
    """The models that stand on this site, each with its plan: alerts follow from them."""
    watches: tuple[Watch, ...] = ()
    """What models of this site are held to: alerts follow from that, too."""
    metrics: Metrics | None = None
    """Where metrics are kept outside the cluster as well."""
    ingress: Ingress | None = None
    east_west_gateway: EastWest | None = None
    senders: tuple[str, ...] = ()
    """Other sites that send their metrics here."""
    certified: tuple[str, ...] = ()
    """Those among them that show a certificate."""
    far: Monitoring | None = None
    """That of the site to which this one sends its own."""


class Monitoring(Protocol):
    @property
    def prometheus(self) -> Endpoint:
        """Where queries are answered."""
        ...

    @property
    def senders(self) -> Mapping[str, Login]:
        """What other sites log in with to send their metrics, by site."""
        ...

    @property
    def scraper(self) -> Peer:
        """The pods that come for metrics."""
        ...

    @property
    def pushgateway(self) -> Endpoint | None:
        """Where jobs leave what they measured; None where none does."""
        ...

    @property
    def labels(self) -> Mapping[str, str]:
        """By which Prometheus finds ServiceMonitors, PodMonitors and PrometheusRules."""
        ...
