"""The command: whatever it is given, it says what is wrong and what to do, without a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pytest
from asking import Ask
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard_jobs import drift
from modelyard_jobs.cli import TRACEBACK, main
from modelyard_jobs.config import Bound, Section
from modelyard_jobs.jobs import JOBS, module_of
from modelyard_jobs.judging import judged
from modelyard_jobs.verdict import Finding, Report, Verdict

MODEL = {"name": "churn"}
HEAVY = {
    "evidently",
    "fsspec",
    "mlflow",
    "numpy",
    "pandas",
    "prometheus_client",
    "scipy",
    "sklearn",
}
QUIET = {"tags": False}


def run(folder: Path, document: Any, *options: str) -> Result:
    path = folder / "config.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return CliRunner().invoke(main, [str(path), *options])


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("{", ["Expecting property name", "Next: give one JSON document"]),
        ("[]", ["document: Input should be"]),
        ({}, ["job: Field required", "model: Field required"]),
        ({"job": "dirft", "model": MODEL}, ["there is no dirft; do you mean drift?"]),
        ({"job": "x", "model": MODEL}, ["give one of", "validate-data"]),
        ({"job": "drift", "model": {}}, ["model.name: Field required"]),
        (
            {"job": "drift", "model": MODEL, "data": {"minimum": "few"}, "settings": {"pis": 1}},
            ["data.minimum: Input should be a valid integer", "settings.pis: Extra inputs"],
        ),
        ({"job": "parity", "model": MODEL}, ["settings.key: Field required"]),
        ({"job": "drift", "model": MODEL, "settings": {"psi": -1}}, ["settings.psi: Input should"]),
    ],
)
def test_all_that_is_wrong_is_said_at_once(tmp_path: Path, document: Any, said: list[str]) -> None:
    result = run(tmp_path, document)
    assert result.exit_code == 2
    for each in said:
        assert each in result.stderr
    assert all(line.startswith("error: ") for line in result.stderr.splitlines())


def test_a_missing_file_is_said() -> None:
    result = CliRunner().invoke(main, ["nowhere.json"])
    assert result.exit_code == 2
    assert "nowhere.json" in result.stderr


def drifting(**changed: Any) -> dict[str, Any]:
    return {"job": "drift", "model": MODEL, "output": QUIET, **changed}


def test_a_job_may_find_its_configuration_wrong(tmp_path: Path) -> None:
    result = run(tmp_path, drifting(data={"current": "a", "reference": "b", "window": 60}))
    assert result.exit_code == 2
    assert "data.window is given without data.timestamp. Next: " in result.stderr


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "rows.parquet").write_bytes(b"no")
    result = run(tmp_path, drifting(data={"reference": str(tmp_path)}))
    assert result.exit_code == 3
    assert result.stderr.startswith("error: ")
    assert "rows.parquet cannot be read" in result.stderr


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (ZeroDivisionError("division by zero"), "drift of churn broke off: ZeroDivisionError"),
        (ModuleNotFoundError("no", name="evidently"), "drift needs evidently. Next: use the image"),
    ],
)
def test_a_mistake_of_ours_is_one_line_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raised: Exception, said: str
) -> None:
    def broken(*_: object) -> None:
        raise raised

    monkeypatch.setattr(drift, "run", broken)
    result = run(tmp_path, drifting())
    assert result.exit_code == 3
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1
    monkeypatch.setenv(TRACEBACK, "1")
    if not isinstance(raised, ImportError):
        assert "Traceback" in run(tmp_path, drifting()).stderr


@settings(deadline=None, max_examples=150)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["job", "model", "data", "settings", "output", "name"]) | st.text(),
                inner | st.sampled_from(JOBS),
                max_size=4,
            )
        ),
    )
)
def test_whatever_the_document_is_there_is_no_traceback(document: Any) -> None:
    with TemporaryDirectory() as folder:
        result = run(Path(folder), document)
    assert result.exit_code in {2, 3, 4}
    assert all(line.startswith("error: ") for line in result.stderr.splitlines())


@pytest.mark.parametrize("job", JOBS)
def test_the_settings_of_a_job_need_none_of_its_libraries(job: str) -> None:
    """The platform's tests hold what it writes against them, and have none of the libraries."""
    code = (
        "import sys; from modelyard_jobs.jobs import module_of; "
        f"module_of({job!r}).Settings; print(sorted({HEAVY} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("job", JOBS)
def test_every_job_says_what_it_is_and_what_it_takes(job: str) -> None:
    module = module_of(job)
    assert module.__doc__
    assert issubclass(module.Settings, Section)
    assert callable(module.run)


# --- findings, and what follows of them -------------------------------------------------------

PASSED, BREACHED, UNDECIDED = Verdict.PASSED, Verdict.BREACHED, Verdict.UNDECIDED
HELD = Finding("psi", PASSED, value=0.1, limit=0.2)
TOLD = Finding("importance", PASSED, value=0.1)


@pytest.mark.parametrize(
    ("findings", "verdict"),
    [
        ((), UNDECIDED),
        ((HELD,), PASSED),
        ((TOLD,), PASSED),
        ((HELD, Finding("psi", UNDECIDED)), PASSED),
        ((TOLD, Finding("psi", UNDECIDED)), UNDECIDED),
        ((HELD, Finding("psi", UNDECIDED), Finding("psi", BREACHED)), BREACHED),
        ((HELD, Finding("rows", BREACHED, value=0.5)), BREACHED),
    ],
)
def test_the_verdict_of_findings(findings: tuple[Finding, ...], verdict: Verdict) -> None:
    assert Report("drift", "churn", findings).verdict is verdict


@pytest.mark.parametrize(
    ("value", "bound", "probability", "verdict", "limit"),
    [
        (0.2, Bound(max=0.2), 0.0, PASSED, 0.2),
        (0.21, Bound(max=0.2), 0.0, BREACHED, 0.2),
        (0.21, Bound(max=0.2), 0.01, UNDECIDED, 0.2),
        (0.19, Bound(max=0.2), 1.0, PASSED, 0.2),
        (0.7, Bound(min=0.8), 0.0, BREACHED, 0.8),
        (0.9, Bound(min=0.8, max=1), 0.0, PASSED, 1),
        (1.1, Bound(min=0.8, max=1), 0.0, BREACHED, 1),
        (0.1, Bound(min=0.8, max=1), 0.0, BREACHED, 0.8),
        (0.1, None, 1.0, PASSED, None),
        (float("nan"), Bound(max=1), 0.0, UNDECIDED, None),
        (float("inf"), Bound(max=1), 0.0, BREACHED, 1),
    ],
)
def test_a_value_and_its_bound(
    value: float, bound: Bound | None, probability: float, verdict: Verdict, limit: float | None
) -> None:
    found = judged("it", value, bound, probability=lambda: probability)
    assert (found.verdict, found.limit) == (verdict, limit)


def test_jobs_are_asked_of_nothing(ask: Ask) -> None:
    """Without data a job on windows says so, each of them."""
    for job in ("drift", "performance", "bias", "explain"):
        report = ask(job)
        assert report.verdict is UNDECIDED
        assert any(f.reason == "no data.current is given" for f in report.findings)
    with pytest.raises(ValueError, match="key"):
        ask("parity", pd.DataFrame(), pd.DataFrame())
