"""Gates, promotion and rollback against a real registry."""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from modelyard_jobs import audit, gate, promote, rollback, scan_artifact
from modelyard_jobs import registry as jobs_registry
from modelyard_jobs.audit import HEAD, Trail
from modelyard_jobs.config import Config, Model
from modelyard_jobs.errors import Misconfigured
from modelyard_jobs.verdict import Finding, Report, Verdict

ANN, BOB, EVE = "ann@acme.example", "bob@acme.example", "eve@acme.example"


@dataclass
class Churn:
    """A model of its own for each test, with its candidates."""

    client: MlflowClient
    name: str
    trails: Path

    @property
    def model(self) -> Model:
        return Model(name="churn", registered=self.name, candidate=f"{self.name}-candidate")

    def trained(self, author: str = ANN, **metrics: float) -> str:
        """Register a candidate, as a training run does."""
        run = self.client.create_run(self.client.create_experiment(uuid.uuid4().hex))
        self.client.set_tag(run.info.run_id, "mlflow.user", author)
        for name, value in metrics.items():
            self.client.log_metric(run.info.run_id, name, value)
        self.client.log_text(run.info.run_id, "weights", "model/weights.txt")
        with suppress(MlflowException):  # there already
            self.client.create_registered_model(f"{self.name}-candidate")
        source = f"{run.info.artifact_uri}/model"
        made = self.client.create_model_version(f"{self.name}-candidate", source, run.info.run_id)
        return str(made.version)

    def config(self, job: str) -> Config:
        return Config(job=job, model=self.model)

    def gated(self, version: str | None = None, **settings: Any) -> Report:
        return gate.run(self.config("gate"), gate.Settings(version=version, **settings))

    def promoted(self, version: str, run: str, **settings: Any) -> Report:
        told = {"by": ANN, "workflow": run, "audit": str(self.trails), "version": version}
        return promote.run(self.config("promote"), promote.Settings(**{**told, **settings}))

    def back(self, run: str) -> Report:
        told = rollback.Settings(by=BOB, why="slow", workflow=run, audit=str(self.trails))
        return rollback.run(self.config("rollback"), told)

    def in_production(self) -> str | None:
        """The origin of what the alias names."""
        try:
            found = self.client.get_model_version_by_alias(self.name, "champion")
        except MlflowException:
            return None
        return found.tags["modelyard.promoted_from"].rpartition("/")[2]

    @property
    def trail(self) -> Trail:
        return Trail(str(self.trails), self.name)


@pytest.fixture
def churn(registry: str, tmp_path: Path) -> Churn:
    return Churn(MlflowClient(registry), f"churn-{uuid.uuid4().hex[:8]}", tmp_path)


def found(report: Report, measure: str, subject: str = "") -> Finding:
    by_name = {(finding.measure, finding.subject): finding for finding in report.findings}
    return by_name[measure, subject]


AUC = {"auc": {"min": 0.8}}


def test_bounds_are_kept_or_not(churn: Churn) -> None:
    good, bad = churn.trained(auc=0.9, dpd=0.05), churn.trained(auc=0.7, dpd=0.3)
    gates = {"benchmark": AUC, "fairness": {"dpd": {"max": 0.1}}}
    assert churn.gated(good, **gates).verdict is Verdict.PASSED
    report = churn.gated(bad, **gates)
    assert found(report, "auc").verdict is Verdict.BREACHED
    assert found(report, "auc").limit == 0.8
    assert found(report, "dpd").verdict is Verdict.BREACHED
    assert report.facts == {"version": bad}


def test_the_newest_is_looked_at_where_none_is_named(churn: Churn) -> None:
    for auc in (0.7, 0.9):
        churn.trained(auc=auc)
    assert churn.gated(benchmark=AUC).facts["version"] == "2"


def test_what_is_not_known_is_held_against_it(churn: Churn) -> None:
    version = churn.trained(auc=float("nan"))
    report = churn.gated(version, benchmark={**AUC, "f1": {"min": 0.5}}, checks=["scan-artifact"])
    assert found(report, "auc").verdict is Verdict.BREACHED
    assert "has no metric 'f1'" in found(report, "f1").reason
    said = "it has not looked at this version"
    assert found(report, "check", "scan-artifact").reason == said
    assert "no version 99" in churn.gated("99", benchmark=AUC).findings[0].reason


def test_without_gates_it_passes_and_says_so(churn: Churn) -> None:
    report = churn.gated(churn.trained())
    assert report.verdict is Verdict.PASSED
    assert report.findings[0].reason == "there are none to hold it to"


