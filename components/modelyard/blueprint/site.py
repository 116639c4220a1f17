"""A site: a place where parts of the platform stand."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, SerializeAsAny, WrapValidator

from modelyard.blueprint import cloud as c
from modelyard.blueprint import facility as f
from modelyard.blueprint import google as g
from modelyard.blueprint.bare import Distribution, LoadBalancer, Part, Storage
from modelyard.blueprint.fleet import Fleet
from modelyard.blueprint.gpus import CloudGpus, ClusterGpus
from modelyard.blueprint.kinds import AddedKinds
from modelyard.blueprint.section import Flag, Name, Section, Text

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint


class SiteKind(StrEnum):
    AWS = "aws"
    GCP = "gcp"
    KUBERNETES = "kubernetes"
    ONPREM = "onprem"


class ClusterAttach(Section):
    """How a cluster that is there already is reached."""

    context: Text | None = None
    """Context of the kubeconfig; the current one when left out."""
    kubeconfig: Text | None = None
    """Path of the kubeconfig; `$KUBECONFIG` or `~/.kube/config` when left out."""


class Cluster(Section):
    """A Kubernetes cluster that is there already."""

    attach: ClusterAttach = ClusterAttach()
    version: Annotated[str, Field(pattern=r"^1\.[0-9]{2}$")] | None = None
    """Kubernetes minor version, in quotes: `"1.36"`."""


class Operator(StrEnum):
    """What a cluster may have installed already. The ids are those of the chart catalog."""

    CERT_MANAGER = "cert-manager"
    EXTERNAL_SECRETS = "external-secrets"
    CLOUDNATIVE_PG = "cloudnative-pg"
    KEDA = "keda"
    KUEUE = "kueue"
    PROMETHEUS = "kube-prometheus-stack"
    ARGO_WORKFLOWS = "argo-workflows"
    KSERVE = "kserve"
    KSERVE_LLM = "kserve-llmisvc"
    ENVOY_GATEWAY = "envoy-gateway"
    METALLB = "metallb"
    LOCAL_PATH = "local-path-provisioner"
    ROOK = "rook-ceph"
    METRICS_SERVER = "metrics-server"
    OPENCOST = "opencost"
    DCGM = "dcgm-exporter"
    KARPENTER = "karpenter"
    LOAD_BALANCER = "aws-load-balancer-controller"


class AnySite(Section):
    """What every site has, since every site has a cluster."""

    storage_class: Name | None = None
    """Class of every volume; the cluster's default when left out."""
    operators: dict[Operator, Literal["create", "attach"]] = {}
    """Which operators are there already (`attach`); the rest are installed when needed."""
    secrets: f.Secrets = f.Secrets()
    keys: f.Keys = f.Keys()
    costs: f.Costs = f.Costs()
    named: Flag | None = None
    """Whether the names of its parts have the site's own in them: those of all sites but the first
    do by default."""

    @property
    def volume_class(self) -> str | None:
        """Class of every volume; None for the cluster's default one."""
        return self.storage_class

    def engines(self, blueprint: Blueprint) -> Mapping[str, str | None]:
        """By capability, the engines of facilities that differ from those of other such sites.

        A kind that another package adds names its own here; None goes without the facility.
        """
        return {}


class Airgap(Section):
    """Where things come from on a site that reaches nothing outside: copies, made beforehand.

    `modelyard airgap bundle` writes what has to be copied, and the script that does it.
    """

    registry: f.Mirror
    """Host and path that take the place of every public registry's host: `registry.dc/mirror`."""
    charts: Annotated[str, Field(pattern=r"^(oci|https)://[a-z0-9][A-Za-z0-9.:_/-]*[A-Za-z0-9]$")]
    """A folder of an OCI registry, or a chart repository: `oci://registry.dc/charts`."""
    models: Annotated[
        str, Field(pattern=r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9._-]+)*$")
    ]
    """Where the object store of the site keeps models of the hub: `s3://models/hub`."""


class ClusterSite(AnySite):
    """What Kubernetes and on-prem sites have in common."""

    cluster: Cluster = Cluster()
    edge: Flag = False
    """Whether models in edge mode may stand here."""
    fleet: Fleet | None = None
    """There are several like it; one when left out."""
    gpus: ClusterGpus = ClusterGpus()
    object_store: f.ObjectStore = f.ObjectStore()
    database: f.Database = f.Database()
    cache: f.Cache = f.Cache()
    ingress: f.Ingress | None = None
    """The way in from outside; there is none when left out and no model asks for it."""
    image_registry: f.ImageRegistry | None = None
    audit: f.AuditLog = f.AuditLog()
    identity: f.Identity = f.Identity()
    airgap: Airgap | None = None
    """Has every image, chart and model come from inside; from the public ones when left out."""

    @property
    def mirror(self) -> f.ImageRegistryAttach | None:
        """Where images come from; without a way out, that is where the copies are."""
        attach = self.image_registry.attach if self.image_registry else None
        if self.airgap is None or attach is not None:
            return attach
        return f.ImageRegistryAttach(url=self.airgap.registry)


class CloudSite(AnySite):
    """What the sites of the clouds have in common."""

    network: c.CloudNetwork = c.CloudNetwork()
    cluster: c.CloudCluster = c.CloudCluster()
    gpus: CloudGpus = CloudGpus()
    object_store: c.CloudObjectStore = c.CloudObjectStore()
    database: c.CloudDatabase = c.CloudDatabase()
    cache: c.CloudCache = c.CloudCache()
    encryption: c.Encryption = c.Encryption()
    ingress: c.CloudIngress | None = None
    """The way in from outside; there is none when left out and no model asks for it."""
    image_registry: c.CloudImages = c.CloudImages()
    audit: c.CloudAudit = c.CloudAudit()
    identity: c.CloudIdentity = c.CloudIdentity()
    detection: Flag | None = None
    """Whether the account is watched for intruders and leaks; where compliance asks by default."""

    @property
    def mirror(self) -> f.ImageRegistryAttach | None:
        return self.image_registry.attach


