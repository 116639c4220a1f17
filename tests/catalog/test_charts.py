"""The charts of the catalog: pinned, addressable, and no kind from two charts by surprise."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest

from modelyard.catalog.charts import Chart, chart, charts

VERSION = re.compile(r"v?\d+\.\d+\.\d+")
IMAGE = re.compile(r"[a-z0-9.-]+\.[a-z]+(/[a-z0-9._-]+)+:[\w.-]+(@sha256:[0-9a-f]{64})?")

PLATFORM = (
    "cert-manager",
    "external-secrets",
    "cloudnative-pg",
    "keda",
    "kueue",
    "gpu-operator",
    "nvidia-device-plugin",
    "dcgm-exporter",
    "kube-prometheus-stack",
    "argo-workflows",
    "kserve-crd",
    "kserve-resources",
    "kserve-llmisvc-crd",
    "kserve-llmisvc-resources",
    "feast-operator",
    "opencost",
    "envoy-gateway",
    "metallb",
    "rook-ceph",
    "strimzi",
    "litellm",
    "langfuse",
    "qdrant",
    "wandb-operator",
    "kyverno",
    "velero",
    "opentelemetry-operator",
    "airflow",
    "leader-worker-set",
    "kuberay",
)


@pytest.mark.parametrize("id", PLATFORM)
def test_every_chart_of_a_platform_is_pinned(id: str) -> None:
    assert VERSION.fullmatch(chart(id).version)


@pytest.mark.parametrize("entry", charts().values(), ids=lambda entry: entry.id)
def test_an_entry_is_whole(entry: Chart) -> None:
    assert entry.repository.startswith(("https://", "oci://"))
    assert entry.source.startswith("https://")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", entry.as_of)
    assert entry.app_version
    assert entry.licence


@pytest.mark.parametrize("entry", charts().values(), ids=lambda entry: entry.id)
def test_images_are_full_references_that_do_not_float(entry: Chart) -> None:
    for reference in entry.images:
        assert IMAGE.fullmatch(reference), reference
        assert not reference.endswith((":latest", ":main", ":dev"))
        assert "bitnami" not in reference


@pytest.mark.parametrize("entry", charts().values(), ids=lambda entry: entry.id)
def test_an_oci_address_ends_in_the_name_of_the_chart(entry: Chart) -> None:
    last = entry.repository.rsplit("/", 1)[-1]
    assert not entry.oci or last == entry.chart


def test_kinds_are_unique_within_a_chart() -> None:
    for entry in charts().values():
        assert len(entry.crds) == len(set(entry.crds)), entry.id
        assert all(re.fullmatch(r"[A-Z]\w+", kind) for kind in entry.crds)


def test_kinds_shared_by_charts_are_known() -> None:
    """Kinds of one name in different API groups are fine; KServe's own charts share one."""
    owners: defaultdict[str, list[str]] = defaultdict(list)
    for entry in charts().values():
        for kind in entry.crds:
            owners[kind].append(entry.id)
    shared = {kind: ids for kind, ids in owners.items() if len(ids) > 1}
    assert shared == {
        "Backup": ["cloudnative-pg", "velero"],
        "ClusterPolicy": ["gpu-operator", "kyverno"],
        "ClusterStorageContainer": ["kserve-crd", "kserve-llmisvc-crd"],
    }


def test_kserve_charts_go_together() -> None:
    versions = {entry.version for entry in charts().values() if entry.id.startswith("kserve-")}
    assert len(versions) == 1


def test_an_unknown_chart_names_those_there_are() -> None:
    with pytest.raises(KeyError, match=r"no chart 'certmanager'.*cert-manager"):
        chart("certmanager")
