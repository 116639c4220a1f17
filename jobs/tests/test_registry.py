"""Jobs beside a registry: MLflow's own server, asked over HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from asking import Ask, finding
from click.testing import CliRunner, Result
from mlflow import MlflowClient
from mlflow.models import infer_signature
from servers import told
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from modelyard_jobs import registry
from modelyard_jobs.cli import main
from modelyard_jobs.config import Model
from modelyard_jobs.errors import Unavailable
from modelyard_jobs.explain import _effort
from modelyard_jobs.verdict import Verdict

ROWS = 400


def customers(seed: int) -> pd.DataFrame:
    """Churn follows from tenure, never from colour."""
    draw = np.random.default_rng(seed)
    rows = pd.DataFrame(
        {
            "tenure": draw.normal(size=ROWS),
            "usage": draw.normal(size=ROWS),
            "colour": draw.choice(["red", "blue"], ROWS),
        }
    )
    return rows.assign(churned=(rows.tenure + 0.1 * draw.normal(size=ROWS) > 0).astype(int))


def _register(rows: pd.DataFrame) -> None:
    inputs = rows[["tenure", "usage", "colour"]]
    encoder = make_column_transformer((OneHotEncoder(), ["colour"]), remainder="passthrough")
    model = make_pipeline(encoder, LogisticRegression()).fit(inputs, rows.churned)
    with mlflow.start_run():
        mlflow.log_metrics({"accuracy": 0.9, "training_accuracy_score": 1.0})
        mlflow.sklearn.log_model(
            model,
            name="model",
            registered_model_name="churn",
            signature=infer_signature(inputs, rows.churned),
            serialization_format="cloudpickle",
        )
    MlflowClient().set_registered_model_alias("churn", "champion", "1")


@pytest.fixture(scope="module")
def champion(mlflow_server: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(registry.ADDRESS, mlflow_server)
        _register(customers(0))


@pytest.fixture(autouse=True)
def at(champion: None, mlflow_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(registry.ADDRESS, mlflow_server)
    monkeypatch.setenv("MODELYARD_RUN", "churn-drift-28")


CHURN = Model(name="customers", registered="churn")


def test_a_version_is_found_by_alias_and_by_number() -> None:
    for model in (CHURN, CHURN.model_copy(update={"version": "1"})):
        found = registry.version_of(model)
        assert found is not None
        assert (found.name, str(found.version)) == ("churn", "1")


@pytest.mark.parametrize(
    "changed", [{"registered": "chrun"}, {"alias": "shadow"}, {"version": "7"}]
)
def test_what_is_not_there_is_none(changed: dict[str, str]) -> None:
    assert registry.version_of(CHURN.model_copy(update=changed)) is None


def test_the_metrics_of_a_version_are_those_of_its_run() -> None:
    found = registry.version_of(CHURN)
    assert found is not None
    assert registry.metrics_of(found)["accuracy"] == 0.9


def test_a_registry_that_does_not_answer_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(registry.ADDRESS, "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(Unavailable, match=r"registry at http://127\.0\.0\.1:9 does not answer"):
        registry.version_of(CHURN)


def test_a_registry_that_is_not_named_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(registry.ADDRESS)
    with pytest.raises(Unavailable, match=r"MLFLOW_TRACKING_URI is not set\. Next: set it"):
        registry.version_of(CHURN)


# --- the command, from a file to tags ---------------------------------------------------------


def run(folder: Path, *options: str, **document: Any) -> Result:
    path = folder / "config.json"
    path.write_text(json.dumps({"job": "drift", "model": CHURN.model_dump(), **document}))
    return CliRunner().invoke(main, [str(path), *options])


def windows(folder: Path, current: pd.DataFrame) -> dict[str, Any]:
    customers(1).to_parquet(folder / "reference.parquet")
    current.to_parquet(folder / "current.parquet")
    return {each: str(folder / f"{each}.parquet") for each in ("reference", "current")}


def tags() -> dict[str, str]:
    return dict(MlflowClient().get_model_version("churn", "1").tags)


def test_a_verdict_goes_everywhere(tmp_path: Path) -> None:
    drifted = customers(2).assign(tenure=lambda rows: rows.tenure + 2)
    with told() as (gateway, seen):
        output = {
            "push": gateway,
            "file": str(tmp_path / "metrics.txt"),
            "report": str(tmp_path / "reports" / "drift.json"),
        }
        data = windows(tmp_path, drifted)
        verdict = tmp_path / "verdict"
        result = run(tmp_path, "--verdict", str(verdict), data=data, output=output)
    assert result.exit_code == 1, result.output
    assert "breached  psi tenure" in result.output
    assert result.output.endswith("drift of customers: breached\n")
    assert verdict.read_text() == "breached"
    exposed = (tmp_path / "metrics.txt").read_text()
    breached = 'modelyard_breached{check="drift",measure="psi",model="customers",subject="tenure"}'
    assert f"{breached} 1.0" in exposed
    assert 'modelyard_samples{check="drift",model="customers",window="current"} 400.0' in exposed
    (method, path, body) = seen[0]
    assert (method, path) == ("PUT", "/metrics/job/modelyard/check/drift/model/customers")
    assert b"modelyard_verdict" in body
    report = json.loads((tmp_path / "reports" / "drift.json").read_text())
    assert report["verdict"] == "breached"
    assert {"measure": "psi", "subject": "tenure"}.items() <= report["findings"][0].items()
    assert tags()["modelyard.drift"] == "breached"
    assert tags()["modelyard.drift.run"] == "churn-drift-28"
    assert tags()["modelyard.drift.at"].endswith("+00:00")


@pytest.mark.parametrize(
    ("rows", "options", "code", "verdict"),
    [
        (customers(2), [], 0, "passed"),
        (customers(2)[:9], [], 4, "undecided"),
        (customers(2).assign(usage=9), [], 1, "breached"),
        (customers(2).assign(usage=9), ["--report-only"], 0, "breached"),
        (customers(2)[:9], ["--report-only"], 0, "undecided"),
    ],
)
def test_it_exits_by_its_verdict(
    tmp_path: Path, rows: pd.DataFrame, options: list[str], code: int, verdict: str
) -> None:
    result = run(tmp_path, *options, data=windows(tmp_path, rows))
    assert result.exit_code == code, result.output
    assert tags()["modelyard.drift"] == verdict


def test_all_that_does_not_answer_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(registry.ADDRESS)
    output = {"push": "http://127.0.0.1:9", "file": str(tmp_path / "no" / "metrics.txt")}
    data = windows(tmp_path, customers(2))
    result = run(tmp_path, "--report-only", data=data, output=output)
    assert result.exit_code == 3
    assert result.stderr.count("error: ") == result.stderr.count("Next: ") == 3
    assert "the Pushgateway at http://127.0.0.1:9 does not answer" in result.stderr
    assert "drift of customers: passed" in result.output


def test_a_model_that_is_not_registered_is_not_tagged_and_that_is_said(tmp_path: Path) -> None:
    model = {"name": "new"}
    result = run(tmp_path, data=windows(tmp_path, customers(2)), model=model)
    assert result.exit_code == 0
    assert "not tagged: the registry has no new of the alias champion" in result.output


def test_performance_is_held_to_what_the_registry_says(tmp_path: Path) -> None:
    rows = customers(3)
    rows["said"] = rows.churned.where(rows.index > 80, 1 - rows.churned)
    rows.to_csv(tmp_path / "rows.csv", index=False)
    data = {"current": str(tmp_path / "rows.csv"), "target": "churned", "prediction": "said"}
    settings = {"metrics": ["accuracy"]}
    result = run(tmp_path, job="performance", data=data, settings=settings)
    assert result.exit_code == 1
    assert "-11.4% of a baseline of 0.9" in result.output
    assert tags()["modelyard.performance"] == "breached"


# --- explanations -----------------------------------------------------------------------------


def explained(ask: Ask, current: pd.DataFrame, **settings: object) -> Any:
    return ask("explain", customers(1), current, {"rows": 40, "background": 20, **settings})


def test_of_many_features_permutations_are_enough() -> None:
    assert "max_evals" not in _effort(pd.DataFrame(np.zeros((1, 10))))
    assert _effort(pd.DataFrame(np.zeros((1, 11))))["max_evals"] == 230


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a job is asked about is called `it`; the registry calls it churn."""
    monkeypatch.setattr(registry, "registered", lambda _: "churn")


