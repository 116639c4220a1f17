"""Which models `failover` means, and what it refuses before the engine is asked."""

from __future__ import annotations

import pytest
from tests.cli.conftest import Run
from tests.support import shipped

from modelyard.blueprint.errors import ModelyardError
from modelyard.cli.failover import moved
from modelyard.plan.plan import Plan


def plan(name: str) -> Plan:
    [case] = [it for it in shipped.cases() if it.path.stem == name]
    return shipped.planned(case).plan


def test_all_are_those_with_that_site() -> None:
    two = plan("active-passive")
    assert moved(two, (), "west") == moved(two, ("motor",), None) == ("motor",)


@pytest.mark.parametrize(
    ("blueprint", "names", "site", "said"),
    [
        ("active-passive", ("home",), "west", "'home' has no second site on 'west'; there is one"),
        ("active-passive", ("motor",), "east", "'motor' has no second site on 'east'. Next"),
        ("quickstart", (), None, "no model has a second site. Next"),
    ],
)
def test_what_cannot_be_moved_is_said(
    blueprint: str, names: tuple[str, ...], site: str | None, said: str
) -> None:
    with pytest.raises(ModelyardError, match=said):
        moved(plan(blueprint), names, site)


@pytest.mark.parametrize(
    "given", [["--to", "west"], ["motor"], ["motor", "--to", "west", "--back"], ["motor", "--all"]]
)
def test_it_is_told_what_and_where(given: list[str], run: Run) -> None:
    result = run("failover", "quickstart.yaml", *given, "--yes")
    assert result.code == 2
    assert "name MODELs or --all, and --to SITE or --back" in result.err
