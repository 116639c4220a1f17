"""The policy pack in the real engine, over platforms with simulated providers.

It needs `pulumi-policy`, in an environment of its own: `make pack`. The engine starts a pack by way
of its support for Python; where that is not installed, as here, by a command of an older name.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pulumi import automation as auto
from tests.engine.backend import Backend
from tests.support.shipped import Case, cases, planned, recorded

from modelyard.engine.stack import Stack
from modelyard.policies.settings import settle
from modelyard.policies.verdict import judge

ROOT = Path(__file__).parents[2]
PACK = ROOT / "policies"
STARTS = """#!/bin/sh
exec "{python}" -u -m pulumi.policy "$1" "$2"
"""
RULE = "supply-image-digest"


@dataclass
class Heard:
    """What the pack said during an operation, by rule: level and resource."""

    failed: bool = False
    said: list[tuple[str, str, str]] = field(default_factory=list)
    output: str = ""

    def hear(self, event: Any) -> None:
        if found := event.policy_event:
            self.said.append((found.policy_name, found.enforcement_level, found.resource_urn or ""))

    @property
    def rules(self) -> set[str]:
        return {rule for rule, _, _ in self.said}


@pytest.fixture
def pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The pack, and on PATH what starts it."""
    python = Path(os.environ.get("MODELYARD_PACK", ROOT / ".pack")) / "bin" / "python"
    if not python.exists():
        pytest.skip("no pulumi-policy here: `make pack` sets it up")
    command = tmp_path / "bin" / "pulumi-analyzer-policy-python"
    command.parent.mkdir()
    command.write_text(STARTS.format(python=python))
    command.chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join((str(command.parent), os.environ["PATH"])))
    return PACK


def named(name: str) -> Case:
    return next(case for case in cases() if str(case) == name)


def asked(operation: Any, pack: Path) -> Heard:
    """Run an operation with the pack."""
    heard = Heard()
    try:
        operation(policy_packs=[str(pack)], on_event=heard.hear)
    except auto.CommandError as error:
        heard.failed, heard.output = True, str(error)
    return heard


@pytest.mark.parametrize("name", ["quickstart", "aws-small-team", "gcp-small-team"])
def test_a_platform_passes(name: str, pack: Path, quick: Backend) -> None:
    """What is advised is said, as `plan` says it; nothing stops."""
    with quick.open(planned(named(name)).plan) as stack:
        heard = asked(stack.opened.preview, pack)
        assert not heard.failed, heard.output
        assert RULE in heard.rules
        assert {level for _, level, _ in heard.said} == {"advisory"}
        assert heard.rules == _advised(named(name))
        assert _deployed(stack, pack) == heard.rules


def _advised(case: Case) -> set[str]:
    """What `plan` says of the same platform."""
    return {broken.rule.id for broken in judge(recorded(case, deployed=False), settle()).failed}


def _deployed(stack: Stack, pack: Path) -> set[str]:
    heard = asked(stack.opened.up, pack)
    assert not heard.failed, heard.output
    return heard.rules


def test_what_breaks_a_mandatory_rule_is_not_deployed(
    pack: Path, quick: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    organisation = tmp_path / "acme.yaml"
    organisation.write_text(f"levels: {{{RULE}: mandatory}}\n")
    monkeypatch.setenv("MODELYARD_POLICIES", str(organisation))
    with quick.open(planned(named("quickstart")).plan) as stack:
        heard = asked(stack.opened.up, pack)
        assert heard.failed
        assert (RULE, "mandatory") in {(rule, level) for rule, level, _ in heard.said}
        assert not [thing for thing in quick.cloud.things() if "Deployment" in str(thing)]


def test_a_waiver_of_the_organisation_lets_it_through(
    pack: Path, quick: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    organisation = tmp_path / "acme.yaml"
    waived = f"{{rule: {RULE}, resource: 'quickstart-*', reason: On purpose, until: 2999-12-31}}"
    organisation.write_text(f"levels: {{{RULE}: mandatory}}\nwaivers: [{waived}]\n")
    monkeypatch.setenv("MODELYARD_POLICIES", str(organisation))
    with quick.open(planned(named("quickstart")).plan) as stack:
        heard = asked(stack.opened.up, pack)
        assert not heard.failed, heard.output
        assert RULE not in heard.rules


def test_it_reads_the_blueprint_that_the_stacks_configuration_names(
    pack: Path, quick: Backend, tmp_path: Path
) -> None:
    blueprint = tmp_path / "quickstart.yaml"
    said = f"policies: {{levels: {{{RULE}: mandatory}}}}\n"
    blueprint.write_text(named("quickstart").path.read_text(encoding="utf-8") + said)
    with quick.open(planned(named("quickstart")).plan) as stack:
        stack.opened.set_config("modelyard:blueprint", auto.ConfigValue(str(blueprint)))
        heard = asked(stack.opened.preview, pack)
        assert (RULE, "mandatory") in {(rule, level) for rule, level, _ in heard.said}
