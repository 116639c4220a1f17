"""What conducts training: it starts a run, waits, holds what came of it against the gates, and
brings it where versions are, or says that it waits for somebody.

In the language of Workflows, as JSON; source: Workflows syntax reference, Vertex AI and Cloud
Storage API references.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from modelyard.blueprint.units import Threshold

CANDIDATES, VERSIONS = "candidates/", "models/"
"""Parts of the platform's bucket: what training leaves there, and what may be served."""
METRICS = "metrics.json"
"""What training writes beside what it made, where there are gates: `{"auc": 0.93}`."""
WAITS = "waits for approval"
"""What the log says of a candidate; whoever approves is told of it."""
BECAUSE, SCHEDULE = "because", "schedule"
LOOK = 60
"""Seconds between two looks at a run."""
_STORAGE = "https://storage.googleapis.com/storage/v1/b"
_ENDED = '["PIPELINE_STATE_FAILED", "PIPELINE_STATE_CANCELLED"]'

Step = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Training:
    """One model's."""

    called: str
    """What its runs are called."""
    model: str
    api: str
    """`https://REGION-aiplatform.googleapis.com/v1/`."""
    place: str
    """`projects/PROJECT/locations/REGION`."""
    bucket: str
    job: Mapping[str, Any]
    """The run, as the API takes it; expressions in it know `because` and `candidate`."""
    bounds: Mapping[str, Threshold]
    approved: bool
    """Whether somebody has to approve."""
    longest: int
    """Seconds that a run may take."""
    enough: int | None
    """Seconds since the last run before which a schedule starts none."""


def definition(training: Training) -> Mapping[str, Any]:
    """The workflow; it returns where the new version is, or why there is none."""
    return {"main": {"params": ["given"], "steps": list(_steps(training))}}


def _steps(training: Training) -> Iterator[Step]:
    yield from _begin(training)
    if training.enough is not None:
        yield from _due(training, training.enough)
    yield from _run(training)
    if training.bounds:
        yield from _gates(training)
    yield from _waiting(training) if training.approved else _kept(training)


def _begin(training: Training) -> Iterator[Step]:
    given = f'${{default(map.get(given, "{BECAUSE}"), "manual")}}'
    by_hand = {"condition": "${given == null}", "assign": [{BECAUSE: "manual"}]}
    told = {"condition": True, "assign": [{BECAUSE: given}]}
    yield {"asked_for": {"switch": [by_hand, told]}}
    run = '${sys.get_env("GOOGLE_CLOUD_WORKFLOW_EXECUTION_ID")}'
    candidate = f'${{"{CANDIDATES}{training.model}/" + run + "/"}}'
    yield {"named": {"assign": [{"run": run}, {"candidate": candidate}]}}


def _due(training: Training, enough: int) -> Iterator[Step]:
    """A schedule ticks more often than it is to train."""
    yield {
        "clock": {
            "switch": [{"condition": f'${{{BECAUSE} != "{SCHEDULE}"}}', "next": "start"}],
        }
    }
    # As they are: what an expression may hold of quotation marks is no question then.
    before = f'display_name="{training.called}" AND create_time>"'
    yield {"asked": {"assign": [{"before": before}, {"after": '"'}]}}
    since = f"time.format(int(sys.now()) - {enough})"
    url = f"{training.api}{training.place}/pipelineJobs"
    wanted = f"${{before + {since} + after}}"
    yield {"lately": _call("get", url, "lately", query={"filter": wanted})}
    none = '${len(default(map.get(lately.body, "pipelineJobs"), [])) == 0}'
    yield {
        "due": {
            "switch": [{"condition": none, "next": "start"}],
            "next": "early",
        }
    }
    yield {"early": {"return": "trained lately"}}


