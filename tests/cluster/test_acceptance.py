"""Every object of every shipped platform, taken by a real API server for good."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.support.cluster.api import Api, Refused
from tests.support.cluster.standing import Standing
from tests.support.kubernetes_schemas import WITHOUT_SCHEMA, crds_available, crds_reason


def config_map(name: str, **more: Any) -> Mapping[str, Any]:
    metadata = {"name": name, "namespace": "default"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, **more}


def test_every_object_is_accepted(standing: Standing) -> None:
    """Strictly, in the order that the engine has, each after its namespace."""
    assert standing.refused == {}
    assert len(standing.known) > 30


_NO_PEM = "failed to find any PEM data"
"""Said of a recorded certificate: what signs it gives one when it is deployed, not before."""


def test_nothing_is_warned_of(standing: Standing) -> None:
    """Deprecated kinds, fields without effect, what a namespace would not let run."""
    said = {
        thing: [w for w in found if _NO_PEM not in w] for thing, found in standing.warnings.items()
    }
    assert {thing: found for thing, found in said.items() if found} == {}


@pytest.mark.skipif(not crds_available(), reason=crds_reason())
def test_kinds_that_cannot_be_tried_are_listed(standing: Standing) -> None:
    untried = [thing for thing in standing.snapshot.things if thing not in standing.known]
    kinds = {f"{thing.manifest['apiVersion']} {thing.kind}" for thing in untried}
    assert kinds <= set(WITHOUT_SCHEMA)


def test_what_runs_gets_ready(standing: Standing) -> None:
    """Deployments, StatefulSets, DaemonSets and Jobs; claims are bound, schedules have run."""
    assert standing.unsettled() == []
    runs = {job["metadata"]["name"] for job in standing.triggered}
    live = {
        pod["metadata"]["labels"].get("batch.kubernetes.io/job-name") for pod in standing.pods()
    }
    assert runs <= live
    assert len(runs) == len(standing.snapshot.of("CronJob"))


def test_what_keeps_a_floor_stands_on_it(standing: Standing) -> None:
    """As many replicas as the plan says at least, whoever sees to it."""
    here = [m for m in standing.plan.models if m.site == standing.place.site]
    for model in here:
        live = standing.api.get(_deployment(standing, model.name))
        if live is not None:
            assert live["status"]["readyReplicas"] == model.replicas[0], model.name


def _deployment(standing: Standing, name: str) -> Mapping[str, Any]:
    metadata = {"name": name, "namespace": standing.namespaces["production"]}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata}


def test_an_unknown_field_is_refused(api: Api) -> None:
    with pytest.raises(Refused, match=r"field not declared in schema|unknown field"):
        api.apply(config_map("strict", dta={"a": "b"}), on_trial=True)
    assert api.apply(config_map("strict", data={"a": "b"}), on_trial=True) == []


def test_a_warning_is_heard(api: Api) -> None:
    endpoints = {**config_map("old"), "kind": "Endpoints"}
    [warning] = api.apply(endpoints, on_trial=True)
    assert "deprecated" in warning


def test_an_object_before_its_namespace_is_refused(api: Api) -> None:
    early = {**config_map("early"), "metadata": {"name": "early", "namespace": "acceptance"}}
    with pytest.raises(Refused, match='namespaces "acceptance" not found'):
        api.apply(early, on_trial=True)
