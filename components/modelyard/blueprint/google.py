"""What a site on Google Cloud is asked for beyond what every cloud site is."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from modelyard.blueprint import cloud as c
from modelyard.blueprint.gpus import CloudGpus, Sharing
from modelyard.blueprint.section import Flag, Section, Text


class Perimeter(Section):
    """A service perimeter around the project: its data leave by no way that is not said here."""

    policy: Annotated[str, Field(pattern=r"^[0-9]{6,20}$")]
    """Number of the organisation's access policy, in quotes."""
    access_levels: tuple[Text, ...] = ()
    """Access levels of that policy that are let in from outside."""
    dry_run: Flag = False
    """Only record what would be refused."""


class GcpDatabase(c.CloudDatabase):
    """PostgreSQL of Cloud SQL, or AlloyDB."""

    engine: Literal["cloud-sql", "alloydb"] = "cloud-sql"

    @property
    def offer(self) -> str:
        return "alloydb" if self.engine == "alloydb" else super().offer


class GcpCache(c.CloudCache):
    """Memorystore."""

    engine: Literal["valkey", "redis"] | None = "redis"
    """Memorystore for Redis unless said otherwise: for Valkey it knows no password."""


class GcpEncryption(c.Encryption):
    """The keys under which everything rests."""

    autokey: Flag = False
    """Keys are made by Cloud KMS Autokey, which the project's folder has to have."""


class GcpGpus(CloudGpus):
    """How GPUs are asked for, and how one serves several."""

    sharing: Sharing | None = None
    queued: Flag = False
    """Training runs wait for machines that Google has to spare (flex-start): for less, and for a
    week at most."""

    @property
    def shared(self) -> Sharing | None:
        return self.sharing