@pytest.mark.usefixtures("registered")
def test_what_a_model_goes_by_is_told_and_kept(ask: Ask) -> None:
    report = explained(ask, customers(2), top=2)
    told_ = [f.subject for f in report.findings if f.measure == "importance"]
    assert told_[0] == "tenure"
    assert len(told_) == 2
    assert (finding(report, "importance", "tenure").value or 0) > 0.8
    assert report.verdict is Verdict.PASSED
    version = MlflowClient().get_model_version("churn", "1")
    kept = MlflowClient().list_artifacts(version.run_id, "modelyard/explain")
    document = mlflow.artifacts.load_dict(f"runs:/{version.run_id}/{kept[0].path}")
    assert set(document["current"]) == {"tenure", "usage", "colour"}
    assert sum(document["current"].values()) == pytest.approx(1)


@pytest.mark.usefixtures("registered")
def test_importance_that_moves_breaches_where_it_is_held(ask: Ask) -> None:
    constant = customers(2).assign(tenure=0.0)
    held = explained(ask, constant, shift=0.5)
    assert finding(held, "importance_shift").limit == 0.5
    same = explained(ask, customers(2), shift=0.5)
    assert same.verdict is Verdict.PASSED
    moved = finding(held, "importance_shift").value
    assert moved is not None
    assert moved > (finding(same, "importance_shift").value or 0)


@pytest.mark.usefixtures("registered")
def test_a_model_that_needs_what_is_not_here(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: object) -> None:
        raise ModuleNotFoundError("No module named 'xgboost'", name="xgboost")

    monkeypatch.setattr(mlflow.pyfunc, "load_model", missing)
    found = finding(explained(ask, customers(2)), "importance")
    assert found.verdict is Verdict.UNDECIDED
    assert found.reason == "its model needs xgboost, which is not installed here"


@pytest.mark.usefixtures("registered")
def test_inputs_that_are_missing_are_said(ask: Ask) -> None:
    found = finding(explained(ask, customers(2).drop(columns="usage")), "importance")
    assert found.reason == "column usage is missing in current"


def test_a_model_that_is_not_registered_cannot_be_explained(ask: Ask) -> None:
    found = finding(explained(ask, customers(2)), "importance")
    assert (found.verdict, found.reason) == (Verdict.UNDECIDED, "the registry has no it")
