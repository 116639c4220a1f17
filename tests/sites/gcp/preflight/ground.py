"""A plan to ask a project about, and what a small project answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.sites.gcp.google import PROJECT, REGION, Answer, Google, Json

from modelyard.blueprint.site import GcpSite
from modelyard.contracts.context import Context
from modelyard.contracts.inventory import Expected
from modelyard.contracts.preflight import Answer as Told
from modelyard.contracts.preflight import MachineNeed
from modelyard.plan.tags import Tags
from modelyard.sites.gcp.names import labels
from modelyard.sites.gcp.preflight.account import Caller
from modelyard.sites.gcp.preflight.planned import GcpPreflightArgs

TAGS = Tags("demo", "ml@acme.example", "ml", "internal", "none", "manual")
CONTEXT = Context(
    platform="fraud",
    environment="prod",
    tags=TAGS,
    cost_center=None,
    compliance=(),
    sensitive=False,
    protect=False,
)
OWN = dict(labels(CONTEXT))
"""Labels of what the platform has made itself."""
ZONES = tuple(f"{REGION}-{letter}" for letter in "abc")
L4 = MachineNeed(machine="g2-standard-4", fewest=1, most=2, models=("assistant",))
"""One L4 each."""
H100 = MachineNeed(machine="a3-highgpu-8g", fewest=1, most=2, models=("assistant",))
"""Eight H100 each."""
ANN = Caller(email="ann@acme.example")
COMPUTE = "https://www.googleapis.com/compute/v1"
METRICS = "serviceusage.services.consumerQuotaMetrics.list"


def site(**given: Any) -> GcpSite:
    """A site of that project."""
    return GcpSite.model_validate({"kind": "gcp", "region": REGION, "project": PROJECT, **given})


def planned(token: str, called: str = "it", /, **inputs: Any) -> Expected:
    """A planned resource, by the short form of its type: `storage/bucket:Bucket`."""
    token = token if token.startswith("kubernetes:") else f"gcp:{token}"
    return Expected(f"urn:pulumi:prod::modelyard::{token}::{called}", token, called, inputs)


def args(
    *expected: Expected, machines: Sequence[MachineNeed] = (), **given: Any
) -> GcpPreflightArgs:
    """What is planned, on a site with these settings."""
    return GcpPreflightArgs(
        site=site(**given), context=CONTEXT, machines=tuple(machines), expected=expected
    )


def quota(metric: str, limit: float, usage: float = 0) -> Json:
    """As Compute Engine lists one."""
    return {"metric": metric, "limit": limit, "usage": usage}


def region(*quotas: Json, **more: Any) -> Json:
    """As `regions.get` answers."""
    zones = [f"{COMPUTE}/projects/{PROJECT}/zones/{zone}" for zone in ZONES]
    return {"name": REGION, "status": "UP", "zones": zones, "quotas": list(quotas), **more}


def project(*quotas: Json) -> Json:
    """As Compute Engine tells of a project: quotas of all regions together."""
    return {"name": PROJECT, "quotas": list(quotas)}


def bucketed(metric: str, *buckets: tuple[Mapping[str, str], int]) -> Json:
    """As Service Usage lists a metric: limits with the dimensions that they are for."""
    told = [{"effectiveLimit": str(limit), "dimensions": dict(where)} for where, limit in buckets]
    limit = {"metric": metric, "quotaBuckets": told, "unit": "1/{project}/{region}"}
    return {"metric": metric, "consumerQuotaLimits": [limit]}


def instances(zone: str, *machines: Json) -> Json:
    """As `instances.aggregatedList` answers: every scope, most of them with nothing in it."""
    nothing = {"warning": {"code": "NO_RESULTS_ON_PAGE", "message": "none"}}
    return {
        "items": {"zones/us-east1-b": nothing, f"zones/{zone}": {"instances": list(machines)}},
    }


def running(machine: str, accelerator: str = "", count: int = 1, **more: Any) -> Json:
    """A machine that runs."""
    zone = f"{COMPUTE}/projects/{PROJECT}/zones/{ZONES[0]}"
    kind = f"{zone}/acceleratorTypes/{accelerator}"
    gpus = [{"acceleratorType": kind, "acceleratorCount": count}] if accelerator else []
    return {
        "machineType": f"{zone}/machineTypes/{machine}",
        "status": "RUNNING",
        "guestAccelerators": gpus,
        **more,
    }


def offered(machine: str, cpus: int, *zones: str) -> Json:
    """As `machineTypes.aggregatedList` answers."""
    one = {"name": machine, "guestCpus": cpus}
    return {"items": {f"zones/{zone}": {"machineTypes": [one]} for zone in zones}}


def ask(topic: Any, given: GcpPreflightArgs, answers: Mapping[str, Answer]) -> list[Told]:
    """The answers to all questions of a topic, in order."""
    asking = Google(answers).asking()
    return told(topic.questions(asking, given))


def told(questions: Any) -> list[Told]:
    return [answer for question in questions for answer in question.answers()]


def verdicts(answers: Sequence[Told]) -> list[str]:
    return [str(answer.verdict) for answer in answers]
