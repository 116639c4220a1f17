"""`modelyard render`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml
from tests.cli.conftest import Run
from tests.support import shipped

from modelyard.review.manifests import MARKER


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_it_says_what_was_written_and_what_comes_next(run: Run, folder: Path) -> None:
    result = run("render", "quickstart.yaml", "--out", "out/quick")
    assert (result.code, result.err) == (0, "")
    kustomization = yaml.safe_load((folder / "out/quick/kustomization.yaml").read_text())
    count = len(kustomization["resources"])
    assert f"{count} objects in out/quick" in result.out
    assert "out/quick/SECRETS.md" in result.out
    assert "next: kustomize build out/quick \\\n        | kubectl apply" in result.out
    for name in kustomization["resources"]:
        assert yaml.safe_load((folder / "out/quick" / name).read_text())["kind"]


def test_charts_are_said_too(run: Run) -> None:
    result = run("render", shipped.FOLDER / "finance.yaml", "-e", "prod", "--out", "out")
    assert result.code == 0
    assert " charts in out" in result.out
    assert "kustomize build --enable-helm out" in result.out


def test_each_site_has_a_folder(run: Run, folder: Path) -> None:
    result = run("render", shipped.FOLDER / "manufacturing.yaml", "--out", "out")
    assert result.code == 0
    for site in ("central", "plant"):
        assert f"kustomize build --enable-helm out/{site} \\" in result.out
        kustomization = yaml.safe_load((folder / "out" / site / "kustomization.yaml").read_text())
        assert all((folder / "out" / site / name).exists() for name in kustomization["resources"])


def test_its_own_folder_is_written_anew(run: Run, folder: Path) -> None:
    run("render", shipped.FOLDER / "small-team.yaml", "--out", "out")
    before = contents(folder / "out")
    assert run("render", "quickstart.yaml", "--out", "out").code == 0
    assert "growth" not in " ".join(contents(folder / "out"))
    assert run("render", shipped.FOLDER / "small-team.yaml", "--out", "out").code == 0
    assert contents(folder / "out") == before
    assert sorted(path.name for path in folder.iterdir()) == ["out", "quickstart.yaml"]


def test_a_foreign_folder_is_left_alone(run: Run, folder: Path) -> None:
    (folder / "out").mkdir()
    (folder / "out" / "thesis.txt").write_text("five years")
    result = run("render", "quickstart.yaml", "--out", "out")
    assert result.code == 2
    assert "holds other files" in result.err
    assert contents(folder / "out") == {"thesis.txt": b"five years"}


@pytest.mark.parametrize("kind", ["file", "link"])
def test_what_is_not_a_folder_is_left_alone(kind: str, run: Run, folder: Path) -> None:
    (folder / "target").mkdir()
    out = folder / "out"
    out.write_text("x") if kind == "file" else out.symlink_to(folder / "target")
    result = run("render", "quickstart.yaml", "--out", "out")
    assert result.code == 2
    assert "is not a folder" in result.err
    assert list((folder / "target").iterdir()) == []


def test_a_folder_in_no_place_at_all(run: Run) -> None:
    result = run("render", "quickstart.yaml", "--out", "/proc/nowhere/out")
    assert result.code == 3
    assert "Traceback" not in result.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(run: Run, folder: Path) -> None:
    (folder / "locked").mkdir(mode=0o500)
    result = run("render", "quickstart.yaml", "--out", "locked/out")
    assert result.code == 3


def test_a_failure_half_way_leaves_the_old_folder(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("render", "quickstart.yaml", "--out", "out")
    before = contents(folder / "out")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "out")

    monkeypatch.setattr("modelyard.review.manifests._secrets_page", full)
    result = run("render", "quickstart.yaml", "--out", "out")
    assert result.code == 3
    assert contents(folder / "out") == before
    assert sorted(path.name for path in folder.iterdir()) == ["out", "quickstart.yaml"]


def test_an_empty_folder_will_do(run: Run, folder: Path) -> None:
    (folder / "out").mkdir()
    assert run("render", "quickstart.yaml", "--out", "out").code == 0
    assert (folder / "out" / MARKER).exists()
