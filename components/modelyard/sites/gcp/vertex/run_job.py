"""A model over what lies in a bucket, by the clock; there is a container only while it runs."""

from __future__ import annotations

import pulumi

from modelyard.objects.cloud import CloudResource
from modelyard.sites.gcp.alerts import Alert, add_alert, metric
from modelyard.sites.gcp.vertex.run_container import RunArgs, RunContainer
from modelyard.sites.gcp.vertex.scheduled import clock, scheduled

LONGEST, LONGEST_WITH_GPU = "86400s", "3600s"
"""How long a run may take; an hour is the most with a GPU. Source: Cloud Run guide, timeouts."""
_API = "https://run.googleapis.com/v2"


class CloudRunJob(pulumi.ComponentResource):
    """A job of Cloud Run that a schedule starts; the owner hears of runs that fail."""

    endpoint: None = None

    def __init__(
        self, name: str, args: RunArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:serving:CloudRunJob", name, None, opts)
        self._name, self._args = name, args
        self._run = RunContainer(self, name, args)
        job = self._job()
        self._scheduled(job)
        self._told()
        self.register_outputs({"job": job["name"]})

    def _job(self) -> CloudResource:
        run, gpu = self._run, self._args.model_plan.machine
        container = {**run.container(), "resources": {"limits": run.limits()}}
        inputs = {
            "name": run.called,
            "location": self._args.site.region,
            "deletionProtection": False,
            "binaryAuthorization": {"useDefault": True},
            "template": {
                "taskCount": 1,
                "parallelism": 1,
                "template": {
                    **run.template(),
                    "maxRetries": 1,
                    "timeout": LONGEST_WITH_GPU if gpu else LONGEST,
                    "containers": [container],
                },
            },
        }
        ready = [*self._args.account.services, *run.rights]
        options = pulumi.ResourceOptions(parent=self, depends_on=ready)
        token = "gcp:cloudrunv2/job:Job"
        return CloudResource(token, self._name, inputs, options, outputs={"name": str})

    def _scheduled(self, job: CloudResource) -> None:
        args, site, called = self._args, self._args.site, self._args.model.name
        when = args.model.serve.schedule
        assert when is not None  # the checks see to it
        account = clock(self, self._name, args, called, why=f"starts {called}")
        starting = {
            "name": job["name"],
            "location": site.region,
            "role": "roles/run.invoker",
            "member": account.member,
        }
        options = pulumi.ResourceOptions(parent=self)
        token = "gcp:cloudrunv2/jobIamMember:JobIamMember"
        may = CloudResource(token, self._name, starting, options, outputs={})
        place = f"{_API}/projects/{site.project}/locations/{site.region}/jobs/"
        uri = pulumi.Output.concat(place, job["name"], ":run")
        scheduled(self, self._name, args, called, when=when, uri=uri, account=account, after=[may])

    def _told(self) -> None:
        args, called = self._args, self._run.called
        kind = "run.googleapis.com/job/completed_execution_count"
        ended = metric(kind, "cloud_run_job", job_name=called)
        alert = Alert(
            part="failed",
            filter=f'{ended} AND metric.labels.result = "failed"',
            compared=">",
            threshold=0,
            aligner="ALIGN_SUM",
            reducer="REDUCE_SUM",
            why=f"A run of {args.model.name} failed.",
        )
        add_alert(self, self._name, args.context, args.account, alert)
