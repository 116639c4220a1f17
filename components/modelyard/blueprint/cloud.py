"""What a cloud site is asked for: its network and its cluster."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from modelyard.blueprint.section import Section, Text


class NetworkAttach(Section):
    """A network that is there already."""

    network: Text
    """VPC id or network name."""
    private_subnets: tuple[Text, ...] = ()
    public_subnets: tuple[Text, ...] = ()


class CloudNetwork(Section):
    """The network a cloud site stands in."""

    cidr: Annotated[str, Field(pattern=r"^([0-9]{1,3}\.){3}[0-9]{1,3}/(1[6-9]|2[0-4])$")] = (
        "10.0.0.0/16"
    )
    zones: Annotated[int, Field(strict=True, ge=2, le=4)] = 3
    nat: Literal["none", "single", "per-zone"] = "per-zone"
    attach: NetworkAttach | None = None

    @model_validator(mode="after")
    def _octets(self) -> CloudNetwork:
        if any(int(octet) > 255 for octet in self.cidr.split("/")[0].split(".")):
            raise PydanticCustomError(
                "cidr",
                "{cidr} is not an address range",
                {"cidr": self.cidr, "next": "write a private range such as 10.20.0.0/16"},
            )
        return self


class CloudClusterAttach(Section):
    """A managed cluster that is there already."""

    name: Text


class CloudCluster(Section):
    """The managed Kubernetes cluster of a cloud site."""

    version: Annotated[str, Field(pattern=r"^1\.[0-9]{2}$")] | None = None
    """Kubernetes minor version, in quotes: `"1.36"`."""
    endpoint: Literal["private", "restricted"] = "private"
    mode: Literal["standard", "auto"] = "standard"
    attach: CloudClusterAttach | None = None
