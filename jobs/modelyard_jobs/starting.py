"""Training that a cloud runs: when it ran last, and starting it, by the cloud's own API.

Who asks is known by where the job runs. Source: SageMaker API reference, ListPipelineExecutions and
StartPipelineExecution; Vertex AI API reference, pipelineJobs.list; Workflow Executions API
reference.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, Self

from pydantic import model_validator

from modelyard_jobs.config import Section
from modelyard_jobs.errors import Unavailable

BECAUSE = "Because"
"""Parameter of the platform's pipelines on SageMaker that says what started a run."""
UNDERWAY = ("Executing", "Stopping")
ENDED = tuple(f"PIPELINE_STATE_{state}" for state in ("CANCELLED", "FAILED", "SUCCEEDED"))
VERTEX = "https://{region}-aiplatform.googleapis.com/v1"
EXECUTIONS = "https://workflowexecutions.googleapis.com/v1"
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_PATIENCE = 30


class Starts(Section):
    """What runs the training, if no workflow of the cluster does: one of these."""

    sagemaker: str | None = None
    """Name of a pipeline of SageMaker's."""
    vertex: str | None = None
    """Workflow that conducts it, `projects/P/locations/L/workflows/W`; runs are called `W`."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.sagemaker and self.vertex:
            raise ValueError("one cloud trains a model: give sagemaker or vertex")
        return self


@dataclass(frozen=True)
class Run:
    """The newest one."""

    at: datetime
    underway: bool


class Training(Protocol):
    def last(self) -> Run | None:
        """None where there was none yet."""
        ...

    def start(self, because: str, after: Run | None) -> None:
        """`after`: the newest run that was seen; one run at most is started after it."""
        ...


def training(starts: Starts) -> Training | None:
    """None where a workflow of the cluster goes on by the verdict."""
    if starts.sagemaker:
        return SageMaker(starts.sagemaker)
    return Vertex(starts.vertex) if starts.vertex else None


@dataclass(frozen=True)
class SageMaker:
    pipeline: str

    def last(self) -> Run | None:
        with _answering(self.pipeline):
            found = self._client().list_pipeline_executions(
                PipelineName=self.pipeline,
                SortBy="CreationTime",
                SortOrder="Descending",
                MaxResults=1,
            )
        for each in found["PipelineExecutionSummaries"]:
            return Run(each["StartTime"], each["PipelineExecutionStatus"] in UNDERWAY)
        return None

    def start(self, because: str, after: Run | None) -> None:
        """Two who saw the same run have the same token, by which SageMaker starts one."""
        seen = after.at.isoformat() if after else "none"
        token = uuid.uuid5(uuid.NAMESPACE_URL, f"modelyard:{self.pipeline}:{seen}")
        with _answering(self.pipeline):
            self._client().start_pipeline_execution(
                PipelineName=self.pipeline,
                PipelineParameters=[{"Name": BECAUSE, "Value": because}],
                ClientRequestToken=str(token),
            )

    def _client(self) -> Any:
        import boto3

        return boto3.client("sagemaker")


@dataclass(frozen=True)
class Vertex:
    workflow: str

    def last(self) -> Run | None:
        """The workflow may have yet to start its run, or still be busy with what came of one."""
        place, _, called = self.workflow.partition("/workflows/")
        region = place.rpartition("/")[2]
        asked = {
            "filter": f'display_name="{called}"',
            "orderBy": "create_time desc",
            "pageSize": "1",
        }
        runs = self._asked("get", f"{VERTEX.format(region=region)}/{place}/pipelineJobs", asked)
        active = self._asked(
            "get", f"{EXECUTIONS}/{self.workflow}/executions", {"filter": 'state="ACTIVE"'}
        )
        conducted = [_moment(each["startTime"]) for each in active.get("executions", ())]
        if conducted:
            return Run(max(conducted), underway=True)
        for each in runs.get("pipelineJobs", ()):
            return Run(_moment(each["createTime"]), each.get("state") not in ENDED)
        return None

    def start(self, because: str, after: Run | None) -> None:
        """Google has no token for it: the CronJob, of which one runs at a time, is what holds."""
        body = {"argument": json.dumps({"because": because})}
        self._asked("post", f"{EXECUTIONS}/{self.workflow}/executions", body)

    def _asked(self, verb: str, address: str, what: Mapping[str, str]) -> dict[str, Any]:
        import google.auth
        from google.auth.transport.requests import AuthorizedSession

        with _answering(self.workflow):
            credentials, _ = google.auth.default(scopes=[_SCOPE])
            given: dict[str, Any] = {"params" if verb == "get" else "json": what}
            session = AuthorizedSession(credentials)
            answer = session.request(verb, address, timeout=_PATIENCE, **given)
            answer.raise_for_status()
            return answer.json()


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@contextmanager
def _answering(about: str) -> Iterator[None]:
    """Whatever the clients of clouds have for an error becomes one of ours."""
    try:
        yield
    except ImportError:
        raise
    except Exception as error:
        raise Unavailable(
            f"the cloud that runs {about} does not answer: {error or type(error).__name__}",
            "see that it is there, and that this job may see its runs and start it",
        ) from error
