"""The images of the catalog: pinned, runnable under restricted Pod Security where they can be."""

from __future__ import annotations

import dataclasses
import re

import pytest

from modelyard.catalog.images import Image, image, images
from modelyard.catalog.systems import systems

NEEDS_ROOT = {"dcgm-exporter", "nvidia-device-plugin"}
ENTRIES = pytest.mark.parametrize("entry", images().values(), ids=lambda entry: entry.id)

NATIVE = (
    "mlflow",
    "feast",
    "vllm",
    "tensorrt-llm",
    "ollama",
    "llama-cpp",
    "llama-cpp-cuda",
    "triton",
    "postgres",
    "valkey",
    "redis",
    "seaweedfs",
    "kserve-storage-initializer",
    "kserve-huggingfaceserver",
    "mlserver",
    "kserve-sklearnserver",
    "curl",
    "python",
    "rclone",
    "busybox",
    "postgres-exporter",
    "redis-exporter",
    "dcgm-exporter",
)


@pytest.mark.parametrize("id", NATIVE)
def test_every_image_of_a_platform_has_an_entry(id: str) -> None:
    assert image(id).reference.startswith(image(id).repository)


@ENTRIES
def test_a_reference_is_full_and_does_not_float(entry: Image) -> None:
    assert re.fullmatch(r"[a-z0-9.-]+\.[a-z]+(/[a-z0-9._-]+)+", entry.repository)
    assert re.fullmatch(r"[\w][\w.-]{0,127}", entry.tag)
    assert re.search(r"\d", entry.tag), "a tag without a number floats"
    assert "bitnami" not in entry.repository


@ENTRIES
def test_a_digest_is_a_digest_or_absent(entry: Image) -> None:
    assert entry.digest is None or re.fullmatch(r"sha256:[0-9a-f]{64}", entry.digest)


@ENTRIES
def test_an_image_runs_without_root_unless_it_is_known_to_need_it(entry: Image) -> None:
    assert (entry.user is None) == (entry.id in NEEDS_ROOT)
    assert entry.user is None or 0 < entry.user < 65_536


@ENTRIES
def test_an_entry_is_whole(entry: Image) -> None:
    assert entry.port is None or 1024 < entry.port < 65_536
    assert all(path.startswith("/") and path != "/" for path in entry.writable)
    assert entry.source.startswith("https://")
    assert entry.licence
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", entry.as_of)


def test_the_digest_decides_where_it_is_known() -> None:
    bare = dataclasses.replace(image("curl"), digest=None)
    pinned = dataclasses.replace(bare, digest="sha256:" + "0" * 64)
    assert bare.reference == f"{bare.repository}:{bare.tag}"
    assert pinned.reference == f"{bare.reference}@sha256:{'0' * 64}"


def test_no_image_is_of_a_malicious_release() -> None:
    for entry in images().values():
        system = systems().get(entry.id)
        bad = system.bad_versions if system else ()
        assert entry.tag.lstrip("v") not in bad


def test_mlflow_is_the_variant_that_can_authenticate() -> None:
    assert image("mlflow").tag.endswith("-full")


def test_an_unknown_image_names_those_there_are() -> None:
    with pytest.raises(KeyError, match=r"no image 'vlm'.*vllm"):
        image("vlm")
