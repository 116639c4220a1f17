"""What changes between two plans, in the words of the blueprint."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.support import shipped

from modelyard.program import plan_file
from modelyard.review.blueprint_changes import blueprint_changes


@pytest.mark.parametrize("file", sorted(shipped.FOLDER.glob("*.yaml")), ids=lambda file: file.stem)
def test_a_plan_and_itself_differ_in_nothing(file: Path) -> None:
    """Nor where a model stands on two sites, on another machine on each."""
    plan = plan_file(file).plan
    assert blueprint_changes(plan, plan) == ()


def test_another_machine_on_one_of_two_sites_is_said_once() -> None:
    plan = plan_file(shipped.FOLDER / "hybrid-burst.yaml").plan
    *others, last = plan.models
    assert [model.name for model in plan.models].count(last.name) == 2
    after = replace(plan, models=(*others, replace(last, machine="another")))
    (said,) = blueprint_changes(plan, after)
    assert (said.topic, said.path) == ("machines", f"models[{last.name}]")
    assert "another" in str(said.after)
