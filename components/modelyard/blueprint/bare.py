"""What a cluster on machines of one's own has of itself, and what it is given."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from modelyard.blueprint.cidr import Pool
from modelyard.blueprint.section import Flag, Section, Text


class Part(StrEnum):
    """What k3s brings, in the words of its own `--disable`."""

    SERVICELB = "servicelb"
    """Answers for Services of type LoadBalancer on the nodes' own addresses."""
    TRAEFIK = "traefik"
    """Holds the ports 80 and 443 for Ingresses."""
    LOCAL_STORAGE = "local-storage"
    """The class `local-path`, which is the default one."""
    METRICS_SERVER = "metrics-server"


class Distribution(Section):
    """What a cluster was installed by, where that brings parts of its own."""

    engine: Literal["k3s"]
    disabled: tuple[Part, ...] = ()
    """What it was told not to bring: `--disable=traefik`."""

    def brings(self, part: Part) -> bool:
        return part not in self.disabled


class LoadBalancer(Section):
    """What a bare cluster does for Services of type LoadBalancer."""

    engine: Literal["metallb", "node-port", "attach"] | None = None
    """What the distribution brings (`attach`) by default, and ports of the nodes where it brings
    nothing."""
    addresses: tuple[Pool, ...] = ()
    """Ranges that MetalLB may hand out: `10.0.0.240-10.0.0.250` or `10.0.0.240/28`."""
    node_port: Annotated[int, Field(strict=True, ge=1, le=65535)] | None = None
    """The port of every node at which other sites come in by certificate, where there are no load
    balancers; one of 30000 to 30085, chosen by name, when left out."""


class StorageEngine(StrEnum):
    ATTACH = "attach"
    """A class that is there already."""
    LOCAL_PATH = "local-path"
    """Folders of the node that a pod first runs on; the pod stays there."""
    ROOK = "rook"
    """Ceph on the disks of at least three nodes, run by Rook."""

    @property
    def storage_class(self) -> str | None:
        """What its class is called where the blueprint does not say."""
        return {self.LOCAL_PATH: "local-path", self.ROOK: "ceph-block"}.get(self)

    @property
    def operator(self) -> str | None:
        """What brings it."""
        return {self.LOCAL_PATH: "local-path-provisioner", self.ROOK: "rook-ceph"}.get(self)


class Storage(Section):
    """Where the volumes of a bare cluster come from."""

    engine: StorageEngine = StorageEngine.ATTACH
    default: Flag = True
    """Whether the class that is made is the cluster's default one."""
    path: Annotated[str, Field(pattern=r"^(/[A-Za-z0-9._-]+)+$")] = "/opt/local-path-provisioner"
    """Folder of the nodes that local-path puts volumes in."""
    devices: Text | None = None
    """Names of the disks that Ceph takes, as a pattern: `^nvme[1-9]n1$`. Those with anything on
    them are left alone."""
    nodes: tuple[Text, ...] = ()
    """Nodes whose disks Ceph takes; all of them when left out."""
    replicas: Annotated[int, Field(strict=True, ge=2, le=7)] = 3
    """Nodes that Ceph keeps each piece of data on."""
