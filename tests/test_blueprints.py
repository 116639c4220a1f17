"""Every blueprint that ships, in every environment: checked, planned, recorded, rendered.

The graph of each is recorded once for a session (`tests/support/shipped.py`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.support import shipped
from tests.support.consistency import RULES, Elsewhere, Rule
from tests.support.kubernetes_schemas import (
    WITHOUT_SCHEMA,
    crds_available,
    crds_reason,
    violations,
)
from tests.support.snapshot import Snapshot, snapshots

from modelyard.blueprint.errors import Severity
from modelyard.blueprint.site import SiteKind
from modelyard.program import check_file, record_plan, sites_of
from modelyard.recorder import Secret, check_inputs
from modelyard.recorder.values import plain
from modelyard.review.manifests import MARKER, RELEASE, is_object, write
from modelyard.review.report import Report
from modelyard.sites import offers

CASES = shipped.cases()
each = pytest.mark.parametrize("case", CASES, ids=str)

PLAN = {
    *("blueprint", "sites", "capabilities", "models", "links", "resources", "cost", "warnings"),
    *("exposure", "access", "data", "supply", "watches", "revalidated"),
}
WATCH = {"model", "site", "every", "checks", "limits", "retrained_on"}
LIMIT = {"check", "measure", "bound", "origin", "reason"}
EXPOSURE = {
    *("site", "path", "name", "address", "from", "authentication", "guards", "behind", "urn"),
}
ACCESS = {
    *("subject", "site", "verbs", "on", "within", "by", "actions", "wide", "conditions", "denied"),
    *("sentence", "urn"),
}
DATA = {"classification", "pii", "residency", "stores", "outside_residency"}
STORE = {"site", "kind", "name", "region", "key", "owner", "kept", "urn"}
SUPPLY = {
    *("kind", "name", "version", "digest", "licence", "registry", "upstream", "sites"),
    *("used_by", "brings"),
}
RESOURCE = {
    *("urn", "type", "name", "parent", "provider", "dependencies", "protect", "site", "inputs"),
}
MODEL = {
    *("name", "site", "engine", "machine", "accelerator", "count", "tensor_parallel"),
    *("memory_gib", "reason", "runner_up"),
}
MODEL_TELLS_MORE = {
    *("type", "mode", "replicas", "tags", "usd_per_hour", "per_machine", "context", "concurrency"),
    *("hosted", "rolled_out", "stands_in"),
}
MEMORY = {"weights", "kv_cache", "overhead", "total", "available"}
COST = {
    *("currency", "prices_as_of", "monthly"),
    *("by_site", "by_capability", "by_model", "unpriced"),
}
COST_TELLS_MORE = {"price_sources", "price_regions", "by_item", "by_use"}


def test_the_promised_blueprints_ship() -> None:
    assert {path.stem for path in shipped.files()} >= shipped.PROMISED
    assert len(CASES) > len(shipped.PROMISED)


def test_the_first_blueprint_is_five_lines() -> None:
    lines = (shipped.FOLDER / "quickstart.yaml").read_text(encoding="utf-8").splitlines()
    assert len([line for line in lines if not line.startswith("#")]) == 5


def test_the_first_blueprint_needs_no_chart() -> None:
    [case] = [case for case in CASES if case.path.stem == "quickstart"]
    assert shipped.recorded(case).of_type(RELEASE) == ()


@pytest.mark.parametrize("path", shipped.files(), ids=lambda path: path.stem)
def test_it_checks(path: Path) -> None:
    assert all(problem.severity is Severity.WARNING for problem in check_file(path))


def test_every_engine_on_offer_is_used_by_one_of_them() -> None:
    used: dict[str, set[tuple[str, str]]] = {str(kind): set() for kind in SiteKind}
    for case in CASES:
        plan = shipped.planned(case).plan
        kinds = {site.name: site.kind for site in plan.sites}
        for placement in plan.capabilities:
            used[kinds[placement.site]].add((placement.capability, placement.engine))
    everywhere = set[tuple[str, str]]().union(*used.values())
    offered = {
        (capability, engine)
        for kind in used
        for capability, engines in offers()[kind].items()
        for engine in engines
    }
    assert offered - everywhere == set()
    assert used["onprem"]


@each
def test_preview_and_update_ask_for_the_same(case: shipped.Case) -> None:
    preview = shipped.recorded(case, deployed=False)
    assert [r.urn for r in preview] == [r.urn for r in shipped.recorded(case)]


@each
def test_every_recording_is_the_same(case: shipped.Case) -> None:
    times = 10 if (case.path.stem, case.environment) == (shipped.FULLEST, "prod") else 2
    plan, first = shipped.planned(case).plan, shipped.recorded(case)
    hashes = {record_plan(plan, deployed=True).hash for _ in range(times - 1)}
    assert hashes == {first.hash}


@each
def test_everything_stands_under_the_platform(case: shipped.Case) -> None:
    graph = shipped.recorded(case)
    roots = [resource for resource in graph if resource.parent is None]
    assert [resource.type for resource in roots] == ["modelyard:platform:Platform"]
    for resource in graph:
        if resource.custom and not resource.type.startswith("pulumi:providers:"):
            assert resource.provider, f"{resource.urn} has no explicit provider"


@each
def test_names_begin_with_the_platforms(case: shipped.Case) -> None:
    """Logical names are stable for ever: `<platform>-<capability>-<name>`."""
    name = shipped.planned(case).plan.blueprint.name
    for resource in shipped.recorded(case):
        assert resource.name == name or resource.name.startswith(f"{name}-"), resource.urn


@each
def test_what_holds_data_is_protected(case: shipped.Case) -> None:
    protect = shipped.planned(case).plan.blueprint.protect
    stateful = [resource for resource in shipped.recorded(case) if _holds_data(resource)]
    attached = "attach" in yaml.safe_dump(shipped.loaded(case).document.data["sites"])
    assert stateful or attached
    assert all(resource.protect is protect for resource in stateful if not _scratch(resource))


HOLDING = ("PersistentVolumeClaim", "StatefulSet", "Cluster")
MANAGED = (
    "aws:eks/cluster:Cluster",
    "aws:elasticache/replicationGroup:ReplicationGroup",
    "aws:kms/key:Key",
    "aws:rds/instance:Instance",
    "aws:s3/bucket:Bucket",
    "gcp:alloydb/cluster:Cluster",
    "gcp:kms/cryptoKey:CryptoKey",
    "gcp:memorystore/instance:Instance",
    "gcp:redis/instance:Instance",
    "gcp:sql/databaseInstance:DatabaseInstance",
    "gcp:storage/bucket:Bucket",
)
"""Kinds of objects, and types of a cloud's resources, in which something would be lost."""


