"""A marked model is looked at soon after, once for all its marks, and after those that it reads."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from mlflow import MlflowClient
from monitoring import Monitoring, StandIn, stand_in
from test_lifecycle import Churn

from modelyard_jobs import recheck, revalidate
from modelyard_jobs.config import Config, Model, Section
from modelyard_jobs.jobs import module_of
from modelyard_jobs.recheck import DONE, Drift, Settings
from modelyard_jobs.revalidate import BECAUSE, MARK, Reader
from modelyard_jobs.verdict import Finding, Report, Verdict


@dataclass
class Yard:
    """Models of the registry in production, and what their checks come to."""

    client: MlflowClient
    folder: Path
    names: dict[str, str] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)
    verdict: Verdict = Verdict.PASSED
    meanwhile: Callable[[], object] = lambda: None

    def model(self, name: str) -> Churn:
        known = self.names.setdefault(name, f"{name}-{uuid.uuid4().hex[:8]}")
        return Churn(self.client, known, self.folder)

    def serve(self, *names: str) -> None:
        for name in names:
            self.model(name).promoted(self.model(name).trained(), f"first-{name}")

    def reader(self, name: str) -> Reader:
        return Reader(name=name, registered=self.names[name])

    def mark(self, *names: str, because: str = "run-1") -> None:
        told = revalidate.Settings(models=tuple(map(self.reader, names)), because=because)
        revalidate.run(Config(job="revalidate", model=Model(name="embedder")), told)

    def tags(self, name: str) -> dict[str, str]:
        return self.client.get_model_version_by_alias(self.names[name], "champion").tags

    def back(self, name: str, key: str, by: timedelta) -> None:
        """As if something had been said earlier."""
        at = (datetime.fromisoformat(self.tags(name)[key]) - by).isoformat()
        version = self.client.get_model_version_by_alias(self.names[name], "champion").version
        self.client.set_model_version_tag(self.names[name], version, key, at)

    def asked(self, name: str, *after: str, drift: Drift | None = None) -> Report:
        model = Model(name=name, registered=self.names[name])
        check = Config.model_validate(
            {"job": "bias", "model": model.model_dump(), "output": {"tags": False}}
        )
        told = Settings(checks=(check,), after=tuple(map(self.reader, after)), drift=drift)
        return recheck.run(Config(job="recheck", model=model), told)

    def check(self, config: Config, _: object) -> Report:
        self.ran.append(config.model.name)
        self.meanwhile()
        return Report("bias", config.model.name, (Finding("odds", self.verdict, value=0.1),))


@pytest.fixture
def yard(registry: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Yard:
    made = Yard(MlflowClient(registry), tmp_path)
    stub: Any = SimpleNamespace(Settings=Section, run=made.check)
    monkeypatch.setattr(recheck, "module_of", lambda job: stub if job == "bias" else module_of(job))
    return made


def why(report: Report) -> str:
    return report.findings[0].reason


def earlier(yard: Yard, *names: str) -> None:
    """Marks of a moment ago: runs count from the second in which they begin."""
    for name in names:
        yard.back(name, MARK, timedelta(seconds=5))


def test_without_a_mark_nothing_is_looked_at(yard: Yard) -> None:
    yard.model("scorer")
    assert why(yard.asked("scorer")) == "nothing is in production"
    yard.serve("scorer")
    assert why(yard.asked("scorer")) == "nothing that it reads has changed"
    assert DONE not in yard.tags("scorer")
    assert yard.ran == []


def test_a_storm_of_marks_is_answered_by_one_run(yard: Yard) -> None:
    yard.serve("scorer")
    for number in range(5):
        yard.mark("scorer", because=f"run-{number}")
    earlier(yard, "scorer")
    assert yard.asked("scorer").facts == {"because": "embedder: run-4"}
    assert [why(yard.asked("scorer")) for _ in range(3)] == [
        "it was looked at after embedder: run-4"
    ] * 3
    assert yard.ran == ["scorer"]


@pytest.mark.parametrize("verdict", [Verdict.PASSED, Verdict.BREACHED, Verdict.UNDECIDED])
def test_only_what_has_passed_lifts_the_mark_that_the_gate_goes_by(
    yard: Yard, verdict: Verdict
) -> None:
    yard.serve("scorer")
    scorer = yard.model("scorer")
    old = scorer.trained()
    yard.mark("scorer")
    assert scorer.gated(old, revalidate=["bias"]).verdict is Verdict.BREACHED
    time.sleep(1)  # a run counts from the second in which it begins
    yard.verdict = verdict
    assert yard.asked("scorer").verdict is verdict
    assert yard.tags("scorer")["modelyard.bias"] == verdict
    lifted = scorer.gated(old, revalidate=["bias"]).verdict is Verdict.PASSED
    assert lifted is (verdict is Verdict.PASSED)


def test_a_mark_that_comes_while_it_looks_is_not_lifted(yard: Yard) -> None:
    yard.serve("scorer")
    yard.mark("scorer")
    earlier(yard, "scorer")
    yard.meanwhile = lambda: yard.mark("scorer", because="run-2")
    yard.asked("scorer")
    tags = yard.tags("scorer")
    assert datetime.fromisoformat(tags[f"{DONE}.at"]) < datetime.fromisoformat(tags[MARK])
    yard.meanwhile = lambda: None
    earlier(yard, "scorer")
    yard.back("scorer", f"{DONE}.at", timedelta(seconds=10))
    assert yard.asked("scorer").facts == {"because": "embedder: run-2"}
    assert yard.ran == ["scorer", "scorer"]


def test_what_has_not_passed_is_left_alone_for_a_while(yard: Yard) -> None:
    yard.serve("scorer")
    yard.mark("scorer")
    earlier(yard, "scorer")
    yard.verdict = Verdict.BREACHED
    yard.asked("scorer")
    assert "is left alone for 86400 s" in why(yard.asked("scorer"))
    for key in (MARK, f"{DONE}.at"):
        yard.back("scorer", key, timedelta(days=2))
    assert yard.asked("scorer").verdict is Verdict.BREACHED
    assert yard.ran == ["scorer", "scorer"]


def test_models_are_looked_at_after_those_they_read(yard: Yard) -> None:
    yard.serve("middle", "last")
    yard.mark("middle", "last")
    earlier(yard, "middle", "last")
    assert why(yard.asked("last", "middle")) == "middle is looked at first"
    yard.asked("middle")
    assert yard.asked("last", "middle").verdict is Verdict.PASSED
    assert yard.ran == ["middle", "last"]


def test_a_breach_upstream_is_no_reason_not_to_look(yard: Yard) -> None:
    yard.serve("middle", "last")
    yard.mark("middle", "last")
    earlier(yard, "middle", "last")
    yard.verdict = Verdict.BREACHED
    yard.asked("middle")
    yard.asked("last", "middle")
    assert yard.ran == ["middle", "last"]


@pytest.fixture
def alerts() -> Iterator[tuple[Monitoring, StandIn]]:
    with stand_in() as made:
        yield made


def test_drift_upstream_marks_once_and_goes_on_down_the_line(
    yard: Yard, alerts: tuple[Monitoring, StandIn]
) -> None:
    yard.serve("middle", "last")
    monitoring, told = alerts
    drift = Drift(on=("DataDrift",), prometheus=monitoring.prometheus, models=("embedder",))
    assert why(yard.asked("middle", drift=drift)) == "nothing that it reads has changed"
    told.firing.add("DataDrift")
    assert yard.asked("middle", drift=drift).facts == {"because": "embedder: DataDrift"}
    assert "looked at after" in why(yard.asked("middle", drift=drift))
    assert yard.asked("last", "middle").verdict is Verdict.PASSED
    assert yard.tags("last")[BECAUSE] == "embedder: DataDrift"
    assert "looked at after" in why(yard.asked("last", "middle"))
    assert yard.ran == ["middle", "last"]


def test_a_drift_that_lasts_is_looked_at_again_after_the_pause(
    yard: Yard, alerts: tuple[Monitoring, StandIn]
) -> None:
    yard.serve("middle")
    alerts[1].firing.add("DataDrift")
    drift = Drift(on=("DataDrift",), prometheus=alerts[0].prometheus, models=("embedder",))
    yard.asked("middle", drift=drift)
    for key in (MARK, f"{MARK}.embedder", f"{DONE}.at"):
        yard.back("middle", key, timedelta(days=2))
    yard.asked("middle", drift=drift)
    assert yard.ran == ["middle", "middle"]


def test_a_real_check_is_run_as_the_clock_runs_it(yard: Yard, tmp_path: Path) -> None:
    yard.serve("scorer")
    yard.mark("scorer")
    earlier(yard, "scorer")
    model = {"name": "scorer", "registered": yard.names["scorer"]}
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "new.md").write_text("")
    kept = tmp_path / "metrics.txt"
    output = {"tags": False, "file": str(kept)}
    told = {"age": 3600, "objects": str(documents)}
    check = {"job": "freshness", "model": model, "settings": told, "output": output}
    config = Config.model_validate(
        {"job": "recheck", "model": model, "settings": {"checks": [check]}}
    )
    report = recheck.run(config, Settings.model_validate(config.settings))
    assert [(f.subject, f.verdict) for f in report.findings] == [("freshness", Verdict.PASSED)]
    assert yard.tags("scorer")["modelyard.freshness"] == "passed"
    assert 'check="freshness"' in kept.read_text()
