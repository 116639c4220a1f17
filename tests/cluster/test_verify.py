"""`modelyard verify` against a cluster: a platform that stands, and what may become of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from tests.support.cluster import ControlPlane, Node
from tests.support.cluster.api import Api
from tests.support.cluster.waiting import until

from modelyard.contracts.inventory import Deviation
from modelyard.engine.parts import parts_of
from modelyard.engine.state import State
from modelyard.engine.verify import Verification, expected, inventory_of, verify, verify_gone
from modelyard.plan.plan import Plan
from modelyard.program import plan_file, record_plan
from modelyard.recorder import Graph
from modelyard.recorder.values import plain
from modelyard.review.manifests import is_object

BLUEPRINT = """
modelyard: 1
name: verified
team: {{owner: ml@example.com, domain: demo}}
protect: false
sites: {{local: {{kind: kubernetes, cluster: {{attach: {{kubeconfig: {kubeconfig}}}}}}}}}
models: [{{name: churn, type: predictive, source: "models:/churn@champion"}}]
"""
PRODUCTION, PLATFORM = "verified-production", "verified-platform"


def named(version: str, kind: str, namespace: str | None, name: str) -> dict[str, Any]:
    place = {"namespace": namespace} if namespace else {}
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, **place}}


MLFLOW = named("apps/v1", "Deployment", PLATFORM, "mlflow")


class Verified:
    """A platform that the engine would have deployed: its objects here, its state in words."""

    def __init__(self, api: Api, plan: Plan) -> None:
        self.api, self.plan = api, plan
        self.graph: Graph = record_plan(plan, deployed=True)
        self.manifests = [plain(dict(r.inputs)) for r in self.graph if is_object(r)]

    @property
    def state(self) -> State:
        """What an export of the stack would hold."""
        resources = [
            {"urn": r.urn, "type": r.type, "custom": r.custom, "parent": r.parent}
            for r in self.graph
        ]
        return State.of({"resources": resources})

    def apply(self) -> None:
        for manifest in self.manifests:
            self.api.apply(manifest)

    def take_down(self) -> None:
        for manifest in reversed(self.manifests):
            self.api.delete(manifest)
        until(lambda: self.api.get(named("v1", "Namespace", None, PRODUCTION)) is None, 120)
        until(lambda: self.api.get(named("v1", "Namespace", None, PLATFORM)) is None, 120)

    def verify(self, state: State | None = None) -> Verification:
        state = state or self.state
        return verify(self.plan, self.graph, state, parts_of(self.plan, self.graph, state))

    def found(self) -> dict[str, tuple[Deviation, str]]:
        return {d.found.name: (d.found.deviation, d.found.why) for d in self.verify().deviations}


@pytest.fixture(scope="module")
def standing(
    control_plane: ControlPlane, api: Api, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Verified]:
    """One platform for all of these tests; each leaves it as it was."""
    file = tmp_path_factory.mktemp("verified") / "verified.yaml"
    text = BLUEPRINT.format(kubeconfig=control_plane.kubeconfig)
    file.write_text(text, encoding="utf-8")
    nodes = [Node(f"verified-{i}", "simulated-a") for i in range(3)]
    control_plane.add_nodes(nodes)
    platform = Verified(api, plan_file(file).plan)
    platform.apply()
    until(lambda: platform.verify().fine)
    yield platform
    platform.take_down()
    control_plane.remove_nodes(nodes)


@pytest.fixture
def whole(standing: Verified) -> Iterator[Verified]:
    """As deployed; put right again afterwards."""
    assert standing.found() == {}
    yield standing
    standing.apply()
    until(lambda: standing.verify().fine)


def test_what_was_deployed_verifies(whole: Verified) -> None:
    verification = whole.verify()
    assert verification.fine
    assert verification.deviations == ()
    assert verification.resources == sum(resource.custom for resource in whole.graph)


def test_what_was_deleted_is_missing(whole: Verified) -> None:
    whole.api.delete(named("networking.k8s.io/v1", "NetworkPolicy", PRODUCTION, "churn"))
    [(name, (deviation, _))] = whole.found().items()
    assert (name, deviation) == (f"NetworkPolicy {PRODUCTION}/churn", Deviation.MISSING)


def test_what_was_changed_by_hand_has_drifted(whole: Verified) -> None:
    whole.api.patch(MLFLOW, {"spec": {"replicas": 2}})
    until(lambda: _ready(whole.api, MLFLOW) == 2)
    assert whole.found() == {f"Deployment {PLATFORM}/mlflow": (Deviation.DRIFTED, "spec.replicas")}
    whole.api.patch(MLFLOW, {"spec": {"replicas": 1}})


def test_a_loosened_policy_has_drifted(whole: Verified) -> None:
    """Nothing is refused any more, and everything of it is still there."""
    binding = named(
        "admissionregistration.k8s.io/v1",
        "ValidatingAdmissionPolicyBinding",
        None,
        "verified-model-tags",
    )
    whole.api.patch(binding, {"spec": {"validationActions": ["Audit"]}})
    [(name, (deviation, why))] = whole.found().items()
    assert name == "ValidatingAdmissionPolicyBinding verified-model-tags"
    assert (deviation, why) == (Deviation.DRIFTED, "spec.validationActions")


def test_an_opened_default_deny_has_drifted(whole: Verified) -> None:
    """One rule more, and the whole namespace is open."""
    deny = named("networking.k8s.io/v1", "NetworkPolicy", PRODUCTION, "default-deny")
    whole.api.patch(deny, {"spec": {"ingress": [{}]}})
    assert whole.found() == {
        f"NetworkPolicy {PRODUCTION}/default-deny": (Deviation.DRIFTED, "spec.ingress")
    }


def test_a_stray_object_is_extra(whole: Verified) -> None:
    labels = (whole.api.get(MLFLOW) or {})["metadata"]["labels"]
    stray = named("v1", "ConfigMap", PLATFORM, "stray")
    stray["metadata"]["labels"] = labels
    whole.api.apply(stray)
    assert whole.found() == {f"ConfigMap {PLATFORM}/stray": (Deviation.EXTRA, "is not planned")}
    whole.api.delete(stray)


def test_a_kind_that_came_later_is_looked_at_too(whole: Verified) -> None:
    """Operators bring kinds; one that was not there at the last look is no blind spot."""
    definition = _definition()
    labels = (whole.api.get(MLFLOW) or {})["metadata"]["labels"]
    late = named("late.example/v1", "Late", PLATFORM, "late")
    late["metadata"]["labels"] = labels
    whole.api.create(definition)
    until(lambda: "Late" in whole.api.kinds_of("late.example/v1"))
    try:
        whole.api.create(late)
        assert whole.found() == {f"Late {PLATFORM}/late": (Deviation.EXTRA, "is not planned")}
        assert f"Late {PLATFORM}/late" in {f.name for f in inventory_of(whole.plan, "local").left()}
    finally:
        whole.api.delete(definition)
        until(lambda: "Late" not in whole.api.kinds_of("late.example/v1"))


def _definition() -> Mapping[str, Any]:
    schema = {"openAPIV3Schema": {"type": "object"}}
    version = {"name": "v1", "served": True, "storage": True, "schema": schema}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "lates.late.example"},
        "spec": {
            "group": "late.example",
            "scope": "Namespaced",
            "names": {
                "plural": "lates",
                "singular": "late",
                "kind": "Late",
                "listKind": "LateList",
            },
            "versions": [version],
        },
    }


def test_a_pod_without_a_place_says_why(whole: Verified) -> None:
    """In the scheduler's own words."""
    [container] = (whole.api.get(MLFLOW) or {})["spec"]["template"]["spec"]["containers"]
    greedy = {"name": container["name"], "resources": {"requests": {"cpu": "1000"}}}
    change = {"spec": {"template": {"spec": {"containers": [greedy]}}}}
    whole.api.patch(MLFLOW, change, strategic=True)
    until(lambda: any("Insufficient cpu" in why for _, why in _mlflow(whole)))
    said = dict(_mlflow(whole))
    assert "Insufficient cpu" in said[Deviation.NOT_READY]
    assert "cpu" in said[Deviation.DRIFTED]
    [item] = [e for e in map(expected, whole.graph) if e.name == f"Deployment {PLATFORM}/mlflow"]
    reasons = inventory_of(whole.plan, "local").reasons(item)
    assert any("Insufficient cpu" in reason for reason in reasons)


