"""Presets: data merged under a blueprint. Each stands under the least that a team can write."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelyard.blueprint.blueprint import Blueprint, Preset
from modelyard.blueprint.errors import BlueprintError
from modelyard.blueprint.loading import load
from modelyard.blueprint.loading.assembling import PRESETS, preset, presets
from modelyard.blueprint.model import Approval
from modelyard.blueprint.team import Classification
from modelyard.program import check_file, plan_file

LEAST = """\
modelyard: 1
name: yard
preset: {preset}
team: {{owner: ml@example.com, domain: demo}}
sites: {{local: {{kind: kubernetes}}}}
models: [{{name: m, type: predictive, source: "models:/m@champion"}}]
{more}
"""
PEOPLE = "access: {developers: ['group:ml'], approvers: ['group:risk']}"


def write(folder: Path, name: str, more: str = "") -> Path:
    people = PEOPLE if Preset(name).regulated else ""
    path = folder / "b.yaml"
    path.write_text(LEAST.format(preset=name, more=f"{people}\n{more}"))
    return path


def merged(folder: Path, name: str, more: str = "") -> Blueprint:
    return load(write(folder, name, more)).blueprint


def test_every_preset_is_a_file_and_every_file_a_preset() -> None:
    assert set(presets()) == {str(preset) for preset in Preset}
    assert len(list(PRESETS.glob("*.yaml"))) == len(Preset)


@pytest.mark.parametrize("name", Preset)
def test_a_preset_stands_under_the_least_blueprint(name: str, tmp_path: Path) -> None:
    """Checked and planned: a preset that asked for what no site has would serve nobody."""
    path = write(tmp_path, name)
    assert all(problem.severity == "warning" for problem in check_file(path))
    assert not plan_file(path).plan.errors


@pytest.mark.parametrize("name", Preset)
def test_what_a_preset_says_is_in_the_blueprint(name: str, tmp_path: Path) -> None:
    """`defaults` go into the models; the rest lies where the preset has it."""
    found = merged(tmp_path, name).model_dump(mode="json", by_alias=True)
    said = preset(name).plain()
    assert said
    for key, section in said.items():
        if key == "defaults":
            assert found["models"][0]["promote"] == {
                **found["models"][0]["promote"],
                **section["promote"],
            }
        elif isinstance(section, dict):
            assert {k: found[key][k] for k in section} == section
        else:
            assert found[key] == section


@pytest.mark.parametrize("name", ["healthcare", "finance"])
def test_regulated_industries_are_restricted_and_approve(name: str, tmp_path: Path) -> None:
    found = merged(tmp_path, name)
    assert found.data.classification is Classification.RESTRICTED
    assert found.data.pii
    assert found.compliance
    assert found.models[0].promote.approval is Approval.REQUIRED
    assert [p.value for p in Preset if p.regulated] == ["healthcare", "finance"]


@pytest.mark.parametrize("name", Preset)
def test_the_blueprint_s_own_word_comes_first(name: str, tmp_path: Path) -> None:
    found = merged(tmp_path, name, "data: {classification: confidential}\nregistry: {on: local}")
    assert found.data.classification is Classification.CONFIDENTIAL
    assert found.registry
    assert found.registry.on == "local"
    assert found.registry.engine == "mlflow"


def test_a_regulated_preset_without_approvers_does_not_stand(tmp_path: Path) -> None:
    path = tmp_path / "b.yaml"
    path.write_text(LEAST.format(preset="finance", more=""))
    with pytest.raises(BlueprintError) as caught:
        load(path)
    assert [problem.path for problem in caught.value.problems] == ["access.approvers"]
