"""What of a recorded platform comes from outside: by its graph, its plan, and the catalog."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from modelyard.blueprint.checks.serving import HOSTED, engine_of
from modelyard.blueprint.serve import Quantization, ServingEngine
from modelyard.catalog.charts import charts
from modelyard.catalog.images import images
from modelyard.catalog.mirrors import mirrored_charts
from modelyard.catalog.models import find, quantised
from modelyard.catalog.runtimes import precisions
from modelyard.objects.identity import RELEASE
from modelyard.plan.copies import HUB, NEWEST, OCI, full, mirrored
from modelyard.plan.memory import shape_of
from modelyard.platform import component_name
from modelyard.review.airgap.item import AirgapError, Item, Kind
from modelyard.workloads.serving import gguf

if TYPE_CHECKING:
    from modelyard.blueprint.model import Model
    from modelyard.catalog.charts import Chart
    from modelyard.plan.copies import Copies
    from modelyard.plan.plan import Plan
    from modelyard.recorder import Graph, Resource

GGUF = (ServingEngine.OLLAMA, ServingEngine.LLAMA_CPP)
_IMAGE_KEYS = ("image", "imageName")


def images_of(plan: Plan, graph: Graph, site: str, target: Copies) -> Iterator[Item]:
    """Images that objects name, and those that charts start."""
    known = _known(plan)
    for resource, part in _on(plan, graph, site):
        if resource.type == RELEASE:
            chart = _chart(resource)
            for reference in chart.images:
                yield _image(reference, target, _licence(reference) or chart.licence, part)
        elif resource.package == "kubernetes":
            for named in _named(resource.inputs):
                reference = _public(named, known)
                yield _image(reference, target, _licence(reference), part)


def charts_of(plan: Plan, graph: Graph, site: str, target: Copies) -> Iterator[Item]:
    """The charts that are installed; one that is installed twice is copied once."""
    for resource, part in _on(plan, graph, site):
        if resource.type != RELEASE:
            continue
        chart = _chart(resource)
        oci = chart.oci
        yield Item(
            kind=Kind.CHART,
            reference=chart.repository if oci else f"{chart.repository}/{chart.chart}",
            inside=f"{target.charts}/{chart.chart}@{chart.version}",
            name=chart.chart,
            version=chart.version,
            repository="" if oci else chart.repository,
            licence=chart.licence,
            used_by=(part,),
        )


def models_of(plan: Plan, graph: Graph, site: str, target: Copies) -> Iterator[Item]:
    """Models of the hub, those that draft for others among them."""
    for planned in plan.models:
        model = plan.blueprint.model(planned.name)
        if planned.site != site or engine_of(model) in HOSTED:
            continue
        drafts = [model.serve.speculative.model] if model.serve.speculative else []
        for source, revision in ((model.source, model.revision), *((d, None) for d in drafts)):
            if source.startswith(HUB):
                yield _model(model, source, revision or NEWEST, target)


def _on(plan: Plan, graph: Graph, site: str) -> Iterator[tuple[Resource, str]]:
    """What stands on a site, each with the part of the platform that it belongs to."""
    parts = {
        component_name(plan, p): " ".join(filter(None, (str(p.capability), p.model)))
        for p in plan.capabilities
        if p.site == site
    }
    owned: dict[str, str] = {}
    for resource in graph:  # parents come before their children
        part = owned.get(resource.parent or "") or parts.get(resource.name)
        if part:
            owned[resource.urn] = part
            if resource.custom:
                yield resource, part


def _chart(release: Resource) -> Chart:
    """The chart of a release, wherever that takes it from. Raises LookupError for a strange one."""
    name = str(release.inputs["chart"]).rpartition("/")[2]
    for chart in charts().values():
        if (chart.chart, chart.version) == (name, release.inputs.get("version")):
            return chart
    raise LookupError(f"{release.name} installs a chart that the catalog does not have")


def _named(value: Any) -> Iterator[str]:
    """Every image that a manifest names; an OCI artifact is one as well."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key in _IMAGE_KEYS and isinstance(item, str) and item:
                yield item
            elif key in ("storageUri", "uri") and str(item).startswith(OCI):
                yield str(item).removeprefix(OCI)
            else:
                yield from _named(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _named(item)


def _known(plan: Plan) -> Mapping[str, str]:
    """References by path and tag: of the catalog, and of what models name themselves.

    Raises AirgapError where a model names an image that a mirror could not tell from the catalog's.
    """
    known = {mirrored(image.reference, ""): image.reference for image in images().values()}
    for model in plan.blueprint.models:
        for image in (model.serve.image, model.retrain and model.retrain.image):
            path = mirrored(full(image), "") if image else ""
            if image and known.setdefault(path, full(image)) != full(image):
                raise AirgapError.of_two(known[path], image, path)
    return known


def _public(named: str, known: Mapping[str, str]) -> str:
    """Where an image is outside, when a site has it from a mirror or a cache: those keep paths."""
    parts = full(named).split("/")
    ends = ("/" + "/".join(parts[start:]) for start in range(1, len(parts)))
    return next((known[end] for end in ends if end in known), full(named))


def _image(reference: str, target: Copies, licence: str, part: str) -> Item:
    tagged, _, digest = reference.partition("@")
    inside = target.image(reference)
    by_system = tagged.rpartition(":")[0] in _by_system()
    return Item(
        kind=Kind.IMAGE,
        reference=reference,
        inside=inside,
        name=inside.removeprefix(f"{target.registry}/"),
        digest=digest or None,
        licence=licence,
        by_system=by_system,
        used_by=(part,),
        note="the operating system of the nodes completes its tag" if by_system else "",
    )


def _by_system() -> set[str]:
    return {image for chart in mirrored_charts().values() for image in chart.by_system}


def _licence(reference: str) -> str:
    """Of an image that the catalog knows by itself; empty where nobody has said it."""
    own = {image.reference: image.licence for image in images().values()}
    of_charts = {
        i: text for chart in mirrored_charts().values() for i, text in chart.licences.items()
    }
    return own.get(reference) or of_charts.get(reference.rpartition(":")[0], "")


def _model(model: Model, source: str, revision: str, target: Copies) -> Item:
    whole = engine_of(model) not in GGUF
    shape = shape_of(model) if source == model.source else find(source)
    folder = target.source(source, revision)
    file = "" if whole else gguf.file(model)
    gated = (shape is not None and shape.gated) or (source == model.source and bool(model.token))
    return Item(
        kind=Kind.MODEL,
        reference=source,
        inside=f"{folder}/{file}" if file else folder,
        name=str(PurePosixPath(folder.removeprefix(target.models).strip("/"))),
        version=revision,
        file=file,
        everything=engine_of(model) is ServingEngine.FASTAPI,
        bytes=_weights(model, source, whole=whole),
        licence=shape.licence if shape else "",
        gated=gated,
        used_by=(f"serving {model.name}",),
        note="" if revision != NEWEST else "no revision is named: the newest is copied",
    )


def _weights(model: Model, source: str, *, whole: bool) -> int | None:
    """Bytes of the weights that are copied: as published, or as that file has them."""
    own = source == model.source
    shape = shape_of(model) if own else find(source)
    if shape is None:
        return None
    given = model.serve.quantization
    narrow = own and given is not Quantization.NONE and (not whole or quantised(source))
    bits = precisions()[str(given)].bits if narrow else shape.weight_bits
    return round(shape.parameters_b * 1e9 * bits / 8)