class AwsSite(CloudSite):
    """An account and region of AWS."""

    kind: Literal[SiteKind.AWS]
    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$")]
    account: Annotated[str, Field(pattern=r"^[0-9]{12}$")]


class GcpSite(CloudSite):
    """A project and region of Google Cloud."""

    kind: Literal[SiteKind.GCP]
    region: Annotated[str, Field(pattern=r"^[a-z]+-[a-z]+[0-9]+$")]
    project: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$")]
    organization: Annotated[str, Field(pattern=r"^[0-9]{6,20}$")] | None = None
    """Number of the organisation, in quotes: whoever deploys may then set constraints in it."""
    perimeter: g.Perimeter | None = None
    """The service perimeter (VPC Service Controls) around the project."""
    # Narrower than what every cloud site has; nobody writes to a section, so that is safe.
    database: g.GcpDatabase = g.GcpDatabase()  # pyright: ignore[reportIncompatibleVariableOverride]
    cache: g.GcpCache = g.GcpCache()  # pyright: ignore[reportIncompatibleVariableOverride]
    encryption: g.GcpEncryption = g.GcpEncryption()  # pyright: ignore[reportIncompatibleVariableOverride]
    gpus: g.GcpGpus = g.GcpGpus()  # pyright: ignore[reportIncompatibleVariableOverride]


class KubernetesSite(ClusterSite):
    """Any Kubernetes cluster with a load balancer and a default storage class."""

    kind: Literal[SiteKind.KUBERNETES]


class OnPremSite(ClusterSite):
    """A cluster on machines of one's own, which may lack what a cloud brings."""

    kind: Literal[SiteKind.ONPREM]
    distribution: Distribution | None = None
    """What the cluster was installed by, where that brings load balancers, storage or a way in."""
    load_balancer: LoadBalancer = LoadBalancer()
    storage: Storage = Storage()

    def brings(self, part: Part) -> bool:
        """Whether the distribution brings that part."""
        return self.distribution is not None and self.distribution.brings(part)

    @property
    def balancing(self) -> str:
        """What answers for Services of type LoadBalancer."""
        brought = "attach" if self.brings(Part.SERVICELB) else "node-port"
        return self.load_balancer.engine or brought

    @property
    def volume_class(self) -> str | None:
        return self.storage_class or self.storage.engine.storage_class


Site = SerializeAsAny[  # one that a package adds is none of the union's own
    Annotated[
        AwsSite | GcpSite | KubernetesSite | OnPremSite,
        Field(discriminator="kind"),
        WrapValidator(AddedKinds(*SiteKind)),
    ]
]


Address = Annotated[str, Field(pattern=r"^([0-9]{1,3}\.){3}[0-9]{1,3}$")]


_PROJECT = r"[a-z][a-z0-9-]{4,28}[a-z0-9]"
AWS_SERVICE = r"com\.amazonaws\.vpce\.[a-z0-9-]+\.vpce-svc-[0-9a-f]{8,17}"
GCP_SERVICE = rf"projects/{_PROJECT}/regions/[a-z0-9-]+/serviceAttachments/[a-z][a-z0-9-]{{0,62}}"
"""What clouds call a service that somebody publishes; source: EC2 API reference, ServiceDetail, and
Compute Engine's, serviceAttachments."""


class LinkVia(StrEnum):
    VPN = "vpn"
    DIRECT_CONNECT = "direct-connect"
    INTERCONNECT = "interconnect"
    PRIVATE_SERVICE = "private-service"
    PUBLIC_MTLS = "public-mtls"


class Carries(StrEnum):
    ARTIFACTS = "artifacts"
    METRICS = "metrics"
    FEATURES = "features"
    REQUESTS = "requests"


class Link(Section):
    """A way between two sites, and what goes over it.

    What is said of an end (`gateway`, `networks`, `asn`) is said of the one that is no cloud: a
    cloud's end is made, and known.
    """

    from_: Name = Field(alias="from")
    to: Name
    via: LinkVia
    carries: tuple[Carries, ...] = ()
    gateway: Address | None = None
    """Public address of the device at the end that is no cloud: `203.0.113.7`."""
    networks: c.Cidrs = ()
    """Address ranges behind that device: `[10.40.0.0/16]`."""
    asn: c.Asn | None = None
    """Number of that device's network in BGP: `65010`."""
    inside: Annotated[str, Field(pattern=r"^169\.254\.[0-9]{1,3}\.[0-9]{1,3}/28$")] | None = None
    """Addresses inside the tunnels, four pairs of them; chosen by the names of the sites when left
    out."""
    connection: Text | None = None
    """The dedicated line that is there already: on AWS its id (`dxcon-fg1a2b3c`), on Google Cloud
    the interconnect's full name."""
    vlan: Annotated[int, Field(strict=True, ge=1, le=4094)] | None = None
    """The VLAN of this link on that line."""
    account: Annotated[str, Field(pattern=r"^[0-9]{12}$")] | None = None
    """The account of AWS in which the network of the end that is no cloud is, in quotes."""
    project: Annotated[str, Field(pattern=rf"^{_PROJECT}$")] | None = None
    """The project of Google Cloud in which the network of the end that is no cloud is."""
    service: Annotated[str, Field(pattern=rf"^({AWS_SERVICE}|{GCP_SERVICE})$")] | None = None
    """The endpoint service (AWS) or the service attachment (Google Cloud: its full name) by which
    that end publishes its way in."""
