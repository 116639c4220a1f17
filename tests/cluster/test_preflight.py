"""A real API server is asked whether a plan can be carried out in it."""

from __future__ import annotations

from tests.support.cluster import ControlPlane
from tests.support.cluster.api import Api
from tests.support.cluster.inventory import cluster_api
from tests.support.parts import planned

from modelyard.contracts.preflight import Answer, Verdict
from modelyard.engine.preflight import args_of
from modelyard.program import record_plan
from modelyard.sites.kubernetes.preflight.interview import Interview

SITE = """
sites: {here: {kind: onprem, storage_class: of-the-preflight, keys: {engine: cert-manager}}}
models:
  - {name: churn, type: predictive, source: "s3://models/churn/1", serve: {engine: onnx-runtime}}
"""
CLASS = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {"name": "of-the-preflight"},
    "provisioner": "acme.example/disks",
}


def test_it_answers_and_nothing_is_changed(control_plane: ControlPlane, api: Api) -> None:
    plan = planned(SITE)
    args = args_of(plan, record_plan(plan), "here")

    def asked() -> dict[str, Answer]:
        answers = Interview(args, cluster_api(control_plane.kubeconfig)).answers()
        return {answer.topic: answer for answer in answers}

    before = {each["metadata"]["name"] for each in api.list("v1", "Namespace")}
    answers = asked()
    assert answers["cluster"].found.startswith("v1.")
    fine = ("cluster", "permission", "kind")
    assert {answers[topic].verdict for topic in fine} == {Verdict.OK}
    assert answers["network"].verdict is Verdict.UNKNOWN
    assert answers["storage"].verdict is Verdict.FAILED
    api.create(CLASS)
    try:
        assert asked()["storage"].verdict is Verdict.OK
    finally:
        api.delete(CLASS)
    # What another test has deleted may still be on its way out.
    assert {each["metadata"]["name"] for each in api.list("v1", "Namespace")} <= before