def test_without_a_version_there_is_nothing_to_judge(churn: Churn) -> None:
    with pytest.raises(Misconfigured, match="has no version"):
        churn.gated(benchmark=AUC)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_checks_have_to_have_passed(churn: Churn, verdict: Verdict) -> None:
    version = churn.trained()
    about = churn.model.model_copy(update={"version": version})
    jobs_registry.tagged(Report("bias", "churn", (Finding("dpd", verdict),)), about)
    report = churn.gated(version, checks=["bias"])
    assert (report.verdict is Verdict.PASSED) == (verdict is Verdict.PASSED)


def test_what_jobs_measured_of_a_version_counts(churn: Churn) -> None:
    version = churn.trained(auc=0.9)
    about = churn.model.model_copy(update={"version": version})
    measured = Report("performance", "churn", (Finding("auc", Verdict.PASSED, value=0.6),))
    jobs_registry.tagged(measured, about)
    assert found(churn.gated(version, benchmark=AUC), "auc").value == 0.6


def test_a_bound_is_kept_for_each_group_that_was_measured(churn: Churn) -> None:
    about = churn.model.model_copy(update={"version": churn.trained()})
    values = (("age", 0.05), ("region", 0.3))
    measured = tuple(Finding("dpd", Verdict.PASSED, column, value) for column, value in values)
    jobs_registry.tagged(Report("bias", "churn", measured), about)
    report = churn.gated(about.version, fairness={"dpd": {"max": 0.1}})
    assert found(report, "dpd", "age").verdict is Verdict.PASSED
    assert found(report, "dpd", "region").verdict is Verdict.BREACHED


def test_it_is_no_worse_than_what_is_there(churn: Churn) -> None:
    both = {"auc": {"min": 0.5}, "rmse": {"max": 9.0}}
    assert churn.promoted(churn.trained(auc=0.9, rmse=2.0), "a").verdict is Verdict.PASSED
    worse = churn.trained(auc=0.85, rmse=2.2)
    report = churn.gated(worse, benchmark=both)
    for metric in ("auc", "rmse"):
        assert found(report, metric).verdict is Verdict.PASSED
        assert found(report, gate.NOT_WORSE, metric).verdict is Verdict.BREACHED
    assert report.facts == {"version": worse, "incumbent": "1"}
    assert churn.gated(worse, benchmark=both, tolerance=0.11).verdict is Verdict.PASSED
    assert churn.gated(worse, benchmark=both, incumbent=False).verdict is Verdict.PASSED
    unlike = churn.gated(churn.trained(f1=1.0), benchmark={"f1": {"min": 0.5}})
    assert "has no 'f1'" in found(unlike, gate.NOT_WORSE, "f1").reason


def test_a_version_is_promoted_with_its_record(churn: Churn) -> None:
    first, second = churn.trained(auc=0.8), churn.trained(auc=0.9)
    churn.promoted(first, "run-1", gate={"benchmark": AUC})
    report = churn.promoted(second, "run-2", gate={"benchmark": AUC}, why="drift")
    assert report.verdict is Verdict.PASSED
    assert churn.in_production() == second
    record = churn.trail.records()[-1].act
    assert (record.before, record.after, record.by, record.why) == ("1", "2", ANN, "drift")
    assert record.origin == f"models:/{churn.name}-candidate/{second}"
    assert [(each.measure, each.value) for each in record.gates] == [
        ("auc", 0.9),
        (gate.NOT_WORSE, 0.9),
    ]
    assert record.digests["configuration"].startswith("sha256:")
    tags = churn.client.get_model_version(churn.name, "2").tags
    assert (tags["modelyard.by"], tags["modelyard.workflow"]) == (ANN, "run-2")


def test_a_worse_one_is_not(churn: Churn) -> None:
    churn.promoted(churn.trained(auc=0.9), "run-1")
    report = churn.promoted(churn.trained(auc=0.85), "run-2", gate={"benchmark": AUC})
    assert report.verdict is Verdict.BREACHED
    assert churn.in_production() == "1"
    assert len(churn.trail.records()) == 1


def test_a_run_that_is_tried_again_changes_nothing(churn: Churn) -> None:
    churn.promoted(churn.trained(), "run-1")
    version = churn.trained()
    for _ in range(2):
        assert churn.promoted(version, "run-2").verdict is Verdict.PASSED
    assert len(churn.client.search_model_versions(f"name='{churn.name}'")) == 2
    assert len(churn.trail.records()) == 2
    assert churn.client.get_model_version_by_alias(churn.name, "previous").version == "1"


