"""What a cloud site is asked for: its network, its cluster, and its managed services."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from modelyard.blueprint import facility as f
from modelyard.blueprint.cidr import Cidrs, OwnCidr
from modelyard.blueprint.section import Flag, Positive, Section, Text
from modelyard.blueprint.units import Cpu, Memory

Asn = Annotated[int, Field(strict=True, ge=1, le=4_294_967_294)]
"""Number of an autonomous system: what routers call a network."""


class NetworkAttach(Section):
    """A network that is there already."""

    network: Text
    """VPC id or network name."""
    private_subnets: tuple[Text, ...] = ()
    """On AWS one in each zone; on Google Cloud one, by its name, or in full for a shared VPC."""
    public_subnets: tuple[Text, ...] = ()


class CloudNetwork(Section):
    """The network a cloud site stands in."""

    cidr: OwnCidr = "10.0.0.0/16"
    """All of its addresses, from a /16 to a /24; they are divided among zones and purposes."""
    zones: Annotated[int, Field(strict=True, ge=2, le=4)] = 3
    zone_ids: tuple[Text, ...] = ()
    """Which zones, by the ids that mean the same place in every account (on AWS: `euw1-az1`; on
    Google Cloud their names: `europe-west1-b`); the region's first ones when left out."""
    nat: Literal["none", "single", "per-zone"] = "per-zone"
    """The way out. On Google Cloud one gateway spans all zones: `single` is the same there."""
    asn: Asn | None = None
    """What the routers at the ends of links are called in BGP; chosen by the site's name when left
    out."""
    attach: NetworkAttach | None = None


class CloudClusterAttach(Section):
    """A managed cluster that is there already."""

    name: Text


class BucketAttach(Section):
    """A bucket that is there already."""

    bucket: Text
    key: Text | None = None
    """The key that encrypts it, where that is not AWS's own; Google Cloud needs no right to it."""


class CloudNodes(Section):
    """Nodes for all that needs no accelerator."""

    architecture: Literal["amd64", "arm64"] = "amd64"
    capacity: Literal["on-demand", "spot"] = "on-demand"
    """Spot for training and batch runs as well as servers: only for what may be interrupted."""
    max_cpu: Cpu = 256_000
    """Where scaling stops, over all of these nodes."""


class Login(Section):
    """The identity provider whose users and groups the cluster knows (OpenID Connect), on AWS: on
    Google Cloud people are Google accounts.
    """

    issuer: Annotated[str, Field(pattern=r"^https://[^\s]+$")]
    client: Text
    """Client id that tokens are issued for."""
    users: Text = "email"
    """Claim with a user's name."""
    groups: Text = "groups"
    """Claim with the names of a user's groups."""


class RemoteNetworks(Section):
    """Networks outside the cloud whose machines are nodes of the cluster, on AWS."""

    nodes: Annotated[Cidrs, Field(min_length=1)]
    pods: Cidrs = ()


class CloudCluster(Section):
    """The managed Kubernetes cluster of a cloud site."""

    version: Annotated[str, Field(pattern=r"^1\.[0-9]{2}$")] | None = None
    """Kubernetes minor version, in quotes: `"1.36"`."""
    endpoint: Literal["private", "restricted"] = "private"
    """`restricted` is reached from `allow` as well, by public addresses."""
    allow: Cidrs = ()
    """Networks that it is reached from; one address is `203.0.113.7/32`."""
    mode: Literal["standard", "auto"] = "standard"
    """`auto`: nodes and their add-ons are the cloud's to look after."""
    nodes: CloudNodes = CloudNodes.left_out()
    login: Login | None = None
    remote_networks: RemoteNetworks | None = None
    attach: CloudClusterAttach | None = None


class CloudObjectStore(f.Facility):
    """Where artifacts rest: the cloud's own object store."""

    lock_days: Positive | None = None
    """Days that no version can be deleted in; evidence follows the compliance profiles."""
    existing: tuple[Text, ...] = ()
    """Buckets that models name and that are there already: access is granted, nothing is made."""
    attach: BucketAttach | None = None


class CloudDatabase(f.Facility):
    """Managed PostgreSQL."""

    machine: Text | None = None
    """The cloud's name of the machine; the smallest that serves the purpose when left out."""
    size: Memory = 20 * 2**30
    standby: Flag | None = None
    """A second instance in another zone; where data are confidential or restricted by default."""
    attach: f.DatabaseAttach | None = None

    @property
    def instances(self) -> int | None:
        return 2 if self.standby else None

    @property
    def offer(self) -> str:
        """Which of the cloud's own services it is; most have one."""
        return "native"


class CloudCache(f.Facility):
    """Managed Valkey or Redis."""

    engine: Literal["valkey", "redis"] | None = None
    """What the online features ask for, and Valkey where they ask for neither."""
    machine: Text | None = None
    """The cloud's name of the machine; the smallest that serves the purpose when left out."""
    replicas: Annotated[int, Field(strict=True, ge=0, le=5)] | None = None
    """Copies besides the first; one where data are confidential or restricted by default."""
    attach: f.CacheAttach | None = None


class Encryption(Section):
    """The keys under which everything rests."""

    attach: Text | None = None
    """One key that is there already, for every purpose, instead of one made for each (on AWS: an
    ARN; on Google Cloud: `projects/.../cryptoKeys/...`)."""
    rotate_days: Annotated[int, Field(strict=True, ge=90, le=2560)] = 365


class CloudAudit(f.Facility):
    """The record of who did what, in a bucket where nothing can be changed."""

    retention_days: Positive = 365
    attach: f.AuditAttach | None = None


class CloudIdentity(f.Identity):
    """How workloads and people prove who they are."""

    boundary: Text | None = None
    """Policy that limits every role which the platform makes: a permissions boundary of AWS. On
    Google Cloud policies of the `organization` limit the project."""


class CloudIngress(f.Ingress):
    """The way in: private unless said otherwise, and never public without a firewall before it."""

    public: Flag = False
    allow: Cidrs = ()
    """Addresses that are let in; everybody on that network when left out."""
    certificate: Text | None = None
    """Certificate of the domain in the cloud's own keeping (on AWS: an ACM ARN; on Google Cloud:
    the name of a regional SSL certificate). A public way in needs one."""
    rate_limit: Annotated[int, Field(strict=True, ge=10, le=2_000_000_000)] = 2000
    """Requests that one address may send within five minutes."""


class CloudImages(Section):
    """Where images come from."""

    credentials: dict[Literal["docker.io", "ghcr.io"], Text] = {}
    """Logins for registries that the cloud's cache may not read without. On AWS: the ARN of a
    secret `ecr-pullthroughcache/...` with `username` and `accessToken`; on Google Cloud:
    `USER=projects/.../secrets/.../versions/1`, a secret with the token alone."""
    attach: f.ImageRegistryAttach | None = None
