"""`modelyard airgap bundle`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run
from tests.support import shipped

SHIPPED = shipped.FOLDER / "airgap.yaml"


def test_it_says_what_is_copied_and_what_comes_next(run: Run, folder: Path) -> None:
    result = run("airgap", "bundle", SHIPPED, "--out", "out")
    assert (result.code, result.err) == (0, "")
    for title in ("Images", "Charts", "Models"):
        assert title in result.out
    assert "hf://Qwen/Qwen2.5-32B@main" in result.out
    assert "next: sh out/mirror.sh help" in result.out
    written = {path.name for path in (folder / "out").iterdir()}
    assert written == {"bill-of-materials.json", "references.json", "mirror.sh"}
    assert (folder / "out/mirror.sh").stat().st_mode & 0o111


def test_machines_are_told_the_same(run: Run, folder: Path) -> None:
    result = run("airgap", "bundle", SHIPPED, "--out", "out", "--format", "json")
    bill = json.loads(result.out)
    assert bill == json.loads((folder / "out/bill-of-materials.json").read_text())
    assert bill["target"]["registry"] == "registry.refinery.example/mirror"
    references = json.loads((folder / "out/references.json").read_text())
    inside = {item["inside"] for item in bill["items"]}
    assert {text for kind in references.values() for text in kind.values()} == inside


def test_a_site_that_reaches_the_outside_is_told_by_flags(run: Run, folder: Path) -> None:
    flags = ["--registry", "r.dc/m", "--charts", "https://charts.dc", "--models", "s3://hub"]
    result = run("airgap", "bundle", "quickstart.yaml", "--out", "out", *flags)
    assert result.code == 0
    references = json.loads((folder / "out/references.json").read_text())
    assert all(inside.startswith("r.dc/m/") for inside in references["images"].values())


def test_or_the_script_is(run: Run, folder: Path) -> None:
    assert run("airgap", "bundle", "quickstart.yaml", "--out", "out").code == 0
    references = json.loads((folder / "out/references.json").read_text())
    assert all(inside.startswith("$REGISTRY/") for inside in references["images"].values())
    assert 'REGISTRY="${REGISTRY:-}"' in (folder / "out/mirror.sh").read_text()


def test_one_site_of_several(run: Run) -> None:
    manufacturing = shipped.FOLDER / "manufacturing.yaml"
    result = run(
        "airgap", "bundle", manufacturing, "--out", "out", "--site", "plant", "--format", "json"
    )
    bill = json.loads(result.out)
    assert bill["sites"] == ["plant"]
    assert bill["target"]["registry"] == "registry.plant-7.maker.example", "its mirror"


def test_what_cannot_be_meant_is_bad_input(run: Run, folder: Path) -> None:
    again = run("airgap", "bundle", SHIPPED, "--out", "out", "--registry", "r.dc")
    assert (again.code, "remove --registry" in again.err) == (2, True)
    nowhere = run("airgap", "bundle", SHIPPED, "--out", "out", "--site", "moon")
    assert (nowhere.code, "choose one of control-room" in nowhere.err) == (2, True)
    unfit = run("airgap", "bundle", "quickstart.yaml", "--out", "out", "--models", "/data")
    assert (unfit.code, "--models" in unfit.err) == (2, True)
    (folder / "theirs").mkdir()
    (folder / "theirs/file").touch()
    held = run("airgap", "bundle", SHIPPED, "--out", "theirs")
    assert (held.code, "holds other files" in held.err) == (2, True)
