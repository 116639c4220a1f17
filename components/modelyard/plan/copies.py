"""Where copies of what is outside lie, for a site that reaches nothing there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelyard.blueprint.site import ClusterSite
from modelyard.catalog.mirrors import mirrored_chart

if TYPE_CHECKING:
    from modelyard.blueprint.site import Site
    from modelyard.catalog.charts import Chart

HUB, OCI = "hf://", "oci://"
HOME = "docker.io"
"""The registry of an image that names none."""
NEWEST = "main"
"""The revision of a model that names none."""


def mirrored(reference: str, mirror: str) -> str:
    """A reference, or the beginning of one, with the mirror in place of its registry.

    The path stays: images of two registries that have path and tag in common cannot both be there.
    """
    _, _, path = reference.partition("/")
    return f"{mirror}/{path}" if path else mirror


def full(image: str) -> str:
    """An image's reference with the registry that it leaves out: `python:3.13` is Docker Hub's."""
    first, slash, _ = image.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return image
    return f"{HOME}/{image}" if slash else f"{HOME}/library/{image}"


@dataclass(frozen=True)
class Copies:
    """Addresses in the site of what others take from the public registries and the hub."""

    registry: str
    """Host and path that take the place of a registry's host."""
    charts: str
    """An OCI registry's folder (`oci://…`), or a repository with an index (`https://…`)."""
    models: str
    """A folder of the object store, `s3://bucket/prefix`, laid out `ORG/NAME/REVISION/`."""

    @property
    def host(self) -> str:
        """Of the registry: whatever else it holds is inside as well."""
        return self.registry.partition("/")[0]

    def image(self, named: str) -> str:
        """An image that somebody names; one that is inside stays as it is."""
        inside = named.startswith(f"{self.host}/")
        return named if inside else mirrored(full(named), self.registry)

    def chart(self, chart: Chart) -> Mapping[str, Any]:
        """A chart as a Release names it: by its address, or by name in a repository."""
        if self.charts.startswith(OCI):
            return {"chart": f"{self.charts}/{chart.chart}"}
        return {"chart": chart.chart, "repositoryOpts": {"repo": self.charts}}

    def chart_values(self, id: str) -> Mapping[str, Any]:
        """The values that have a chart's images come from here, and nothing else from outside."""
        known = mirrored_chart(id)
        values = dict(known.values)
        for key, there in known.keys.items():
            values = _set(values, key.split("."), mirrored(there, self.registry))
        return values

    def source(self, address: str, revision: str | None = None) -> str:
        """Where a model lies here: one of the hub at its revision, an OCI artifact in the registry;
        anything else is where it says.
        """
        scheme, separator, path = address.partition("://")
        if scheme + separator == HUB:
            return f"{self.models}/{path.strip('/')}/{(revision or NEWEST).replace('/', '--')}"
        return OCI + self.image(path) if scheme + separator == OCI else address


def copies_of(site: Site) -> Copies | None:
    """The copies of a site; None where what is outside can be reached."""
    airgap = site.airgap if isinstance(site, ClusterSite) else None
    return Copies(airgap.registry, airgap.charts, airgap.models) if airgap else None


def lies_at(copies: Copies | None, address: str, revision: str | None = None) -> str:
    """Where a model lies: in the site where there are copies, where it says elsewhere."""
    return copies.source(address, revision) if copies else address


def _set(values: Mapping[str, Any], path: list[str], value: str) -> dict[str, Any]:
    """The values with another one at that path."""
    first, *rest = path
    inner = values.get(first, {})
    return {**values, first: _set(inner, rest, value) if rest else value}
