"""`modelyard new`."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from tests.cli.conftest import Run

from modelyard.program import check_file

FLAGS = (
    "--owner",
    "risk@acme.example",
    "--domain",
    "payments",
    "--model",
    "scorer=models:/scorer@prod",
)


def test_a_first_blueprint_holds(run: Run, folder: Path) -> None:
    result = run("new", "blueprints/fraud_team.yaml", *FLAGS)
    assert (result.code, result.err) == (0, "")
    assert "next: modelyard plan blueprints/fraud_team.yaml" in result.out
    file = folder / "blueprints" / "fraud_team.yaml"
    check_file(file)
    content = yaml.safe_load(file.read_text())
    assert list(content) == ["modelyard", "name", "team", "sites", "models"]
    assert content["name"] == "fraud-team"
    assert content["models"] == [
        {"name": "scorer", "type": "predictive", "source": "models:/scorer@prod"}
    ]


def test_every_flag_has_its_place(run: Run, folder: Path) -> None:
    more = (
        "--preset",
        "finance",
        "--site",
        "onprem",
        "--gpus",
        "l40s=4x2",
        "--approver",
        "group:risk",
    )
    model = ("--model", "chat=hf://meta-llama/Llama-3.1-8B-Instruct")
    result = run("new", "fraud.yaml", *FLAGS, *more, *model)
    assert result.code == 0, result.err
    content = yaml.safe_load((folder / "fraud.yaml").read_text())
    assert content["preset"] == "finance"
    assert content["sites"]["main"]["kind"] == "onprem"
    assert content["sites"]["main"]["gpus"]["nodes"] == [
        {"name": "l40s", "accelerator": "l40s", "per_node": 4, "count": 2}
    ]
    assert content["models"][1]["type"] == "llm"
    assert content["access"]["approvers"] == ["group:risk"]


def test_a_site_on_aws_has_a_region_and_an_account(run: Run, folder: Path) -> None:
    place = ("--site", "aws", "--region", "eu-west-1", "--account", "012345678901")
    result = run("new", "fraud.yaml", *FLAGS, *place)
    assert result.code == 0, result.err
    content = yaml.safe_load((folder / "fraud.yaml").read_text())
    assert content["sites"]["main"] == {
        "kind": "aws",
        "region": "eu-west-1",
        "account": "012345678901",
    }


def test_a_site_on_google_cloud_has_a_region_and_a_project(run: Run, folder: Path) -> None:
    place = ("--site", "gcp", "--region", "europe-west1", "--project", "acme-fraud")
    result = run("new", "fraud.yaml", *FLAGS, *place)
    assert result.code == 0, result.err
    content = yaml.safe_load((folder / "fraud.yaml").read_text())
    assert content["sites"]["main"] == {
        "kind": "gcp",
        "region": "europe-west1",
        "project": "acme-fraud",
    }


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--site", "gcp"), "--region is missing"),
        (("--site", "gcp", "--region", "europe-west1"), "--project is missing"),
        (("--site", "gcp", "--account", "012345678901"), "a site of kind gcp has none"),
        (("--site", "gcp", "--region", "mars-west1", "--project", "acme-fraud"), "no region"),
        (("--site", "aws", "--project", "acme-fraud"), "a site of kind aws has none"),
        (("--site", "aws"), "--region is missing"),
        (("--site", "aws", "--region", "eu-west-1"), "--account is missing"),
        (("--site", "aws", "--region", "eu-west-1", "--account", "12"), "account"),
        (("--region", "eu-west-1"), "a site of kind kubernetes has none"),
    ],
)
def test_a_place_that_is_not_one_is_refused(
    run: Run, folder: Path, flags: tuple[str, ...], said: str
) -> None:
    result = run("new", "fraud.yaml", *FLAGS, *flags)
    assert result.code == 2
    assert said in result.err
    assert not (folder / "fraud.yaml").exists()


def test_a_file_is_never_written_over(run: Run, folder: Path) -> None:
    before = (folder / "quickstart.yaml").read_text()
    result = run("new", "quickstart.yaml", *FLAGS)
    assert result.code == 2
    assert "exists already" in result.err
    assert (folder / "quickstart.yaml").read_text() == before


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--owner", "nobody"), "owner"),
        (("--domain", "Two Words"), "domain"),
        (("--model", "scorer"), "NAME=SOURCE"),
        (("--model", "scorer=ftp://x"), "source"),
        (("--gpus", "l40s"), "KIND=PERxNODES"),
        (("--gpus", "l41s=4x2"), "l40s"),
        (("--preset", "bank"), "finance"),
        (("--preset", "finance"), "approvers"),
        (("--site", "azure"), "kubernetes"),
    ],
)
def test_what_does_not_hold_is_not_written(
    flags: tuple[str, ...], said: str, run: Run, folder: Path
) -> None:
    result = run("new", "new.yaml", *FLAGS, *flags)
    assert result.code == 2
    assert said in result.err
    assert [path.name for path in folder.iterdir()] == ["quickstart.yaml"]


@pytest.mark.parametrize("missing", ["--owner", "--domain", "--model"])
def test_a_script_is_told_which_flag_it_forgot(
    missing: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    at = FLAGS.index(missing)
    result = run("new", "new.yaml", *FLAGS[:at], *FLAGS[at + 2 :])
    assert result.code == 2
    assert f"{missing} is missing" in result.err


def test_a_name_that_cannot_be_one(run: Run, folder: Path) -> None:
    result = run("new", "2026 Plan!.yaml", *FLAGS)
    assert result.code == 2
    assert "name" in result.err
    assert not (folder / "2026 Plan!.yaml").exists()