def _run(training: Training) -> Iterator[Step]:
    url = f"{training.api}{training.place}/pipelineJobs"
    seen = f'${{"{training.api}" + job.body.name}}'
    yield {"start": _call("post", url, "job", body=training.job)}
    yield {"begun": {"assign": [{"begun": "${sys.now()}"}]}}
    yield {"wait": {"call": "sys.sleep", "args": {"seconds": LOOK}}}
    yield {"look": _call("get", seen, "seen")}
    after = "metrics" if training.bounds else "good"
    choices = [
        {"condition": '${seen.body.state == "PIPELINE_STATE_SUCCEEDED"}', "next": after},
        {"condition": f"${{seen.body.state in {_ENDED}}}", "next": "failed"},
        {"condition": f"${{sys.now() - begun > {training.longest}}}", "next": "late"},
    ]
    yield {"over": {"switch": choices, "next": "wait"}}
    yield {"late": _call("post", f'${{"{training.api}" + job.body.name + ":cancel"}}', "stopped")}
    yield {"failed": {"raise": '${job.body.name + " did not come to its end in time, or failed"}'}}


def _gates(training: Training) -> Iterator[Step]:
    """Every bound has to be kept; a metric that is not told keeps none."""
    name = f'text.url_encode(candidate + "{METRICS}")'
    url = f'${{"{_STORAGE}/{training.bucket}/o/" + {name}}}'
    yield {"metrics": _call("get", url, "metrics", query={"alt": "media"})}
    parsed = {
        "condition": '${get_type(metrics.body) == "map"}',
        "assign": [{"told": "${metrics.body}"}],
    }
    text = {"condition": True, "assign": [{"told": "${json.decode(metrics.body)}"}]}
    yield {"read": {"switch": [parsed, text]}}
    broken = [
        {"condition": f"${{not(told[{json.dumps(metric)}] {bound.operator} {bound.value})}}"}
        for metric, bound in training.bounds.items()
    ]
    choices = [{**each, "next": "refused"} for each in broken]
    yield {"gates": {"switch": choices, "next": "good"}}
    written = ", ".join(f"{metric} {bound}" for metric, bound in training.bounds.items())
    yield {"refused": {"raise": f"{training.model} keeps not all of: {written}"}}


def _waiting(training: Training) -> Iterator[Step]:
    uri = f'"gs://{training.bucket}/" + candidate'
    said = f'${{"{training.model} {WAITS}: " + {uri}}}'
    log = {"text": said, "severity": "NOTICE"}
    yield {"good": {"call": "sys.log", "args": log}}
    yield {"done": {"return": f"${{{uri}}}"}}


def _kept(training: Training) -> Iterator[Step]:
    """Copied to a place of its own among the versions: none is ever overwritten."""
    objects = f"{_STORAGE}/{training.bucket}/o"
    yield {"good": _call("get", objects, "made", query={"prefix": "${candidate}"})}
    more = {"condition": '${"nextPageToken" in made.body}', "next": "too_many"}
    yield {"all": {"switch": [more], "next": "keep"}}
    yield {"too_many": {"raise": "training left more than a thousand files: pack them"}}
    version = f'"{VERSIONS}{training.model}/" + run + "/"'
    rest = "text.substring(item.name, len(candidate), len(item.name))"
    to = f"text.url_encode({version} + {rest})"
    place = f'"/rewriteTo/b/{training.bucket}/o/"'
    url = f'${{"{objects}/" + text.url_encode(item.name) + {place} + {to}}}'
    copy = {"copy": _call("post", url, "copied")}
    yield {"keep": {"for": {"value": "item", "in": "${made.body.items}", "steps": [copy]}}}
    yield {"done": {"return": f'${{"gs://{training.bucket}/" + {version}}}'}}


def _call(verb: str, url: str, result: str, **further: Any) -> Mapping[str, Any]:
    """One call of an API as the workflow's own account, tried again where that may help."""
    again = "http.default_retry_non_idempotent" if verb == "post" else "http.default_retry"
    args = {"url": url, "auth": {"type": "OAuth2"}, **further}
    return {
        "try": {"call": f"http.{verb}", "args": args, "result": result},
        "retry": f"${{{again}}}",
    }
