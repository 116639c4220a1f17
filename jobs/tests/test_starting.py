"""Training that a cloud runs is started once, and not while it runs or has just run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google_apis import WORKFLOW, Google, google
from monitoring import Monitoring, StandIn, stand_in
from pydantic import ValidationError
from servers import object_store

from modelyard_jobs.config import Config, Model
from modelyard_jobs.errors import Unavailable
from modelyard_jobs.starting import Run, SageMaker
from modelyard_jobs.trigger import Settings, run
from modelyard_jobs.verdict import Report, Verdict

DAY = timedelta(days=1)
CONFIG = Config(job="trigger", model=Model(name="churn"))
PIPELINE = "yard-churn"
TOKEN = "x" * 32


@pytest.fixture
def monitored() -> Iterator[Monitoring]:
    with stand_in() as (monitoring, told):
        assert isinstance(told, StandIn)
        told.firing.add("PerformanceDrop")
        yield monitoring


@pytest.fixture
def sagemaker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Moto's, with one pipeline."""
    import boto3

    with object_store("rows", monkeypatch):
        client = boto3.client("sagemaker")
        client.create_pipeline(
            PipelineName=PIPELINE,
            PipelineDefinition="{}",
            ClientRequestToken=TOKEN,
            RoleArn="arn:aws:iam::123456789012:role/pipeline",
        )
        yield client
        client.delete_pipeline(PipelineName=PIPELINE, ClientRequestToken=TOKEN)


@pytest.fixture
def apis(monkeypatch: pytest.MonkeyPatch) -> Iterator[Google]:
    with google(monkeypatch) as told:
        yield told


def asked(monitoring: Monitoring, cooldown: timedelta = DAY, **starts: str) -> Report:
    told = {"on": ("DataDrift", "PerformanceDrop"), "prometheus": monitoring.prometheus}
    settings = {**told, "cooldown": cooldown.total_seconds(), "starts": starts}
    return run(CONFIG, Settings.model_validate(settings))


def executions(client: Any) -> list[dict[str, Any]]:
    return client.list_pipeline_executions(PipelineName=PIPELINE)["PipelineExecutionSummaries"]


def test_sagemaker_starts_and_is_told_why(monitored: Monitoring, sagemaker: Any) -> None:
    assert asked(monitored, sagemaker=PIPELINE).verdict is Verdict.BREACHED
    [made] = executions(sagemaker)
    given = sagemaker.list_pipeline_parameters_for_execution(
        PipelineExecutionArn=made["PipelineExecutionArn"]
    )
    assert given["PipelineParameters"] == [{"Name": "Because", "Value": "PerformanceDrop"}]


def test_sagemaker_has_one_run_and_then_a_pause(monitored: Monitoring, sagemaker: Any) -> None:
    asked(monitored, sagemaker=PIPELINE)
    again = asked(monitored, sagemaker=PIPELINE)
    assert again.verdict is Verdict.PASSED
    assert again.findings[1].reason.startswith(("a run of", "it was trained"))
    assert len(executions(sagemaker)) == 1


def test_who_sees_the_same_run_has_the_same_token(monkeypatch: pytest.MonkeyPatch) -> None:
    class Client:
        tokens: list[str] = []

        def start_pipeline_execution(self, **given: Any) -> None:
            self.tokens.append(given["ClientRequestToken"])

    monkeypatch.setattr(SageMaker, "_client", lambda _: Client())
    first, second = (Run(datetime(2026, 5, day, tzinfo=UTC), False) for day in (1, 2))
    for seen in (None, first, first, second):
        SageMaker(PIPELINE).start("DataDrift", seen)
    none, one, same, other = Client.tokens
    assert one == same
    assert len({none, one, other}) == 3
    assert all(32 <= len(token) <= 128 for token in Client.tokens)


def test_vertex_starts_and_is_told_why(monitored: Monitoring, apis: Google) -> None:
    assert asked(monitored, vertex=WORKFLOW).verdict is Verdict.BREACHED
    assert apis.started == [{"because": "PerformanceDrop"}]


def test_vertex_waits_for_who_conducts_a_run(monitored: Monitoring, apis: Google) -> None:
    asked(monitored, vertex=WORKFLOW)
    again = asked(monitored, timedelta(0), vertex=WORKFLOW)
    assert again.verdict is Verdict.PASSED
    assert "is under way" in again.findings[1].reason
    assert len(apis.started) == 1


@pytest.mark.parametrize("state", ["RUNNING", "PENDING", "QUEUED"])
def test_vertex_has_one_run_at_a_time(monitored: Monitoring, apis: Google, state: str) -> None:
    apis.ran(datetime.now(UTC) - 3 * DAY, state)
    assert "is under way" in asked(monitored, vertex=WORKFLOW).findings[1].reason
    assert apis.started == []


@pytest.mark.parametrize(("ago", "started"), [(DAY / 2, 0), (2 * DAY, 1)])
def test_vertex_pauses_after_whatever_started_the_last(
    monitored: Monitoring, apis: Google, ago: timedelta, started: int
) -> None:
    apis.ran(datetime.now(UTC) - 9 * DAY, "SUCCEEDED")
    apis.ran(datetime.now(UTC) - ago, "FAILED")
    asked(monitored, vertex=WORKFLOW)
    assert len(apis.started) == started


def test_two_clouds_train_no_model(monitored: Monitoring) -> None:
    with pytest.raises(ValidationError, match="give sagemaker or vertex"):
        asked(monitored, sagemaker=PIPELINE, vertex=WORKFLOW)


def test_no_answer_of_a_cloud_is_not_a_no(monitored: Monitoring, apis: Google) -> None:
    apis.denies = True
    with pytest.raises(Unavailable, match="does not answer: 403"):
        asked(monitored, vertex=WORKFLOW)


def test_a_pipeline_that_is_not_there_is_an_error(monitored: Monitoring, sagemaker: Any) -> None:
    with pytest.raises(Unavailable, match="yard-other does not answer"):
        asked(monitored, sagemaker="yard-other")
