"""What is pulled: small platforms, and every image of every shipped one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.review.small import manifest, shipped_view, thing, view
from tests.support import shipped

from modelyard.recorder import Resource
from modelyard.review.supply import Artefact, artefacts, parts, pinned

RELEASE = "kubernetes:helm.sh/v3:Release"
each = pytest.mark.parametrize("case", shipped.cases(), ids=str)


def _pod(image: str) -> Resource:
    spec = {"template": {"spec": {"containers": [{"name": "main", "image": image}]}}}
    return manifest("apps/v1", "Deployment", "it", spec=spec)


def _one(it: Resource) -> Artefact:
    [found] = artefacts(view(it))
    return found


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("postgres", ("postgres", "", "")),
        ("host:5000/a/b:1.2", ("host:5000/a/b", "1.2", "")),
        ("a.example/b@sha256:ab", ("a.example/b", "", "sha256:ab")),
        ("a.example/b:1@sha256:ab", ("a.example/b", "1", "sha256:ab")),
    ],
)
def test_the_parts_of_an_image(reference: str, told: tuple[str, str, str]) -> None:
    assert parts(reference) == told


def test_a_copy_is_known_by_its_path() -> None:
    found = _one(_pod("mirror.acme.example/copies/mlflow/mlflow:v3"))
    assert (found.licence, found.registry, found.upstream) == (
        "Apache-2.0",
        "mirror.acme.example",
        "ghcr.io",
    )


def test_an_image_of_ones_own_is_not_in_the_catalog() -> None:
    found = _one(_pod("registry.acme.example/team/churn:1"))
    assert (found.licence, found.upstream) == ("not in the catalog", "")
    assert not pinned(found)
    assert pinned(_one(_pod("registry.acme.example/team/churn@sha256:ab")))


def test_an_image_that_two_use_is_one() -> None:
    one, other = _pod("a.example/b:1"), manifest("batch/v1", "Job", "job")
    spec = {"template": {"spec": {"initContainers": [{"image": "a.example/b:1"}]}}}
    [found] = artefacts(view(one, manifest("batch/v1", "Job", "job", spec=spec)))
    assert found.used_by == tuple(sorted((one.name, other.name)))


def test_a_chart_brings_what_the_catalog_knows() -> None:
    told = {
        "chart": "cert-manager",
        "version": "v1.21.1",
        "repositoryOpts": {"repo": "https://charts.jetstack.io"},
    }
    found = _one(thing(RELEASE, "yard-cert-manager", told))
    assert (found.kind, found.version, found.registry) == ("chart", "v1.21.1", "charts.jetstack.io")
    assert any("cert-manager-webhook" in image for image in found.brings)
    copied = {"chart": "oci://copies.example/charts/cert-manager", "version": "v1.21.1"}
    found = _one(thing(RELEASE, "yard-cert-manager", copied))
    assert (found.registry, found.upstream) == ("copies.example", "charts.jetstack.io")


def _named(value: Any) -> Iterator[str]:
    """Every image that is named anywhere in inputs, whatever names it."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key in ("image", "imageName", "imageUri") and isinstance(item, str) and item:
                yield item
            else:
                yield from _named(item)
    elif isinstance(value, list):
        for item in value:
            yield from _named(item)


@each
def test_every_image_of_the_graph_is_told(case: shipped.Case) -> None:
    seen = shipped_view(case)
    told = {a.name for a in artefacts(seen) if a.kind == "image"}
    for it in seen.graph:
        if it.type != RELEASE and "admissionregistration" not in it.type:
            for image in _named(dict(it.inputs)):
                assert "${" in image or parts(image)[0] in told, f"{it.name}: {image}"


@each
def test_every_chart_has_a_version_and_a_licence(case: shipped.Case) -> None:
    found = [a for a in artefacts(shipped_view(case)) if a.kind == "chart"]
    assert all(a.version and a.licence != "not in the catalog" for a in found)
    assert len(found) == len({(a.name, a.version) for a in found})
