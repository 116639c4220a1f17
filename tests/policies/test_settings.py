"""Who says how strictly a rule is held, and what is waived."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from docs.generators.policies import ORGANISATION
from tests.policies.example import Thing

from modelyard.blueprint.errors import BlueprintError, Problem
from modelyard.blueprint.loading import load
from modelyard.catalog.policies import Level
from modelyard.policies.organisation import FILE, found, settings_for
from modelyard.policies.settings import DEFAULT, Settings, settle
from modelyard.policies.verdict import Verdict, judge

BLUEPRINT = """\
modelyard: 1
name: yard
team: {owner: ml@example.com, domain: demo}
sites: {local: {kind: kubernetes}}
models: [{name: churn, type: predictive, source: "models:/churn@champion"}]
"""
TODAY = date.today()
RULE, ADVISORY = "storage-bucket-public", "storage-bucket-lifecycle"
GOOD = {"publicAccessPrevention": "enforced", "lifecycleRules": [{"action": {"type": "Delete"}}]}
REST = {
    "uniformBucketLevelAccess": True,
    "versioning": {"enabled": True},
    "encryption": {"defaultKmsKeyName": "k"},
}


def bucket(name: str, *, public: bool = False) -> Thing:
    """A bucket that keeps every rule, or all but one."""
    inputs = {**GOOD, **REST, "publicAccessPrevention": "inherited" if public else "enforced"}
    return Thing("gcp:storage/bucket:Bucket", inputs, name, protect=True)


@pytest.fixture
def settings(tmp_path: Path) -> Callable[..., Settings]:
    """What holds for a blueprint in a repository, under an organisation's file and a team's own."""

    def made(team: str = "", *, organisation: str = "", beside: str = "") -> Settings:
        (tmp_path / ".git").mkdir(exist_ok=True)
        folder = tmp_path / "blueprints"
        folder.mkdir(exist_ok=True)
        if organisation:
            (tmp_path / FILE).write_text(organisation)
        if beside:
            (folder / FILE).write_text(beside)
        file = folder / "yard.yaml"
        file.write_text(BLUEPRINT + (f"policies:\n{team}" if team else ""))
        loaded = load(file)
        return settings_for(file, loaded.blueprint.policies, loaded.document)

    return made


def refused(made: Callable[[], Settings]) -> list[Problem]:
    with pytest.raises(BlueprintError) as caught:
        made()
    return list(caught.value.problems)


def verdict(settings: Settings, *things: Thing) -> Verdict:
    return judge(things, settings)


def waiver(rule: str = RULE, resource: str = "yard-*", days: int = 30) -> str:
    until = TODAY + timedelta(days=days)
    what = f"rule: {rule}, resource: '{resource}', reason: On purpose, until: {until}"
    return f"  waivers:\n    - {{{what}}}\n"


def test_without_a_word_the_rules_decide() -> None:
    settled = settle()
    assert settled.held[RULE].level is Level.MANDATORY
    assert settled.held[ADVISORY].level is Level.ADVISORY
    assert settled.held[RULE].by == DEFAULT


def test_a_mandatory_rule_stops_and_an_advisory_one_does_not() -> None:
    broken = verdict(settle(), bucket("a", public=True), bucket("b"))
    assert [(b.rule.id, b.resource.name) for b in broken.failed] == [(RULE, "a")]
    assert broken.blocks
    assert broken.kept[RULE] == 1
    idle = Thing(
        "gcp:storage/bucket:Bucket", {**bucket("a").inputs, "lifecycleRules": []}, "a", True
    )
    advised = verdict(settle(), idle)
    assert [b.rule.id for b in advised.failed] == [ADVISORY]
    assert not advised.blocks


def test_a_blueprint_sets_levels(settings: Callable[..., Settings]) -> None:
    settled = settings(f"  levels: {{{RULE}: advisory, {ADVISORY}: off}}\n")
    assert settled.held[RULE].by == "blueprint"
    found = verdict(settled, bucket("a", public=True))
    assert not found.blocks
    assert found.off == {ADVISORY: "blueprint"}
    assert ADVISORY not in found.kept


@pytest.mark.parametrize("level", ["advisory", "off"])
def test_what_an_organisation_makes_mandatory_stays_so(
    settings: Callable[..., Settings], level: str
) -> None:
    organisation = f"levels: {{{ADVISORY}: mandatory}}\n"
    assert settings(organisation=organisation).held[ADVISORY].level is Level.MANDATORY
    (problem,) = refused(lambda: settings(f"  levels: {{{ADVISORY}: {level}}}\n"))
    assert problem.path == f"policies.levels.{ADVISORY}"
    assert problem.where is not None
    assert problem.where.line == 7
    assert f"mandatory by {FILE}" in problem.what or FILE in problem.what


def test_nor_can_a_blueprint_waive_it(settings: Callable[..., Settings]) -> None:
    organisation = f"levels: {{{RULE}: mandatory}}\n"
    (problem,) = refused(lambda: settings(waiver(), organisation=organisation))
    assert problem.path == "policies.waivers[0].rule"


def test_the_outermost_file_binds_those_inside(settings: Callable[..., Settings]) -> None:
    outer, inner = f"levels: {{{RULE}: mandatory}}\n", f"levels: {{{RULE}: off}}\n"
    (problem,) = refused(lambda: settings(organisation=outer, beside=inner))
    assert problem.path == f"levels.{RULE}"


def test_an_organisation_may_loosen_and_a_team_be_stricter(
    settings: Callable[..., Settings],
) -> None:
    assert settings(organisation=f"levels: {{{RULE}: off}}\n").held[RULE].level is Level.OFF
    settled = settings(f"  levels: {{{RULE}: mandatory}}\n")
    assert settled.held[RULE].level is Level.MANDATORY


def test_a_waiver_is_shown_and_counts(settings: Callable[..., Settings]) -> None:
    settled = settings(waiver())
    found = verdict(settled, bucket("yard-a", public=True), bucket("other"))
    (waived,) = found.waived
    assert waived.exemption is not None
    assert waived.exemption.waiver.reason == "On purpose"
    assert (found.failed, found.problems, found.blocks) == ((), (), False)


def test_a_waiver_may_name_a_type(settings: Callable[..., Settings]) -> None:
    settled = settings(waiver(resource="gcp:storage/*::yard-a"))
    assert verdict(settled, bucket("yard-a", public=True)).waived
    assert verdict(settled, bucket("yard-b", public=True)).blocks


def test_a_waiver_counts_until_its_last_day_and_no_longer(
    settings: Callable[..., Settings],
) -> None:
    assert verdict(settings(waiver(days=0)), bucket("yard-a", public=True)).waived
    assert verdict(settings(waiver(days=-1)), bucket("yard-a", public=True)).blocks


def test_a_waiver_that_has_ended_is_said(settings: Callable[..., Settings], tmp_path: Path) -> None:
    settings(waiver(days=-1))
    (warning,) = load(tmp_path / "blueprints" / "yard.yaml").warnings
    assert "ended on" in warning.what
    text = waiver(days=-1).replace("  ", "", 1)
    (said,) = settings(organisation=text).problems
    assert "ended on" in said.what


def test_a_waiver_that_means_nothing_is_said_with_the_nearest(
    settings: Callable[..., Settings],
) -> None:
    (problem,) = verdict(settings(waiver(resource="yard-bukket")), bucket("yard-bucket")).problems
    assert problem.nearest == "yard-bucket"
    (kept,) = verdict(settings(waiver()), bucket("yard-bucket")).problems
    assert "keeps" in kept.what
    off = waiver() + f"  levels: {{{RULE}: off}}\n"
    (idle,) = verdict(settings(off), bucket("yard-bucket")).problems
    assert "is off" in idle.what


def test_an_organisation_waives_for_many_platforms(settings: Callable[..., Settings]) -> None:
    text = waiver(resource="elsewhere-*").replace("  waivers", "waivers")
    assert verdict(settings(organisation=text), bucket("yard-a")).problems == ()


@pytest.mark.parametrize(
    ("team", "path"),
    [
        ("  levels: {storage-buket-public: off}\n", "policies.levels.storage-buket-public"),
        (waiver("storage-buket-public"), "policies.waivers[0].rule"),
    ],
)
def test_an_unknown_rule_is_refused_with_the_nearest(
    settings: Callable[..., Settings], team: str, path: str
) -> None:
    (problem,) = refused(lambda: settings(team))
    assert (problem.path, problem.nearest) == (path, RULE)


def test_so_is_one_in_an_organisations_file(settings: Callable[..., Settings]) -> None:
    (problem,) = refused(lambda: settings(organisation="levels: {storage-buket-public: off}\n"))
    assert problem.nearest == RULE
    assert problem.where is not None
    assert problem.where.file.endswith(FILE)


def test_an_organisations_file_is_closed_to_what_it_does_not_know(
    settings: Callable[..., Settings],
) -> None:
    (problem,) = refused(lambda: settings(organisation="level: {}\n"))
    assert problem.nearest == "levels"


def test_files_are_looked_for_up_to_the_repository_and_no_further(tmp_path: Path) -> None:
    inner = tmp_path / "repository" / "teams" / "a"
    inner.mkdir(parents=True)
    for folder in (tmp_path, tmp_path / "repository", inner):
        (folder / FILE).write_text("levels: {}\n")
    assert list(found(inner / "b.yaml")) == [inner / FILE], "no repository: its own folder alone"
    (tmp_path / "repository" / ".git").mkdir()
    assert list(found(inner / "b.yaml")) == [tmp_path / "repository" / FILE, inner / FILE]


def test_a_file_that_is_given_is_the_only_one(
    settings: Callable[..., Settings], tmp_path: Path
) -> None:
    settings(organisation=f"levels: {{{RULE}: off}}\n")
    given = tmp_path / "other.yaml"
    given.write_text(f"levels: {{{ADVISORY}: off}}\n")
    settled = settings_for(tmp_path / "blueprints" / "yard.yaml", given=given)
    assert settled.held[RULE].level is Level.MANDATORY
    assert settled.held[ADVISORY].level is Level.OFF


def test_the_example_in_the_documentation_holds(settings: Callable[..., Settings]) -> None:
    settled = settings(organisation=ORGANISATION)
    assert settled.held["cost-budget"].level is Level.MANDATORY