def test_a_run_that_was_cut_short_is_completed(churn: Churn) -> None:
    version = churn.trained()
    churn.promoted(version, "run-1")
    churn.client.delete_registered_model_alias(churn.name, "champion")
    churn.promoted(version, "run-1")
    assert churn.in_production() == version


def test_an_old_run_does_not_undo_what_came_after_it(churn: Churn) -> None:
    one, two = churn.trained(), churn.trained()
    churn.promoted(one, "run-1")
    churn.promoted(two, "run-2")
    report = churn.promoted(one, "run-1")
    assert "others since" in found(report, "promoted").reason
    assert churn.in_production() == two


def test_rollback_is_one_call_however_often_it_is_tried(churn: Churn) -> None:
    for run, version in (("run-1", churn.trained()), ("run-2", churn.trained())):
        churn.promoted(version, run)
    for _ in range(2):
        report = churn.back("back-1")
        assert report.facts == {"version": "1", "before": "2"}
        assert churn.in_production() == "1"
    events = [(r.act.event, r.act.before, r.act.after) for r in churn.trail.records()]
    assert events[-1] == ("rolled-back", "2", "1")
    assert churn.trail.wrong(churn.client.get_registered_model(churn.name).tags[HEAD]) == []


def test_there_is_nothing_to_go_back_to(churn: Churn) -> None:
    churn.promoted(churn.trained(), "run-1")
    report = churn.back("back-1")
    assert report.verdict is Verdict.BREACHED
    assert "no previous version" in report.findings[0].reason


APPROVERS = (BOB, EVE)


def test_whoever_has_to_approve_does(churn: Churn) -> None:
    approval = {"required": True, "by": BOB, "approvers": APPROVERS}
    assert churn.promoted(churn.trained(), "run-1", approval=approval).verdict is Verdict.PASSED
    assert churn.trail.records()[0].act.approver == BOB


@pytest.mark.parametrize(
    ("by", "approvers", "reason"),
    [
        (None, APPROVERS, "nobody has approved it"),
        ("Ann@acme.example", (*APPROVERS, ANN), "has trained or proposed it"),
        (EVE, (*APPROVERS, ANN), "has trained or proposed it"),
        ("mallory@acme.example", APPROVERS, "is none of its approvers"),
    ],
)
def test_an_approval_does_not_count(
    churn: Churn, by: str | None, approvers: tuple[str, ...], reason: str
) -> None:
    approval = {"required": True, "by": by, "approvers": approvers}
    report = churn.promoted(churn.trained(author=EVE), "run-1", approval=approval)
    assert reason in found(report, "approval").reason
    assert report.verdict is Verdict.BREACHED
    assert churn.in_production() is None
    assert churn.trail.records() == ()


def test_what_lies_elsewhere_is_promoted_by_its_revision(churn: Churn) -> None:
    told = {"source": "s3://models/assistant", "gate": {"incumbent": False}}
    assert churn.promoted("v7", "run-1", **told).verdict is Verdict.PASSED
    version = churn.client.get_model_version_by_alias(churn.name, "champion")
    assert version.source == "s3://models/assistant"
    assert version.tags["modelyard.promoted_from"] == "s3://models/assistant@v7"


def test_a_candidate_is_scanned_and_its_digest_recorded(churn: Churn) -> None:
    version = churn.trained()
    config = Config(job="scan-artifact", model=churn.model.model_copy(update={"version": version}))
    report = scan_artifact.run(config, scan_artifact.Settings(sources=("models:/",)))
    assert report.verdict is Verdict.PASSED
    jobs_registry.tagged(report, config.model)
    churn.promoted(version, "run-1", gate={"checks": ["scan-artifact"]})
    assert churn.trail.records()[0].act.digests["model"] == report.facts["digest"]


def test_the_trail_is_held_to_what_the_registry_knows(churn: Churn) -> None:
    for run in ("run-1", "run-2"):
        churn.promoted(churn.trained(), run)
    settings = audit.Settings(folder=str(churn.trails))
    assert audit.run(churn.config("audit"), settings).verdict is Verdict.PASSED
    (churn.trails / churn.name / "00000002.json").unlink()
    report = audit.run(churn.config("audit"), settings)
    assert report.verdict is Verdict.BREACHED
    assert "not the one that was last written" in report.findings[0].reason
