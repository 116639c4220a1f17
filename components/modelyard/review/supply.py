"""What a platform is made of: images, charts and add-ons, with version, licence and origin."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from modelyard.catalog.charts import Chart, charts
from modelyard.catalog.images import Image, images
from modelyard.policies.pods import WITH_PODS, containers
from modelyard.policies.rule import at, objects, unknown
from modelyard.review.view import View, readable

if TYPE_CHECKING:
    from modelyard.recorder import Resource

_RELEASE = "kubernetes:helm.sh/v3:Release"
_ADDON = "aws:eks/addon:Addon"
UNKNOWN = "not in the catalog"
HUB = "docker.io"

_ELSEWHERE: Mapping[str, tuple[tuple[str | int, ...], ...]] = {
    "kubernetes:postgresql.cnpg.io/v1:Cluster": (("spec", "imageName"),),
    "kubernetes:monitoring.coreos.com/v1:Prometheus": (("spec", "image"),),
    "kubernetes:gateway.envoyproxy.io/v1alpha1:EnvoyProxy": (
        ("spec", "provider", "kubernetes", "envoyDeployment", "container", "image"),
    ),
    "aws:sagemaker/model:Model": (("primaryContainer", "image"),),
    "aws:sagemaker/dataQualityJobDefinition:DataQualityJobDefinition": (
        ("dataQualityAppSpecification", "imageUri"),
    ),
    "gcp:vertex/aiEndpointWithModelGardenDeployment:AiEndpointWithModelGardenDeployment": (
        ("modelConfig", "containerSpec", "imageUri"),
    ),
}
"""Where an image is named by what has no pods of its own."""
_TEMPLATES: Mapping[str, tuple[str | int, ...]] = {
    "gcp:cloudrunv2/service:Service": ("template", "containers"),
    "gcp:cloudrunv2/job:Job": ("template", "template", "containers"),
    "aws:sagemaker/model:Model": ("containers",),
}


@dataclass(frozen=True, order=True)
class Artefact:
    """An image, chart or add-on at one version."""

    kind: str
    name: str
    """The repository as it is pulled, without tag."""
    version: str
    digest: str
    """Empty where none is given: the tag may then be pushed anew."""
    licence: str
    registry: str
    """The host that it is pulled from."""
    upstream: str
    """Where it was published, if it is pulled from a copy."""
    sites: tuple[str, ...]
    used_by: tuple[str, ...]
    """The logical names of what names it."""
    brings: tuple[str, ...] = ()
    """Images that a chart pulls, as far as the catalog knows."""

    def json(self) -> Mapping[str, Any]:
        """For machines; the keys are a contract."""
        return {
            "kind": self.kind,
            "name": self.name,
            "version": self.version,
            "digest": self.digest or None,
            "licence": self.licence,
            "registry": self.registry,
            "upstream": self.upstream,
            "sites": list(self.sites),
            "used_by": list(self.used_by),
            "brings": list(self.brings),
        }


def artefacts(view: View) -> tuple[Artefact, ...]:
    """Everything that is pulled from somewhere, each version once."""
    users: dict[tuple[str, str, str, str], list[Resource]] = defaultdict(list)
    for it, reference in _images(view):
        users["image", reference, "", ""].append(it)
    for it in view.of(_RELEASE):
        repository = at(it.inputs, "repositoryOpts", "repo") or ""
        chart, version = str(it.inputs.get("chart")), str(it.inputs.get("version") or "")
        users["chart", chart, version, str(repository)].append(it)
    for it in view.of(_ADDON):
        name, version = str(it.inputs.get("addonName")), it.inputs.get("addonVersion")
        users["add-on", name, str(version or "the provider's default"), ""].append(it)
    return tuple(sorted(_artefact(view, *key, who) for key, who in users.items()))


def _images(view: View) -> Iterator[tuple[Resource, str]]:
    for it in view.of(*WITH_PODS):
        yield from ((it, str(c["image"])) for c in containers(it) if c.get("image"))
    for it in view.of(*_ELSEWHERE):
        found = (at(it.inputs, *path) for path in _ELSEWHERE[it.type])
        yield from ((it, str(image)) for image in found if image)
    for it in view.of(*_TEMPLATES):
        for container in objects(it.inputs, *_TEMPLATES[it.type]):
            if container.get("image"):
                yield it, str(container["image"])


def _artefact(
    view: View, kind: str, what: str, version: str, repository: str, who: list[Resource]
) -> Artefact:
    sites = tuple(sorted({view.site(it) for it in who}))
    used = tuple(sorted({it.name for it in who}))
    if kind == "chart":
        return _chart(what, version, repository, sites, used)
    if kind == "image":
        return _image(what, sites, used)
    return Artefact(kind, what, version, "", "the provider's", "the provider", "", sites, used)


def _image(reference: str, sites: tuple[str, ...], used: tuple[str, ...]) -> Artefact:
    repository, tag, digest = parts(readable(reference))
    host = _host(repository)
    known = _known(repository)
    licence = known.licence if known else UNKNOWN
    origin = _host(known.repository) if known else ""
    upstream = origin if origin != host else ""
    return Artefact("image", repository, tag, digest, licence, host, upstream, sites, used)


def parts(reference: str) -> tuple[str, str, str]:
    """Repository, tag and digest of an image; what is not told is empty."""
    rest, _, digest = reference.partition("@")
    folder, slash, last = rest.rpartition("/")
    name, _, tag = last.partition(":")
    return folder + slash + name, tag, digest


def _host(repository: str) -> str:
    first, slash, _ = repository.partition("/")
    return first if slash and ("." in first or ":" in first or first == "localhost") else HUB


def _path(repository: str) -> str:
    host = _host(repository)
    return repository.removeprefix(f"{host}/").removeprefix("library/")


@cache
def _by_path() -> Mapping[str, Image]:
    return {_path(image.repository): image for image in images().values()}


def _known(repository: str) -> Image | None:
    """The image of the catalog that this is, or is a copy of: copies keep the path at their end."""
    path = _path(repository)
    while path:
        if found := _by_path().get(path):
            return found
        path = path.partition("/")[2]
    return None


@cache
def _by_chart() -> Mapping[str, Chart]:
    return {(c.repository if c.oci else c.chart).rpartition("/")[2]: c for c in charts().values()}


def _chart(
    chart: str, version: str, repository: str, sites: tuple[str, ...], used: tuple[str, ...]
) -> Artefact:
    known = _by_chart().get(chart.rpartition("/")[2])
    pulled = repository or chart.rpartition("/")[0]
    registry, origin = _address(pulled), _address(known.repository) if known else ""
    return Artefact(
        "chart",
        chart,
        version,
        "",
        known.licence if known else UNKNOWN,
        registry,
        origin if origin != registry else "",
        sites,
        used,
        known.images if known else (),
    )


def _address(repository: str) -> str:
    """`charts.jetstack.io` of `https://charts.jetstack.io/x`."""
    return repository.partition("://")[2].partition("/")[0] or repository


def pinned(artefact: Artefact) -> bool:
    """Whether the same bytes come tomorrow."""
    return bool(artefact.digest) or artefact.kind != "image" or unknown(artefact.name)
