"""Files that are not there, not files, too long, or somewhere else than they seem."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from modelyard.blueprint.errors import BlueprintError, Problem
from modelyard.blueprint.loading.document import read
from modelyard.blueprint.loading.reading import MAX_BYTES


def unreadable(path: Path, **options: Path) -> Problem:
    with pytest.raises(BlueprintError) as caught:
        read(path, **options)
    [problem] = caught.value.problems
    assert "Errno" not in str(problem)
    assert problem.next
    return problem


def test_a_missing_file_has_a_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "fraud.yaml").write_text("a: 1\n")
    problem = unreadable(tmp_path / "frauds.yaml")
    assert problem.nearest == "fraud.yaml"
    assert problem.allowed == ("fraud.yaml",)


def test_a_missing_folder(tmp_path: Path) -> None:
    assert "folder" in unreadable(tmp_path / "none" / "a.yaml").what


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: 1\n")
    problem = unreadable(tmp_path)
    assert "is a folder" in problem.what
    assert problem.allowed == ("a.yaml",)


def test_a_file_too_long_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "a.yaml").open("wb") as file:
        file.truncate(100 * MAX_BYTES)
    assert "104,857,600 bytes" in unreadable(tmp_path / "a.yaml").what


def test_pipes_and_devices_are_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.yaml")
    assert "not a regular file" in unreadable(tmp_path / "a.yaml").what
    assert "not a regular file" in unreadable(Path("/dev/zero")).what


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    inside = tmp_path / "blueprints"
    inside.mkdir()
    (tmp_path / "other.yaml").write_text("a: 1\n")
    (inside / "a.yaml").symlink_to(tmp_path / "other.yaml")
    assert "outside" in unreadable(inside / "a.yaml").what
    assert read(inside / "a.yaml", root=tmp_path).data == {"a": 1}


def test_a_path_out_of_the_root_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "a.yaml").write_text("a: 1\n")
    assert "outside" in unreadable(tmp_path / "in" / ".." / "a.yaml", root=tmp_path / "in").what


def test_a_link_inside_the_folder_is_fine(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: 1\n")
    (tmp_path / "b.yaml").symlink_to("a.yaml")
    assert read(tmp_path / "b.yaml").data == {"a": 1}


def test_links_to_nothing_and_to_themselves(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").symlink_to("gone.yaml")
    (tmp_path / "b.yaml").symlink_to("b.yaml")
    assert "link to nothing" in unreadable(tmp_path / "a.yaml").what
    unreadable(tmp_path / "b.yaml")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_permission_denied(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: 1\n")
    (tmp_path / "a.yaml").chmod(0)
    assert "may not be read" in unreadable(tmp_path / "a.yaml").what


def test_permission_denied_by_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.yaml").write_text("a: 1\n")

    def denied(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", denied)
    assert "may not be read" in unreadable(tmp_path / "a.yaml").what


@pytest.mark.parametrize("name", ["a\0b.yaml", "x" * 5_000])
def test_names_that_no_file_has(tmp_path: Path, name: str) -> None:
    assert unreadable(tmp_path / name).what.startswith("the file")
