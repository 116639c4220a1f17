"""What the image promises, read in its Containerfile: it cannot be built wherever tests run."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

JOBS = Path(__file__).parents[1]
TEXT = (JOBS / "Containerfile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((JOBS / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LINES = re.sub(r"\\\n\s*", " ", TEXT).splitlines()


def instructions(name: str) -> list[str]:
    return [line.split(maxsplit=1)[1] for line in LINES if line.startswith(f"{name} ")]


def last_stage() -> list[str]:
    start = max(i for i, line in enumerate(LINES) if line.startswith("FROM "))
    return LINES[start:]


def test_it_is_built_in_one_stage_and_run_in_another() -> None:
    assert instructions("FROM") == ["${BUILD} AS build", "${RUN}"]
    assert not [line for line in last_stage() if line.startswith(("RUN ", "ADD "))]


def test_bases_are_pinned_and_of_one_python_and_debian() -> None:
    bases = dict(a.split("=", 1) for a in instructions("ARG") if "=" in a)
    assert bases["BUILD"].split(":")[1] == "3.13-slim-trixie"
    assert bases["RUN"].split("/")[-1] == "python3-debian13:nonroot"
    assert "latest" not in TEXT


def test_it_runs_as_a_user_that_is_a_number_and_not_root() -> None:
    (user,) = instructions("USER")
    assert [int(part) > 0 for part in user.split(":")] == [True, True]


def test_it_needs_no_shell() -> None:
    (entry,) = instructions("ENTRYPOINT")
    assert entry == '["/usr/bin/python3.13", "-m", "modelyard_jobs"]'
    assert not instructions("CMD")


def test_libraries_are_those_of_the_lock_by_their_hashes() -> None:
    assert "uv export --locked" in TEXT
    assert "--require-hashes --only-binary :all:" in TEXT


def test_nothing_is_written_outside_tmp() -> None:
    kept = dict(part.split("=") for part in instructions("ENV")[0].split())
    for name in ("HOME", "MPLCONFIGDIR", "NUMBA_CACHE_DIR"):
        assert kept[name].startswith("/tmp")


def test_labels_say_what_it_is() -> None:
    labels = " ".join(instructions("LABEL"))
    for name in ("title", "source", "licenses", "version", "revision"):
        assert f"org.opencontainers.image.{name}=" in labels
    assert PROJECT["license"] in labels


def test_its_version_is_that_of_the_distribution() -> None:
    assert f"VERSION={PROJECT['version']}" in instructions("ARG")


def test_only_what_is_built_is_sent_to_the_builder() -> None:
    sent = (JOBS / ".dockerignore").read_text(encoding="utf-8").split()
    assert sent == ["*", "!pyproject.toml", "!uv.lock", "!modelyard_jobs", "**/__pycache__"]
    copied = [c for c in instructions("COPY") if not c.startswith("--from")]
    assert copied == ["pyproject.toml uv.lock ./", "modelyard_jobs modelyard_jobs"]
