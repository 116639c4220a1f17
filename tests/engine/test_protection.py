"""What holds data outlives a destroy, and the rest comes back around it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.engine.backend import Backend
from tests.engine.edits import edited, without_protection
from tests.engine.runs import carried_out, deployment, only
from tests.engine.states import differing, of_graph, of_state
from tests.support.shipped import Case, planned, recorded

from modelyard.engine.stack import FailedError

CASE = Case("quickstart.yaml", None)


def test_what_is_protected_is_not_destroyed(quick: Backend) -> None:
    graph = recorded(CASE)
    protected = {resource.urn for resource in graph if resource.protect}
    assert protected
    with quick.open(planned(CASE).plan) as stack:
        carried_out(stack.up)
        kept = {urn: uid(quick, urn, deployment(stack)) for urn in protected}
        with pytest.raises(FailedError, match="protected"):
            carried_out(stack.destroy)
        assert protected <= {resource.urn for resource in stack.state().resources}
        carried_out(stack.up)
        state = deployment(stack)
        assert differing(of_state(state), of_graph(graph)) == []
        assert {urn: uid(quick, urn, state) for urn in protected} == kept, "none was made anew"


def test_letting_go_changes_nothing_and_then_all_goes(quick: Backend, tmp_path: Path) -> None:
    with quick.open(planned(CASE).plan) as stack:
        carried_out(stack.up)
    with quick.open(edited(CASE, tmp_path, without_protection)) as stack:
        assert carried_out(stack.up).changes == {}
        run = carried_out(stack.destroy)
        assert only(run.changes, "delete") >= {resource.urn for resource in recorded(CASE)}
    assert quick.cloud.things() == []


def uid(backend: Backend, urn: str, state: object) -> str:
    """The identity that the cluster gave an object when it was made."""
    [item] = [item for item in state["resources"] if item["urn"] == urn]
    [thing] = [
        thing
        for thing in backend.cloud.things()
        if (thing.type, thing.id) == (item["type"], item["id"])
    ]
    return backend.cloud.read(thing)["metadata"]["uid"]
