"""Every shipped blueprint, in every environment, from nothing to nothing on the real engine."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.engine.backend import Backend
from tests.engine.edits import edited, expected, with_a_model, with_a_viewer, without_protection
from tests.engine.runs import carried_out, deployment
from tests.engine.states import differing, of_graph, of_state, standing, things
from tests.support.shipped import Case, cases, planned, recorded

from modelyard.engine.stack import Stack
from modelyard.plan.plan import Plan
from modelyard.program import record_plan
from modelyard.recorder import Graph


@pytest.mark.parametrize("case", cases(), ids=str)
def test_a_platform_lives(case: Case, quick: Backend, tmp_path: Path) -> None:
    """It comes up as recorded, stays as it is, changes where its blueprint does, and goes."""
    first = planned(case).plan
    second = edited(case, tmp_path, with_a_viewer, with_a_model)
    last = edited(case, tmp_path, with_a_model, without_protection)
    with quick.open(first) as stack:
        _comes_up(stack, recorded(case), quick)
        _stays(stack)
    _changes(quick, recorded(case), second)
    _changes(quick, record_plan(second, deployed=True), last)
    with quick.open(last) as stack:
        _goes(stack, quick)


def _comes_up(stack: Stack, graph: Graph, backend: Backend) -> None:
    run = carried_out(stack.up)
    assert run.said == []
    made = sum(not resource.external for resource in graph)
    assert run.counted == {"create": made + 1}, "each once, and the stack itself"
    _as_recorded(stack, graph, backend)


def _stays(stack: Stack) -> None:
    for operation in (stack.up, stack.refresh):
        run = carried_out(operation)
        assert run.said == []
        assert run.changes == {}
        assert set(run.counted) == {"same"}


def _changes(backend: Backend, before: Graph, plan: Plan) -> None:
    after = record_plan(plan, deployed=True)
    changes = expected(before, after)
    assert changes, "the edit is one that changes something"
    with backend.open(plan) as stack:
        run = carried_out(stack.up)
        assert run.said == []
        assert run.changes == changes
        _as_recorded(stack, after, backend)


def _goes(stack: Stack, backend: Backend) -> None:
    assert carried_out(stack.destroy).said == []
    assert stack.state().empty
    assert backend.cloud.things() == []


def _as_recorded(stack: Stack, graph: Graph, backend: Backend) -> None:
    state = deployment(stack)
    assert differing(of_state(state), of_graph(graph)) == []
    assert things(state) == standing(backend.cloud.things())
