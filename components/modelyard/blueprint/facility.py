"""What a site gives to what stands on it, each made (`create`) or already there (`attach`)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from modelyard.blueprint.section import Flag, Name, Positive, Section, Text
from modelyard.blueprint.units import Cpu, Memory

SecretReference = Annotated[
    str, Field(pattern=r"^secret://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(/[A-Za-z0-9._-]+)?$")
]
"""`secret://NAME` or `secret://NAME/KEY`: never the secret itself."""


class Facility(Section):
    """A facility is created with its settings, or attached; not both."""

    @model_validator(mode="after")
    def _create_or_attach(self) -> Self:
        fields = self.model_fields_set - {"attach"}
        if getattr(self, "attach", None) is not None and fields:
            raise PydanticCustomError(
                "create_or_attach",
                "{fields} cannot be set on something attached",
                {"fields": ", ".join(sorted(fields)), "next": "keep either attach or the settings"},
            )
        return self


class ObjectStoreAttach(Section):
    """A bucket behind an S3-compatible endpoint."""

    endpoint: Annotated[str, Field(pattern=r"^https?://[^\s/]+$")]
    bucket: Text
    secret: SecretReference
    """Secret with the keys `access_key` and `secret_key`."""
    region: Name = "us-east-1"


class ObjectStore(Facility):
    """Where artifacts rest."""

    engine: Literal["seaweedfs"] = "seaweedfs"
    size: Memory = 50 * 2**30
    attach: ObjectStoreAttach | None = None


class DatabaseAttach(Section):
    """A PostgreSQL server that is there already."""

    host: Text
    port: Annotated[int, Field(strict=True, ge=1, le=65535)] = 5432
    secret: SecretReference
    """Of each database's owner, `username` and `password` are kept in `NAME-<capability>`, such as
    `NAME-registry`; with Secrets that somebody puts there by hand, `uri` too."""
    tls: Flag = True


class DatabaseEngine(StrEnum):
    POSTGRES = "postgres"
    """One server, no operator."""
    CLOUDNATIVE_PG = "cloudnative-pg"
    """A primary with standbys, backups and failover."""


class Database(Facility):
    """PostgreSQL for the registry, the feature store and the rest."""

    engine: DatabaseEngine | None = None
    """CloudNativePG for confidential or restricted data or several instances, else one server."""
    instances: Annotated[int, Field(strict=True, ge=1, le=9)] | None = None
    size: Memory = 20 * 2**30
    attach: DatabaseAttach | None = None


class CacheAttach(Section):
    """A Valkey or Redis server that is there already."""

    host: Text
    port: Annotated[int, Field(strict=True, ge=1, le=65535)] = 6379
    secret: SecretReference
    """Secret with the key `password`."""
    tls: Flag = True


class Cache(Facility):
    """Valkey or Redis for online features and caching."""

    engine: Literal["valkey", "redis"] | None = None
    """What the online features ask for, and Valkey where they ask for neither."""
    memory: Memory = 2**30
    attach: CacheAttach | None = None


class StoreAttach(Section):
    """A store of the External Secrets operator."""

    store: Name
    kind: Literal["SecretStore", "ClusterSecretStore"] = "ClusterSecretStore"


class Secrets(Section):
    """Where `secret://…` references are looked up."""

    engine: Literal["native", "external-secrets"] | None = None
    """External Secrets where a store is attached, Kubernetes Secrets elsewhere."""
    attach: StoreAttach | None = None


class KeysAttach(Section):
    """An issuer of cert-manager that is there already."""

    issuer: Name
    kind: Literal["Issuer", "ClusterIssuer"] = "ClusterIssuer"


class Keys(Section):
    """Encryption: certificates inside the cluster, and what is known of it at rest."""

    engine: Literal["cert-manager", "none"] | None = None
    """cert-manager with a CA of the platform where data are confidential or restricted."""
    attach: KeysAttach | None = None
    at_rest: Text | None = None
    """Who encrypts volumes and etcd, and how: a cluster does not tell. Kept as evidence."""


Domain = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", max_length=253)]
"""Parent of the host names under which things answer."""


class GatewayAttach(Section):
    """A Gateway that is there already."""

    name: Name
    namespace: Name
    domain: Domain = "modelyard.internal"
    """Parent of the host names under which things answer; the Gateway has to listen for them."""


class Ingress(Facility):
    """The way in, by the Gateway API."""

    engine: Literal["envoy-gateway"] = "envoy-gateway"
    domain: Domain = "modelyard.internal"
    """Parent of the host names under which things answer."""
    attach: GatewayAttach | None = None

    def under(self, member: str) -> Self:
        """The way into one of several sites that are alike: with its name before the domain."""
        if self.attach is None:
            return self.model_copy(update={"domain": f"{member}.{self.domain}"})
        own = self.attach.model_copy(update={"domain": f"{member}.{self.attach.domain}"})
        return self.model_copy(update={"attach": own})


Mirror = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.:/-]*[a-z0-9])?$")]
"""Host and path of a registry."""


class ImageRegistryAttach(Section):
    """A registry that mirrors the images of the platform."""

    url: Mirror
    """Host and path that take the place of the public registries."""
    secret: SecretReference | None = None


class ImageRegistry(Section):
    """Where images come from; the public registries when left out."""

    attach: ImageRegistryAttach


class AuditAttach(Section):
    """Where the cluster's own audit log is kept."""

    location: Text
    retention_days: Positive = 365


class AuditLog(Section):
    """The record of who did what. The API server's own log is the cluster owner's to switch on."""

    attach: AuditAttach | None = None


class Identity(Section):
    """How workloads prove who they are."""

    audience: Text = "modelyard"
    """Audience that service account tokens are bound to."""


class Quota(Section):
    """The most that one namespace may ask for."""

    cpu: Cpu | None = None
    memory: Memory | None = None
    gpus: Positive | None = None
    storage: Memory | None = None


class Costs(Section):
    """What in the cluster watches the budget."""

    engine: Literal["opencost", "quota"] | None = None
    """OpenCost where the blueprint has a budget and monitoring; quotas alone elsewhere."""
    quota: Quota | None = None
