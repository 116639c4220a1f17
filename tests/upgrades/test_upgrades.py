"""Today's program carries on what earlier versions deployed. (On the engine: tests/engine.)"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.shipped import cases
from tests.upgrades.losses import losses, stateful
from tests.upgrades.released import Released, releases

from modelyard.program import record_plan
from modelyard.recorder import Graph

DATABASE = "kubernetes:apps/v1:StatefulSet::quickstart-database"


def test_every_shipped_blueprint_was_kept() -> None:
    """A new one is kept with `python -m tests.upgrades` before it is released."""
    assert {str(case) for case in cases()} <= {released.name for released in releases()}


@pytest.mark.parametrize("released", releases(), ids=str)
def test_an_upgrade_loses_nothing(released: Released, tmp_path: Path) -> None:
    assert any(map(stateful, released.resources))
    graph = record_plan(released.plan(tmp_path), deployed=True)
    assert losses(released.resources, graph) == []


@pytest.fixture
def quickstart() -> Released:
    return next(released for released in releases() if released.name == "quickstart")


def graph_with(released: Released, folder: Path, **changes: object) -> Graph:
    """Today's graph with other facts about its database."""
    graph = record_plan(released.plan(folder), deployed=True)
    resources = [
        replace(resource, **changes) if resource.urn.endswith(DATABASE) else resource
        for resource in graph
    ]
    return Graph.of(graph.project, graph.stack, resources, graph.outputs)


def database(released: Released) -> str:
    """The URN that it was released with."""
    return next(kept.urn for kept in released.resources if kept.urn.endswith(DATABASE))


def test_a_rename_is_a_loss(quickstart: Released, tmp_path: Path) -> None:
    urn = database(quickstart)
    renamed = graph_with(quickstart, tmp_path, urn=f"{urn}-server")
    assert losses(quickstart.resources, renamed) == [
        f"{urn} is not there any more; give what it is now an alias"
    ]


def test_a_rename_with_an_alias_is_none(quickstart: Released, tmp_path: Path) -> None:
    urn = database(quickstart)
    renamed = graph_with(quickstart, tmp_path, urn=f"{urn}-server", aliases=(urn,))
    assert losses(quickstart.resources, renamed) == []


def test_what_cannot_be_changed_is_a_loss(quickstart: Released, tmp_path: Path) -> None:
    kept = next(kept for kept in quickstart.resources if kept.urn.endswith(DATABASE))
    inputs = {**kept.inputs, "spec": {**kept.inputs["spec"], "serviceName": "another"}}
    changed = graph_with(quickstart, tmp_path, inputs=inputs)
    assert losses(quickstart.resources, changed) == [
        f"{kept.urn} would be replaced for spec.serviceName"
    ]
