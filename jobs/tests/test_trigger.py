"""When training starts, and that it starts once."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from mlflow import MlflowClient
from monitoring import ELSEWHERE, Monitoring, StandIn, stand_in

from modelyard_jobs.config import Config, Model
from modelyard_jobs.errors import Unavailable
from modelyard_jobs.trigger import RETRAINED, Settings, run
from modelyard_jobs.verdict import Report, Verdict

DAY = 86400.0


@pytest.fixture
def monitored() -> Iterator[tuple[Monitoring, StandIn]]:
    with stand_in() as made:
        yield made


@pytest.fixture
def config(registry: str) -> Config:
    name = f"churn-{uuid.uuid4().hex[:8]}"
    return Config(job="trigger", model=Model(name="churn", candidate=name))


def asked(config: Config, monitoring: Monitoring, cooldown: float = DAY) -> Report:
    told = {"on": ("DataDrift", "PerformanceDrop"), "prometheus": monitoring.prometheus}
    return run(config, Settings(**told, cooldown=cooldown))


Monitored = tuple[Monitoring, StandIn]


def test_nothing_fires(config: Config, monitored: Monitored) -> None:
    monitored[1].firing.add("BiasBreached")
    report = asked(config, monitored[0])
    assert report.verdict is Verdict.PASSED
    assert report.findings[1].reason == "none of its alerts fires"


def test_what_fires_starts_it_once(config: Config, monitored: Monitored) -> None:
    monitored[1].firing.add("PerformanceDrop")
    first = asked(config, monitored[0])
    assert first.verdict is Verdict.BREACHED
    assert first.findings[0].reason == "PerformanceDrop"
    again = asked(config, monitored[0])
    assert again.verdict is Verdict.PASSED
    assert "is left alone for 86400" in again.findings[1].reason


def test_two_at_once_start_one(config: Config, monitored: Monitored) -> None:
    monitored[1].firing.add("DataDrift")
    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(lambda _: asked(config, monitored[0]), range(4)))
    assert [report.verdict for report in reports].count(Verdict.BREACHED) == 1


def test_it_starts_again_once_it_has_waited(config: Config, monitored: Monitored) -> None:
    monitored[1].firing.add("DataDrift")
    assert [asked(config, monitored[0], 0.0).verdict for _ in range(2)] == [Verdict.BREACHED] * 2


def test_a_run_by_the_clock_counts_as_well(
    config: Config, monitored: Monitored, registry: str
) -> None:
    monitored[1].firing.add("DataDrift")
    name = str(config.model.candidate)
    client = MlflowClient(registry)
    client.create_registered_model(name)
    client.create_model_version(name, "s3://models/churn")
    assert asked(config, monitored[0]).verdict is Verdict.PASSED


def test_one_that_was_stopped_holds_up_nobody_for_ever(
    config: Config, monitored: Monitored, registry: str
) -> None:
    monitored[1].firing.add("DataDrift")
    name, client = str(config.model.candidate), MlflowClient(registry)
    client.create_registered_model(name)
    client.create_experiment(f"modelyard/retraining/{name}/first")
    taken = asked(config, monitored[0])
    assert taken.findings[1].reason == "another run has started it just now"
    assert RETRAINED in client.get_registered_model(name).tags
    long_ago = (datetime.now(UTC) - timedelta(days=2)).isoformat()
    client.set_registered_model_tag(name, RETRAINED, long_ago)
    assert asked(config, monitored[0]).verdict is Verdict.BREACHED


def test_no_answer_is_not_a_no(config: Config) -> None:
    with pytest.raises(Unavailable, match="Prometheus does not answer"):
        asked(config, Monitoring(ELSEWHERE, ELSEWHERE))
