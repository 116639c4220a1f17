"""The commands that the heavy tests use: what is pinned, what is found, how a build goes wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tools.build import BuildError, build

from tools import cache, pins

ROOT = Path(__file__).parents[2]
COMMANDS = {
    *("pulumi", "etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"),
}


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache without anything in it, and a PATH with nothing but what a test puts there."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("MODELYARD_TOOLS", str(tmp_path / "tools"))
    monkeypatch.setenv("PATH", str(programs))
    return programs


def program(folder: Path, name: str, script: str) -> Path:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    file.chmod(0o755)
    return file


def test_all_six_are_pinned_to_a_release() -> None:
    tools = {tool.name: tool for tool in pins.pinned()}
    assert set(tools) == COMMANDS
    assert all(tool.version.startswith("v") for tool in tools.values())
    assert f".Version={tools['pulumi'].version}" in tools["pulumi"].flags
    assert f"gitVersion={tools['kube-apiserver'].version}" in tools["kube-apiserver"].flags


def test_parts_of_kubernetes_have_the_number_of_the_whole() -> None:
    text = (pins.FOLDER / "go.mod").read_text(encoding="utf-8")
    kubernetes = next(tool for tool in pins.pinned() if tool.name == "kube-apiserver")
    staged = kubernetes.version.replace("v1.", "v0.", 1)
    parts = [line.split() for line in text.splitlines() if " => k8s.io/" in line]
    assert len(parts) > 30
    assert {part[-1] for part in parts} == {staged}


def test_another_pin_is_another_cache(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = cache.folder()
    other = empty.parent / "pins"
    other.mkdir()
    (other / "go.mod").write_text("go 1.26.0\n", encoding="utf-8")
    (other / "go.sum").write_text("", encoding="utf-8")
    monkeypatch.setattr(pins, "FOLDER", other)
    assert cache.folder() != before


def test_a_pulumi_on_the_path_is_taken_before_one_of_ours(empty: Path) -> None:
    ours = cache.folder() / "pulumi"
    ours.parent.mkdir(parents=True)
    ours.touch()
    assert cache.find("pulumi") == ours
    installed = program(empty, "pulumi", "exit 0")
    assert cache.find("pulumi") == installed


def test_what_is_missing_says_how_to_get_it(empty: Path) -> None:
    said = cache.missing("kwok")
    assert said is not None
    assert "no kwok here" in said
    assert "make tools" in said


def test_without_go_it_says_what_to_install(empty: Path) -> None:
    with pytest.raises(BuildError, match=r"no `go` on PATH.*Next: install Go"):
        build()


def test_an_old_go_is_refused_before_anything_is_built(empty: Path) -> None:
    program(empty, "go", "echo go1.21.3")
    with pytest.raises(BuildError, match=r"`go` is go1\.21\.3; 1\.26"):
        build()
    assert not cache.folder().exists()


FAKE_GO = """
if [ "$1" = env ]; then echo go1.99.0; exit; fi
while [ "$1" != -o ]; do shift; done
echo half > "$2"
"""


def test_a_failed_build_leaves_nothing_and_keeps_what_was_built(empty: Path) -> None:
    first = pins.pinned()[0].name
    program(
        empty,
        "go",
        f'{FAKE_GO}\ncase "$2" in *.{first}.*) ;; *) echo no such module; exit 1;; esac',
    )
    with pytest.raises(BuildError, match="no such module"):
        build()
    assert [file.name for file in cache.folder().iterdir()] == [first]
    program(empty, "go", FAKE_GO)
    assert first not in [tool.name for tool in build()]
    assert {file.name for file in cache.folder().iterdir()} == COMMANDS


def test_listing_builds_nothing_and_exits_with_3(tmp_path: Path) -> None:
    environment = {**os.environ, "MODELYARD_TOOLS": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "tools", "--list"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "not here" in done.stdout
    assert "make tools" in done.stdout
    assert list(tmp_path.iterdir()) == []
