"""Which Pulumi project a blueprint belongs to."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from modelyard.blueprint.errors import ModelyardError
from modelyard.engine.project import project_of, workspace

ROOT = Path(__file__).parents[2]


def test_the_repositorys_own_project_is_found_from_a_blueprint() -> None:
    project = project_of(ROOT / "blueprints" / "quickstart.yaml")
    assert project.settings == ROOT / "stacks"
    assert project.content["config"] == {"pulumi:disable-default-providers": ["*"]}
    assert project.content["runtime"] == "python"
    assert "main" not in project.content


def test_without_a_project_settings_lie_beside_the_blueprint(tmp_path: Path) -> None:
    project = project_of(tmp_path / "mine.yaml")
    assert project.settings == tmp_path
    assert project.content["name"] == "modelyard"


def test_the_workspace_finds_its_way_back_to_the_settings(tmp_path: Path) -> None:
    with workspace(project_of(tmp_path / "mine.yaml")) as folder:
        written = yaml.safe_load((Path(folder) / "Pulumi.yaml").read_text())
        assert (Path(folder).resolve() / written["stackConfigDir"]).resolve() == tmp_path.resolve()
    assert not Path(folder).exists()


def test_a_backend_of_the_project_is_kept(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text(
        "name: modelyard\nruntime: {name: python}\nbackend: {url: s3://states}\n"
    )
    assert project_of(tmp_path / "mine.yaml").content["backend"] == {"url": "s3://states"}


def test_somebody_elses_project_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: modelyard\nruntime: python\n")
    inner = tmp_path / "infra"
    inner.mkdir()
    (inner / "Pulumi.yaml").write_text("name: infra\nruntime: go\n")
    assert project_of(inner / "mine.yaml").settings == tmp_path


@pytest.mark.parametrize(("content", "words"), [("[", "cannot be read"), ("- a\n", "holds no")])
def test_a_project_that_cannot_be_read_is_refused_in_words(
    tmp_path: Path, content: str, words: str
) -> None:
    (tmp_path / "Pulumi.yaml").write_text(content)
    with pytest.raises(ModelyardError, match=words) as refused:
        project_of(tmp_path / "mine.yaml")
    assert "Next: " in str(refused.value)
