"""Workflows: every table is validated, and only then the load runs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.site import GcpSite
from modelyard.contracts.ingestion import IngestionArgs
from modelyard.objects.cloud import CloudResource
from modelyard.sites.gcp.account import GcpProject
from modelyard.sites.gcp.alerts import Alert, add_alert, metric
from modelyard.sites.gcp.custom_roles import custom_role
from modelyard.sites.gcp.kms import KmsKeys
from modelyard.sites.gcp.names import scoped
from modelyard.sites.gcp.service_accounts import ServiceAccount, service_account
from modelyard.sites.gcp.services.data_quality import DataplexQuality, cadence
from modelyard.sites.gcp.uses import Use

NAME = 64
API = "https://dataplex.googleapis.com/v1/"
UNDERWAY = ("PENDING", "RUNNING", "CANCELING")
"""States of a scan's job before its end; source: Dataplex API reference, DataScanJob."""
_WAIT = 30
"""Seconds between two looks at a scan."""
_LONGEST = 24 * 60 * 60
"""Seconds that a load may take."""
_AS_ITSELF = {"type": "OAuth2"}


@dataclass(frozen=True, kw_only=True)
class WorkflowArgs(IngestionArgs):
    site: GcpSite
    account: GcpProject
    kms: KmsKeys
    validation: DataplexQuality


