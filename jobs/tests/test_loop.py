"""The loop as a whole: drift, alert, training, gates, promotion, rollback, and the trail of it.

The registry is a real MLflow; so are Prometheus and its Pushgateway where they are installed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from mlflow import MlflowClient
from monitoring import ALERT, Monitoring, missing, real, stand_in
from train import FEATURES, TARGET

from modelyard_jobs import trigger
from modelyard_jobs.audit import HEAD, Trail
from modelyard_jobs.cli import main
from modelyard_jobs.config import Config, Model
from modelyard_jobs.verdict import Verdict

TRAIN = Path(__file__).with_name("train.py")
PASSED, BREACHED = 0, 1
GATES = {"benchmark": {"accuracy": {"min": 0.75}}, "checks": ["scan-artifact"]}


def rows(seed: int, *, drifted: bool = False) -> pd.DataFrame:
    """Customers who leave or stay; after the drift they are older, and leave for other reasons."""
    random = np.random.default_rng(seed)
    age = random.normal(55.0 if drifted else 40.0, 8.0, 2000)
    visits = random.normal(10.0, 3.0, 2000)
    score = (visits - 10.0) / 3.0 * (-1.0 if drifted else 1.0) + (age - age.mean()) / 16.0
    left = (score + random.normal(0.0, 0.3, 2000) > 0).astype(int)
    return pd.DataFrame({"age": age, "visits": visits, TARGET: left})


@dataclass
class Platform:
    """One model's jobs, as the platform runs them."""

    folder: Path
    monitoring: Monitoring
    client: MlflowClient
    model: Model
    runs: int = 0

    def job(self, name: str, settings: dict[str, Any] | None = None, **more: Any) -> int:
        """The exit code of a job that is run by its command."""
        document = {"job": name, "model": self.model.model_dump(), "settings": settings or {}}
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps({**document, **more}))
        result = CliRunner().invoke(main, [str(path)])
        assert result.exit_code in {PASSED, BREACHED}, result.output
        return result.exit_code

    def watched(self, current: pd.DataFrame) -> tuple[int, int]:
        """What `drift` and `performance` say of rows that the model in production has answered."""
        answered = current.assign(answer=self._answers(current))
        answered.to_parquet(self.folder / "current.parquet")
        data = {
            "reference": str(self.folder / "reference.parquet"),
            "current": str(self.folder / "current.parquet"),
            "features": FEATURES,
            "task": "classification",
            "target": TARGET,
            "prediction": "answer",
        }
        output = {"push": self.monitoring.push}
        told = {"metrics": ["accuracy"]}
        return (
            self.job("drift", data=data, output=output),
            self.job("performance", told, data=data, output=output),
        )

    def _answers(self, current: pd.DataFrame) -> Any:
        import mlflow

        there = f"models:/{self.model.registered}@champion"
        return mlflow.sklearn.load_model(there).predict(current[FEATURES])

    def triggered(self, at_once: int = 1, cooldown: float = 3600.0) -> int:
        """How many of so many triggers start training."""
        settings = trigger.Settings(
            on=(ALERT,), prometheus=self.monitoring.prometheus, cooldown=cooldown
        )
        config = Config(job="trigger", model=self.model)
        with ThreadPoolExecutor(at_once) as pool:
            reports = pool.map(lambda _: trigger.run(config, settings), range(at_once))
            return [report.verdict for report in reports].count(Verdict.BREACHED)

    def trained(self, data: pd.DataFrame, **environment: str) -> Model:
        """The candidate that a training run has registered, scanned."""
        data.to_parquet(self.folder / "training.parquet")
        told = {"DATA": str(self.folder / "training.parquet"), "MODEL": str(self.model.candidate)}
        whole = {**os.environ, **told, **environment}
        subprocess.run([sys.executable, TRAIN], cwd=self.folder, env=whole, check=True)
        self.runs += 1
        candidate = self.model.model_copy(update={"version": str(self.runs)})
        assert self.job("scan-artifact", model=candidate.model_dump()) == PASSED
        return candidate

    def promoted(self, candidate: Model, **settings: Any) -> int:
        told = {
            **self._act(f"promote-{candidate.candidate}-{candidate.version}"),
            "gate": GATES,
            **settings,
        }
        return self.job("promote", {**told, "version": candidate.version}, output={"tags": False})

    def rolled_back(self) -> int:
        return self.job("rollback", self._act("back"), output={"tags": False})

    def _act(self, run: str) -> dict[str, str]:
        audit = str(self.folder / "audit")
        return {"by": "ann@acme.example", "workflow": run, "audit": audit}

    @property
    def champion(self) -> str:
        name = str(self.model.registered)
        return str(self.client.get_model_version_by_alias(name, "champion").version)


@contextmanager
def started(registry: str, folder: Path, monitoring: Monitoring) -> Iterator[Platform]:
    """A model in production that answers well, from a training that no cool-down remembers."""
    name = f"churn-{uuid.uuid4().hex[:8]}"
    earlier = Model(name="churn", registered=name, candidate=f"{name}-earlier")
    made = Platform(folder, monitoring, MlflowClient(registry), earlier)
    reference = rows(0)
    first = made.trained(reference)
    assert made.promoted(first) == PASSED
    reference.assign(answer=made._answers(reference)).to_parquet(folder / "reference.parquet")
    made.model = earlier.model_copy(update={"candidate": f"{name}-candidate"})
    made.runs = 0
    yield made


def loop(platform: Platform) -> None:
    """All of it, in the order in which it happens."""
    assert platform.watched(rows(1)) == (PASSED, PASSED)
    assert platform.triggered() == 0

    assert platform.watched(rows(2, drifted=True)) == (BREACHED, BREACHED)
    platform.monitoring.until(f'ALERTS{{alertname="{ALERT}",alertstate="firing"}}')
    assert platform.triggered(at_once=2) == 1
    better = platform.trained(rows(3, drifted=True))
    assert platform.promoted(better) == PASSED
    assert platform.champion == "2"
    assert platform.triggered() == 0

    worse = platform.trained(rows(4, drifted=True), SPOILED="yes")
    assert platform.promoted(worse) == BREACHED
    assert platform.champion == "2"

    assert platform.rolled_back() == PASSED
    assert platform.champion == "1"


def holds(platform: Platform) -> None:
    """The trail tells what happened, and can be relied on."""
    name = str(platform.model.registered)
    trail = Trail(str(platform.folder / "audit"), name)
    acts = [(record.act.event, record.act.after) for record in trail.records()]
    assert acts == [("promoted", "1"), ("promoted", "2"), ("rolled-back", "1")]
    gates = {gate.measure for gate in trail.records()[1].act.gates}
    assert gates == {"accuracy", "check", "not worse"}
    assert all(record.act.digests["model"] for record in trail.records()[:2])
    assert trail.wrong(platform.client.get_registered_model(name).tags[HEAD]) == []
    assert platform.job("audit", {"folder": str(platform.folder / "audit")}) == PASSED


@pytest.mark.parametrize("servers", ["real", "stand-in"])
def test_the_loop(servers: str, registry: str, tmp_path: Path) -> None:
    """With Prometheus itself where it is installed; the stand-in is for where it is not."""
    if servers == "stand-in" and not missing():
        pytest.skip("Prometheus itself is installed")
    with monitored(servers, tmp_path) as monitoring, started(registry, tmp_path, monitoring) as it:
        loop(it)
        holds(it)


@contextmanager
def monitored(servers: str, folder: Path) -> Iterator[Monitoring]:
    if servers == "real":
        with real(folder) as monitoring:
            yield monitoring
        return
    with stand_in() as (monitoring, _):
        yield monitoring
