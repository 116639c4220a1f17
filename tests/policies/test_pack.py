"""The policy pack, with a stand-in for the library that only its own environment has.

The engine itself loads it in `tests/engine/test_policy_pack.py`.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import yaml
from tests.policies.example import Example, Thing, said
from tests.policies.examples import examples

from modelyard.catalog.policies import Level, rule_texts
from modelyard.policies import rules
from modelyard.policies.settings import Held, Settings, settle

PACK = Path(__file__).parents[2] / "policies"
EXAMPLES = [example for example in examples() if not rules()[example.rule].secrecy]
RULE = "encryption-key-rotation"


class Enforcement(Enum):
    ADVISORY, MANDATORY, DISABLED = range(3)


class UnknownValueError(Exception):
    """What the library raises for a value that is not known yet."""


class GuardedMap(Mapping[str, Any]):
    """Values as the library hands them over: a look at what is not known raises."""

    def __init__(self, held: Mapping[str, Any]) -> None:
        self._held = held

    def __getitem__(self, key: str) -> Any:
        return guarded(self._held[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)


class GuardedList(Sequence[Any]):
    def __init__(self, held: list[Any]) -> None:
        self._held = held

    def __getitem__(self, index: Any) -> Any:
        return guarded(self._held[index])

    def __len__(self) -> int:
        return len(self._held)


def guarded(value: Any) -> Any:
    """As the engine has it: numbers are floats."""
    if value == "${unknown}":
        raise UnknownValueError
    if isinstance(value, Mapping):
        return GuardedMap(value)
    if isinstance(value, list):
        return GuardedList(value)
    return float(value) if type(value) is int else value


@dataclass
class Policy:
    name: str
    description: str
    validate: Any
    enforcement_level: Enforcement


class ResourcePolicy(Policy):
    pass


class StackPolicy(Policy):
    pass


@dataclass
class Packs:
    """The packs that were registered."""

    made: list[tuple[str, list[Policy]]] = field(default_factory=list)

    def __call__(self, name: str, policies: list[Policy]) -> None:
        self.made.append((name, policies))


@pytest.fixture(scope="module")
def pack() -> Iterator[ModuleType]:
    """The pack's module."""
    library = ModuleType("pulumi_policy")
    vars(library).update(
        EnforcementLevel=Enforcement,
        Policy=Policy,
        PolicyPack=Packs(),
        ResourceValidationPolicy=ResourcePolicy,
        StackValidationPolicy=StackPolicy,
    )
    proxy = ModuleType("pulumi_policy.proxy")
    vars(proxy).update(UnknownValueError=UnknownValueError)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "pulumi_policy", library)
        patch.setitem(sys.modules, "pulumi_policy.proxy", proxy)
        spec = importlib.util.spec_from_file_location("the_pack", PACK / "__main__.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield module


def handed(thing: Thing, everything: Mapping[str, Any]) -> SimpleNamespace:
    """A resource as the library hands it over, alone or in a stack."""
    depends = {
        key: [everything[urn] for urn in urns if urn in everything]
        for key, urns in thing.property_dependencies.items()
    }
    return SimpleNamespace(
        urn=thing.urn,
        resource_type=thing.type,
        name=thing.name,
        props=guarded(thing.inputs),
        opts=SimpleNamespace(protect=thing.protect, parent=None),
        provider=SimpleNamespace(urn=thing.provider) if thing.provider else None,
        property_dependencies=depends,
    )


def reported(policy: Policy, things: tuple[Thing, ...]) -> list[tuple[str, str]]:
    """What a policy reports of some resources: words and URN."""
    heard: list[tuple[str, str]] = []
    known: dict[str, Any] = {thing.urn: SimpleNamespace(urn=thing.urn) for thing in things}
    given = [handed(thing, known) for thing in things]
    if isinstance(policy, StackPolicy):
        policy.validate(SimpleNamespace(resources=given), lambda *said: heard.append(said))
        return [(what, urn) for what, urn in heard if urn == things[0].urn]
    policy.validate(given[0], lambda *said: heard.append(said))
    return heard


@pytest.fixture(scope="module")
def policies(pack: ModuleType) -> Mapping[str, Policy]:
    return {policy.name: policy for policy in pack.policies(settle())}


def test_every_rule_is_a_policy_that_says_why(policies: Mapping[str, Policy]) -> None:
    assert set(policies) == {id for id, rule in rules().items() if not rule.secrecy}
    for id, policy in policies.items():
        text = rule_texts()[id]
        assert isinstance(policy, ResourcePolicy if rules()[id].alone else StackPolicy)
        assert text.title in policy.description
        assert text.fix in policy.description
        assert policy.enforcement_level.name.lower() == text.level


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_it_judges_as_the_plan_does(policies: Mapping[str, Policy], example: Example) -> None:
    policy = policies[example.rule]
    assert reported(policy, example.good) == []
    urns = [urn for _, urn in reported(policy, example.bad)]
    assert urns == [example.bad[0].urn] * len(said(example.rule, example.bad))


def test_what_is_not_known_yet_is_not_held_against_it(policies: Mapping[str, Policy]) -> None:
    database = Thing("aws:rds/instance:Instance", {"kmsKeyId": "${unknown}", "tags": ["a"]})
    assert reported(policies["encryption-database-key"], (database,)) == []


def test_a_policy_leaves_other_types_alone(policies: Mapping[str, Policy]) -> None:
    assert reported(policies[RULE], (Thing("aws:ec2/vpc:Vpc"),)) == []


def test_levels_are_the_engines(pack: ModuleType) -> None:
    held = {**settle().held, RULE: Held(Level.ADVISORY, "x"), "storage-lock": Held(Level.OFF, "x")}
    found = {policy.name: policy for policy in pack.policies(Settings(held))}
    assert found[RULE].enforcement_level is Enforcement.ADVISORY
    assert "storage-lock" not in found


def test_settings_are_those_of_the_stacks_blueprint(
    pack: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blueprint = tmp_path / "yard.yaml"
    waived = f"{{rule: {RULE}, resource: 'it*', reason: On purpose, until: 2999-12-31}}"
    blueprint.write_text(
        "modelyard: 1\nname: yard\nteam: {owner: ml@example.com, domain: demo}\n"
        "sites: {local: {kind: kubernetes}}\n"
        f"policies: {{levels: {{storage-lock: off}}, waivers: [{waived}]}}\n"
    )
    monkeypatch.setenv("MODELYARD_BLUEPRINT", str(blueprint))
    found = {policy.name: policy for policy in pack.policies(pack.settings())}
    assert "storage-lock" not in found
    key = "aws:kms/key:Key"
    assert reported(found[RULE], (Thing(key, {}, "it-is"),)) == []
    assert reported(found[RULE], (Thing(key, {}, "other"),)) != []
    organisation = tmp_path / "acme.yaml"
    organisation.write_text("levels: {supply-image-tag: advisory}\n")
    monkeypatch.delenv("MODELYARD_BLUEPRINT")
    monkeypatch.setenv("MODELYARD_POLICIES", str(organisation))
    assert pack.settings().held["supply-image-tag"].level is Level.ADVISORY


def test_the_engine_finds_it() -> None:
    """Its environment is the one that the Makefile sets up."""
    project = yaml.safe_load((PACK / "PulumiPolicy.yaml").read_text(encoding="utf-8"))
    assert project["runtime"]["name"] == "python"
    folder = (PACK / project["runtime"]["options"]["virtualenv"]).resolve()
    assert f"{folder.name}/.ready" in (PACK.parent / "Makefile").read_text(encoding="utf-8")