def _holds_data(resource: Any) -> bool:
    if is_object(resource):
        return resource.inputs["kind"] in HOLDING
    return resource.type in MANAGED and not resource.external


def _scratch(resource: Any) -> bool:
    """Volumes that only keep a copy of weights: lost, they are fetched again."""
    claim = resource.inputs.get("kind") == "PersistentVolumeClaim"
    return claim and "serving" in resource.name


@each
def test_the_sdk_knows_every_input(case: shipped.Case) -> None:
    assert check_inputs(shipped.recorded(case)) == []


@cache
def _violations(case: shipped.Case, *, custom: bool) -> tuple[str, ...]:
    found = []
    for resource in shipped.recorded(case):
        if is_object(resource) and _is_custom(resource.inputs) is custom:
            kind = f"{resource.inputs['apiVersion']} {resource.inputs['kind']}"
            if kind not in WITHOUT_SCHEMA:
                wrong = violations(plain(dict(resource.inputs)))
                found += [f"{resource.name}: {kind}: {each}" for each in wrong]
    return tuple(found)


def _is_custom(manifest: Mapping[str, Any]) -> bool:
    group = manifest["apiVersion"].rpartition("/")[0]
    return ("." in group and not group.endswith(".k8s.io")) or group in _CUSTOM_IN_K8S_IO


_CUSTOM_IN_K8S_IO = {
    *("gateway.networking.k8s.io", "inference.networking.k8s.io", "kueue.x-k8s.io"),
    "leaderworkerset.x-k8s.io",
}
"""Groups of the Kubernetes project whose kinds come by CRDs all the same."""


@each
def test_every_object_is_valid(case: shipped.Case) -> None:
    assert _violations(case, custom=False) == ()


@each
@pytest.mark.skipif(not crds_available(), reason=crds_reason())
def test_every_custom_object_is_valid(case: shipped.Case) -> None:
    assert _violations(case, custom=True) == ()


@pytest.mark.skipif(not crds_available(), reason=crds_reason())
@pytest.mark.parametrize("kind", WITHOUT_SCHEMA)
def test_no_schema_is_left_aside(kind: str) -> None:
    version, name = kind.split()
    stub = {"apiVersion": version, "kind": name, "metadata": {"name": "x"}}
    assert violations(stub) == [f"no schema for {kind}"]


@cache
def _snapshots(case: shipped.Case) -> list[Snapshot]:
    return snapshots(shipped.recorded(case))