class ValidatedLoad(pulumi.ComponentResource):
    """A workflow that starts by the clock. A broken rule ends it before anything is loaded."""

    def __init__(
        self, name: str, args: WorkflowArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:ingestion:ValidatedLoad", name, None, opts)
        self._name, self._args = name, args
        self._options = pulumi.ResourceOptions(parent=self)
        job = args.settings.load
        assert job is not None  # without a job the blueprint is refused
        self.called = scoped(args.context, "load", most=NAME)
        account = self._acting("load", "validates and loads", ["roles/logging.logWriter"])
        rights = [*account.grants, *args.validation.let_run("load", account.member)]
        rights += self._let_load(job, account.member)
        scans = [args.validation.address(table) for table in sorted(args.validation.scans)]
        steps = definition(scans, f"{self._place}/jobs/{job}")
        self.workflow = self._workflow(steps, account, rights)
        self._by_the_clock()
        self._tell()
        self.register_outputs({"workflow": self.workflow.id})

    @property
    def _place(self) -> str:
        return f"projects/{self._args.site.project}/locations/{self._args.site.region}"

    def _acting(self, part: str, does: str, roles: Sequence[str]) -> ServiceAccount:
        context = self._args.context
        return service_account(
            self,
            f"{self._name}-{part}",
            context,
            self._args.site,
            called=(part,),
            why=f"{context.scope}: {does}",
            roles=roles,
        )

    def _let_load(self, job: str, member: pulumi.Input[str]) -> list[CloudResource]:
        """Starts one job, and sees when what it has started is over."""
        args = self._args
        waits = custom_role(
            self,
            f"{self._name}-waits",
            args.context,
            args.site,
            called="load-waits",
            why="sees whether a load is over",
            permissions=["run.operations.get"],
        )
        inputs = {
            "project": args.site.project,
            "location": args.site.region,
            "name": job,
            "role": "roles/run.invoker",
            "member": member,
        }
        token = "gcp:cloudrunv2/jobIamMember:JobIamMember"
        starts = CloudResource(token, f"{self._name}-starts", inputs, self._options, outputs={})
        seen = {"project": args.site.project, "role": waits, "member": member}
        token = "gcp:projects/iAMMember:IAMMember"
        return [starts, CloudResource(token, f"{self._name}-waits", seen, self._options, {})]

    def _workflow(
        self, steps: Mapping[str, Any], account: ServiceAccount, rights: Sequence[pulumi.Resource]
    ) -> CloudResource:
        """Its calls are logged: names of scans and their verdicts, nothing of the data."""
        inputs = {
            "name": self.called,
            "project": self._args.site.project,
            "region": self._args.site.region,
            "description": "Validates every table, and then loads",
            "sourceContents": json.dumps(steps, indent=1),
            "serviceAccount": account["name"],
            "cryptoKeyName": self._args.kms.key_for(Use.WORKFLOWS),
            "callLogLevel": "LOG_ALL_CALLS",
            "deletionProtection": False,
        }
        options = pulumi.ResourceOptions(parent=self, depends_on=list(rights))
        token, seen = "gcp:workflows/workflow:Workflow", {"name": str}
        return CloudResource(token, self._name, inputs, options, outputs=seen)

    def _by_the_clock(self) -> None:
        """Started as often as tables are to be validated, by who may do nothing else."""
        args = self._args
        account = self._acting("clock", "starts the load", ["roles/workflows.invoker"])
        base = f"https://workflowexecutions.googleapis.com/v1/{self._place}/workflows/"
        target = {
            "uri": pulumi.Output.concat(base, self.workflow["name"], "/executions"),
            "httpMethod": "POST",
            "oauthToken": {"serviceAccountEmail": account.email},
        }
        inputs = {
            "name": self.called,
            "project": args.site.project,
            "region": args.site.region,
            "schedule": cadence(args.settings),
            "timeZone": "Etc/UTC",
            "httpTarget": target,
            "retryConfig": {"retryCount": 2},
        }
        options = pulumi.ResourceOptions(parent=self, depends_on=account.grants)
        CloudResource("gcp:cloudscheduler/job:Job", self._name, inputs, options, outputs={})

    def _tell(self) -> None:
        """Somebody hears of a load that did not come to its end."""
        finished = metric(
            "workflows.googleapis.com/finished_execution_count",
            "workflows.googleapis.com/Workflow",
            workflow_id=self.called,
        )
        alert = Alert(
            part="failed-load",
            filter=f'{finished} AND metric.labels.status != "SUCCEEDED"',
            compared=">",
            threshold=0,
            aligner="ALIGN_SUM",
            why="A load ended early: a rule is broken, or its job failed. See the workflow's log.",
        )
        add_alert(self, self._name, self._args.context, self._args.account, alert)


def definition(scans: Sequence[str], job: str) -> Mapping[str, Any]:
    """The language of Workflows, as JSON: all tables at once, then the job."""
    each = {"validate": {"call": "validated", "args": {"scan": "${scan}"}}}
    load = {
        "call": "googleapis.run.v2.projects.locations.jobs.run",
        "args": {"name": job, "connector_params": {"timeout": _LONGEST}},
    }
    every = {"for": {"value": "scan", "in": list(scans), "steps": [each]}}
    return {
        "main": {"steps": [{"validate_all": {"parallel": every}}, {"load": load}]},
        "validated": {"params": ["scan"], "steps": _validated()},
    }


def _validated() -> list[Mapping[str, Any]]:
    """Start a scan, wait for its end, and fail unless each rule holds.

    What is false is left out of the API's answers: a verdict that is not there is a bad one.
    """
    started = _call("post", '${"' + API + '" + scan + ":run"}', "started")
    seen = _call("get", '${"' + API + '" + started.body.job.name}', "seen", query={"view": "FULL"})
    underway = ", ".join(f'"{state}"' for state in UNDERWAY)
    verdict = 'default(map.get(seen.body, ["dataQualityResult", "passed"]), false)'
    passed = f'seen.body.state == "SUCCEEDED" and {verdict}'
    choices = [
        {"condition": f"${{seen.body.state in [{underway}]}}", "next": "wait"},
        {"condition": f"${{{passed}}}", "next": "kept"},
    ]
    return [
        {"start": started},
        {"wait": {"call": "sys.sleep", "args": {"seconds": _WAIT}}},
        {"look": seen},
        {"ended": {"switch": choices, "next": "broken"}},
        {"broken": {"raise": '${scan + ": " + seen.body.state + ", and not every rule holds"}'}},
        {"kept": {"return": "${scan}"}},
    ]


def _call(verb: str, url: str, result: str, **further: Any) -> Mapping[str, Any]:
    """One call of an API, tried again where that may help."""
    again = "http.default_retry_non_idempotent" if verb == "post" else "http.default_retry"
    args = {"url": url, "auth": _AS_ITSELF, **further}
    return {
        "try": {"call": f"http.{verb}", "args": args, "result": result},
        "retry": f"${{{again}}}",
    }