def _mlflow(platform: Verified) -> list[tuple[Deviation, str]]:
    return [
        (d.found.deviation, d.found.why)
        for d in platform.verify().deviations
        if d.found.name == f"Deployment {PLATFORM}/mlflow"
    ]


def _ready(api: Api, manifest: Mapping[str, Any]) -> int:
    return ((api.get(manifest) or {}).get("status") or {}).get("readyReplicas", 0)


def test_what_the_engine_does_not_know_is_missing(whole: Verified) -> None:
    """Though it stands: the next `up` would stumble over it."""
    resources = whole.state.resources
    known = State(
        tuple(r for r in resources if not r.urn.endswith("Deployment::verified-churn")), ()
    )
    lost = {r.urn for r in resources} - {r.urn for r in known.resources}
    found = whole.verify(known).deviations
    assert {(d.found.urn, d.found.deviation) for d in found} == {
        (urn, Deviation.MISSING) for urn in lost
    }
    assert all(d.found.why == "was never deployed" for d in found)


def test_a_run_that_was_cut_off_is_told(whole: Verified) -> None:
    urn = whole.state.resources[-1].urn
    [found] = whole.verify(State(whole.state.resources, (urn,))).deviations
    assert (found.found.deviation, found.found.urn) == (Deviation.NOT_READY, urn)


def test_after_destroy_nothing_is_left_but_what_was_kept(
    whole: Verified, control_plane: ControlPlane
) -> None:
    """A volume that outlives its claim is found, whatever has become of its namespace."""
    claims = whole.api.list("v1", "PersistentVolumeClaim", PLATFORM)
    assert claims
    kept = named("v1", "PersistentVolume", None, claims[0]["spec"]["volumeName"])
    whole.api.patch(kept, {"spec": {"persistentVolumeReclaimPolicy": "Retain"}})
    assert not verify_gone(whole.plan, State((), ())).fine
    whole.take_down()
    until(lambda: len(verify_gone(whole.plan, State((), ())).deviations) < 2)
    [left] = verify_gone(whole.plan, State((), ())).deviations
    assert left.found.deviation is Deviation.LEFT
    assert left.found.name == f"PersistentVolume {kept['metadata']['name']}"
    assert left.found.why == f"held the claim {claims[0]['metadata']['name']}"
    whole.api.delete(kept)
    until(lambda: verify_gone(whole.plan, State((), ())).fine)
    assert verify_gone(whole.plan, State((), ())).deviations == ()