def _elsewhere(case: shipped.Case) -> Elsewhere:
    """What the blueprint says is there already."""
    data = shipped.loaded(case).document.data
    text = yaml.safe_dump(data)
    sites = data["sites"].values()
    issuers = [s.get("keys", {}).get("attach", {}).get("issuer") for s in sites]
    gateways = [(s.get("ingress") or {}).get("attach") or {} for s in sites]
    prometheus = (data.get("monitoring") or {}).get("attach") or {}
    outside = {prometheus.get("namespace"), *(g.get("namespace") for g in gateways)}
    return Elsewhere(
        secrets=frozenset(re.findall(r"secret://([a-z0-9.-]+)", text)),
        namespaces=frozenset(filter(None, outside)),
        names=frozenset(filter(None, [*issuers, *(g.get("name") for g in gateways)])),
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@each
def test_objects_fit_together(case: shipped.Case, rule: Rule) -> None:
    wrong = [w for cluster in _snapshots(case) for w in rule(cluster, _elsewhere(case))]
    assert wrong == []


@each
def test_accelerators_of_the_plan_are_asked_for(case: shipped.Case) -> None:
    """What sizing chose is what the pods request: so many, on such nodes."""
    plan = shipped.planned(case).plan
    asked: Counter[str] = Counter()
    for cluster in _snapshots(case):
        for thing in cluster.things:
            asked.update(_devices(thing.manifest, plan))
    planned: Counter[str] = Counter()  # a model may stand on two sites
    for model in plan.models:
        planned[model.name] += 0 if model.hosted else model.count
    assert {name: asked[name] for name in planned} == dict(planned)


def _devices(manifest: Mapping[str, Any], plan: Any) -> Counter[str]:
    """Accelerators in a serving object's limits, by the model it serves."""
    kinds = ("Deployment", "DaemonSet", "CronJob", "Job", "InferenceService", "LLMInferenceService")
    if manifest["kind"] not in kinds:
        return Counter()
    names = sorted((m.name for m in plan.models), key=len, reverse=True)
    title = manifest["metadata"]["name"]
    name = next((n for n in names if title == n or title.startswith(f"{n}-")), None)
    return Counter({name: _limits(manifest)}) if name else Counter()


def _limits(value: Any) -> int:
    if isinstance(value, list):
        return sum(map(_limits, value))
    if not isinstance(value, dict):
        return 0
    limits = value.get("limits")
    own = sum(int(n) for key, n in limits.items() if "/" in key) if isinstance(limits, dict) else 0
    return own + sum(_limits(item) for key, item in value.items() if key != "limits")


@each
def test_it_renders(case: shipped.Case, tmp_path: Path) -> None:
    """One file for each object, all of them listed; a folder for each cluster."""
    graph = shipped.recorded(case)
    rendered = write(graph, tmp_path / "out", sites_of(shipped.planned(case).plan, graph))
    assert (tmp_path / "out" / MARKER).exists()
    assert len(rendered.kustomizations) == len(_snapshots(case))
    written: Counter[str] = Counter()
    charts = 0
    for folder in rendered.kustomizations:
        files = {str(path.relative_to(folder)): _content(path) for path in folder.rglob("*.yaml")}
        kustomization = files.pop("kustomization.yaml")
        assert kustomization["resources"] == sorted(files)
        written.update(content["kind"] for content in files.values())
        charts += len(kustomization.get("helmCharts", []))
    recorded = Counter(resource.inputs["kind"] for resource in graph if is_object(resource))
    del recorded["Secret"]
    assert written == recorded
    assert charts == len(graph.of_type(RELEASE)) == rendered.charts
    assert rendered.objects == written.total()


def _content(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


@each
def test_no_secret_is_written_down(case: shipped.Case, tmp_path: Path) -> None:
    """The graph knows that a value is secret, never the value; what is rendered knows neither."""
    graph = shipped.recorded(case)
    write(graph, tmp_path / "out", sites_of(shipped.planned(case).plan, graph))
    text = "".join(
        path.read_text(encoding="utf-8") for path in (tmp_path / "out").rglob("*") if path.is_file()
    )
    assert repr(Secret()) not in text
    assert "kind: Secret\n" not in text
    pages = [path.read_text(encoding="utf-8") for path in (tmp_path / "out").rglob("SECRETS.md")]
    for resource in graph.of_type("kubernetes:core/v1:Secret"):
        assert any(f"/{resource.inputs['metadata']['name']} |" in page for page in pages)
        held = resource.inputs.get("stringData", {})
        assert isinstance(held, Secret) or all(isinstance(v, Secret) for v in held.values())


@each
def test_the_plan_for_machines_has_the_keys_of_its_contract(case: shipped.Case) -> None:
    planned = shipped.planned(case)
    graph = shipped.recorded(case, deployed=False)
    report = Report(planned.plan, graph, planned.warnings).json()
    assert set(report) == PLAN
    assert all(set(resource) == RESOURCE for resource in report["resources"])
    for model in report["models"]:
        assert set(model) - MODEL_TELLS_MORE == MODEL
    assert all(set(m["memory_gib"]) == MEMORY for m in report["models"] if m["memory_gib"])
    assert all(set(watch) == WATCH for watch in report["watches"])
    assert all(set(limit) == LIMIT for w in report["watches"] for limit in w["limits"])
    assert set(report["cost"]) - COST_TELLS_MORE == COST
    assert set(report["cost"]["monthly"]) == {"minimum", "maximum"}
    assert all(set(way) == EXPOSURE for way in report["exposure"])
    assert all(set(grant) == ACCESS for grant in report["access"])
    assert set(report["data"]) == DATA
    assert all(set(store) == STORE for store in report["data"]["stores"])
    assert all(set(artefact) == SUPPLY for artefact in report["supply"])
    sites = {site["name"] for site in report["sites"]}
    assert {resource["site"] for resource in report["resources"]} <= {*sites, None}
    unplaced = [r["name"] for r in report["resources"] if r["site"] is None]
    name = planned.plan.blueprint.name
    assert [each for each in unplaced if not each.startswith(f"{name}-authority")] == [name]
