"""`modelyard preflight`: which sites are asked, what is shown, and the exit code."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len
from tests.cli.conftest import QUICKSTART, Run
from tests.support.api_server import SimulatedCluster

from modelyard.blueprint.errors import NotReadyError
from modelyard.contracts.preflight import Answer, Verdict
from modelyard.engine import preflight

LONG = (
    "aws service-quotas request-service-quota-increase --service-code ec2"
    " --quota-code L-DB2E81BA --desired-value 104 --region eu-west-1"
)
GCLOUD = (
    "gcloud quotas preferences create --service=compute.googleapis.com --project=acme-ml-prod"
    " --quota-id=NVIDIA-L4-GPUS-per-project-region --preferred-value=2"
)
FINE = Answer("account", "account 1", Verdict.OK, "logged in as ann")
SHORT = Answer("quota", "Running G", Verdict.FAILED, "0 vCPUs allowed", "96 vCPUs", LONG)
DOUBTFUL = Answer("role", "Spot", Verdict.WARNING, "is not there", next="make it")
UNTOLD = Answer("name", "bucket", Verdict.UNKNOWN, "s3:ListBucket is not allowed")


class Told:
    """A site that answers."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self._answers = answers

    def answers(self) -> Iterator[Answer]:
        for answer in self._answers:
            if isinstance(answer, Exception):
                raise answer
            yield answer


@pytest.fixture
def tell(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Have every site answer this."""

    def tell(*answers: Answer | Exception) -> None:
        def all_sites(plan: object, sites: Sequence[str]) -> Iterator[tuple[str, Told]]:
            for site in sites:
                yield site, Told(*answers)

        monkeypatch.setattr(preflight, "preflights", all_sites)

    return tell


def test_a_cluster_that_is_there_is_asked(run: Run, folder: Path) -> None:
    attach = "{kind: kubernetes, cluster: {attach: {kubeconfig: kubeconfig}}}"
    (folder / "there.yaml").write_text(QUICKSTART.replace("{kind: kubernetes}", attach))
    with SimulatedCluster(version="v1.29.0").running(folder):
        result = run("preflight", "there.yaml")
        told = run("preflight", "there.yaml", "--format", "json")
    assert (result.code, result.err) == (1, "")
    lines = result.out.splitlines()
    assert lines[:2] == ["local", "  failed  cluster: Kubernetes"]
    assert "    next: upgrade the cluster" in lines
    verdicts = {each["topic"]: each["verdict"] for each in json.loads(told.out)["sites"]["local"]}
    assert (verdicts["cluster"], verdicts["storage"]) == ("failed", "failed")


def test_a_cluster_that_cannot_be_reached_is_the_environments_fault(run: Run, folder: Path) -> None:
    attach = "{kind: kubernetes, cluster: {attach: {kubeconfig: nowhere}}}"
    (folder / "there.yaml").write_text(QUICKSTART.replace("{kind: kubernetes}", attach))
    result = run("preflight", "there.yaml")
    assert result.code == 3
    assert result.err.startswith("error: no way to the cluster: ")


def test_every_answer_is_shown_and_a_failed_one_ends_with_1(run: Run, tell: object) -> None:
    tell(FINE, SHORT, DOUBTFUL, UNTOLD)
    result = run("preflight", "quickstart.yaml")
    assert result.code == 1
    lines = result.out.splitlines()
    assert lines[:3] == ["local", "  ok      account: account 1", "    logged in as ann"]
    assert "  failed  quota: Running G" in lines
    assert "    needed: 96 vCPUs" in lines
    assert lines[-1] == "1 ok, 1 warning, 1 failed, 1 unknown"
    assert all(cell_len(line) <= 80 for line in lines)


@pytest.mark.parametrize("command", [LONG, GCLOUD], ids=["aws", "gcloud"])
def test_a_command_that_takes_several_lines_stays_one(command: str, run: Run, tell: object) -> None:
    tell(replace(SHORT, next=command))
    out = run("preflight", "quickstart.yaml").out
    shown = out[out.index("next: ") + len("next: ") : out.index("\n1 failed")]
    assert shown.count("\\\n") == shown.count("\n") > 0
    assert " ".join(shown.replace("\\\n", "").split()) == command


@pytest.mark.parametrize("answer", [FINE, DOUBTFUL, UNTOLD], ids=["fine", "warning", "unknown"])
def test_what_does_not_fail_ends_with_0(answer: Answer, run: Run, tell: object) -> None:
    tell(answer)
    assert run("preflight", "quickstart.yaml").code == 0


def test_answers_for_machines(run: Run, tell: object) -> None:
    tell(FINE, SHORT)
    result = run("preflight", "quickstart.yaml", "--format", "json")
    assert result.code == 1
    first, second = json.loads(result.out)["sites"]["local"]
    assert first["verdict"] == "ok"
    assert second == {
        "topic": "quota",
        "asked": "Running G",
        "verdict": "failed",
        "found": "0 vCPUs allowed",
        "needed": "96 vCPUs",
        "next": LONG,
    }


def test_a_site_that_cannot_be_asked_is_the_environments_fault(run: Run, tell: object) -> None:
    tell(NotReadyError("nobody is logged in. Next: log in"))
    result = run("preflight", "quickstart.yaml")
    assert result.code == 3
    assert result.err == "error: nobody is logged in. Next: log in\n"


def test_one_site_alone_is_asked(run: Run, tell: object, folder: Path) -> None:
    second = "local: {kind: kubernetes}, other: {kind: kubernetes}"
    (folder / "two.yaml").write_text(QUICKSTART.replace("local: {kind: kubernetes}", second))
    tell(FINE)
    both = run("preflight", "two.yaml", "--format", "json")
    assert set(json.loads(both.out)["sites"]) == {"local", "other"}
    one = run("preflight", "two.yaml", "--site", "other", "--format", "json")
    assert set(json.loads(one.out)["sites"]) == {"other"}


def test_a_site_that_is_not_there_is_bad_input(run: Run) -> None:
    result = run("preflight", "quickstart.yaml", "--site", "locl")
    assert result.code == 2
    assert "there is no site 'locl'. Did you mean 'local'?" in result.err


AWS = "{kind: aws, region: eu-west-1, account: '123456789012'}"
GCP = "{kind: gcp, region: europe-west4, project: acme-ml-prod}"


@pytest.mark.parametrize(
    ("module", "site", "extra"),
    [("boto3", AWS, "aws"), ("googleapiclient", GCP, "gcp")],
    ids=["aws", "gcp"],
)
def test_without_the_cloud_s_sdk_it_says_how_to_get_it(
    module: str,
    site: str,
    extra: str,
    run: Run,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(__import__("sys").modules, module, None)
    text = QUICKSTART.replace("{kind: kubernetes}", site)
    (folder / "cloud.yaml").write_text(text)
    result = run("preflight", "cloud.yaml")
    assert result.code == 3
    assert f"pip install 'modelyard[{extra}]'" in result.err


def test_what_is_asked_is_as_wide_as_the_terminal_however_long_it_is(
    run: Run, tell: object
) -> None:
    tell(Answer("permission", ", ".join(["eks:CreateCluster"] * 9), Verdict.OK, "allowed"))
    lines = run("preflight", "quickstart.yaml").out.splitlines()
    assert lines[1].startswith("  ok      permission: eks:CreateCluster, ")
    assert all(cell_len(line) <= 80 for line in lines)
    assert "\n".join(lines).count("eks:CreateCluster") == 9
