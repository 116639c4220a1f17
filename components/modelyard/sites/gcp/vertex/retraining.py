"""A model's training: what conducts it, when it starts, and who hears when it fails."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pulumi

from modelyard.blueprint.model import Approval, Model
from modelyard.objects.cloud import CloudResource
from modelyard.plan.promotion import registered_name
from modelyard.sites.gcp.alerts import Alert, add_alert, metric
from modelyard.sites.gcp.custom_roles import custom_role
from modelyard.sites.gcp.kms import AttachedKey, KmsKeys
from modelyard.sites.gcp.object_store import AttachedBucket, GcsBuckets
from modelyard.sites.gcp.service_accounts import (
    ServiceAccount,
    acting_as,
    project_role,
    service_account,
)
from modelyard.sites.gcp.uses import Use
from modelyard.sites.gcp.vertex.args import GoogleArgs
from modelyard.sites.gcp.vertex.cadence import enough, ticks
from modelyard.sites.gcp.vertex.pipeline_job import pipeline_job
from modelyard.sites.gcp.vertex.pipelines import ROOT, VertexPipelines, training_called
from modelyard.sites.gcp.vertex.scheduled import clock, scheduled
from modelyard.sites.gcp.vertex.training_workflow import (
    BECAUSE,
    CANDIDATES,
    SCHEDULE,
    VERSIONS,
    Training,
    definition,
)

LONGEST = timedelta(days=1)
RUNS = tuple(f"aiplatform.pipelineJobs.{verb}" for verb in ("cancel", "create", "get", "list"))
_EXECUTIONS = "https://workflowexecutions.googleapis.com/v1"


@dataclass(frozen=True, kw_only=True)
class VertexRetrainingArgs(GoogleArgs):
    model: Model
    kms: KmsKeys | AttachedKey
    object_store: GcsBuckets | AttachedBucket
    pipelines: VertexPipelines


class TrainingWorkflow(pulumi.ComponentResource):
    """Trains, holds the result against the gates, and keeps it as a version, or as a candidate."""

    def __init__(
        self, name: str, args: VertexRetrainingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:retraining:TrainingWorkflow", name, None, opts)
        assert args.model.retrain is not None
        self._name, self._args, self._retrain = name, args, args.model.retrain
        self.called = training_called(args, args.model)
        account = self._identity()
        workflow = self._workflow(account, self._rights(account))
        if self._retrain.every:
            self._cadence(workflow, self._retrain.every)
        self._told()
        self.register_outputs({"workflow": workflow["name"]})

    def _identity(self) -> ServiceAccount:
        args, called = self._args, self._args.model.name
        return service_account(
            self,
            self._name,
            args.context,
            args.site,
            called=("train", called),
            why=f"{args.context.scope}: conducts the training of {called}",
            roles=["roles/logging.logWriter"],
        )

    def _rights(self, account: ServiceAccount) -> list[CloudResource]:
        """Starts runs as the training account; keeps versions only where nobody has to approve."""
        args, store, called = self._args, self._args.object_store, self._args.model.name
        role = custom_role(
            self,
            f"{self._name}-runs",
            args.context,
            args.site,
            called=f"{called}-train",
            why=f"runs the training of {called}",
            permissions=RUNS,
        )
        granted = {"project": args.site.project, "role": role, "member": account.member}
        options = pulumi.ResourceOptions(parent=self)
        token = "gcp:projects/iAMMember:IAMMember"
        waits = args.model.promote.approval is Approval.REQUIRED
        kept = [] if waits else [store.address(f"{VERSIONS}{called}/")]
        return [
            *account.grants,
            CloudResource(token, f"{self._name}-runs", granted, options, outputs={}),
            acting_as(self, self._name, args.pipelines.account, account.member),
            *store.let_in(
                f"train-{called}",
                account.member,
                reads=[store.address(f"{CANDIDATES}{called}/")],
                writes=kept,
            ),
        ]

    def _workflow(self, account: ServiceAccount, rights: list[CloudResource]) -> CloudResource:
        args = self._args
        steps = definition(self._training())
        inputs = {
            "name": self.called,
            "region": args.site.region,
            "description": f"Trains {args.model.name}",
            "serviceAccount": account["name"],
            "sourceContents": pulumi.Output.json_dumps(steps),
            "cryptoKeyName": args.kms.key_for(Use.WORKFLOWS),
            "callLogLevel": "LOG_ERRORS_ONLY",
            "deletionProtection": False,
        }
        after = [*args.account.services, *rights, *args.pipelines.rights]
        options = pulumi.ResourceOptions(parent=self, depends_on=after)
        token = "gcp:workflows/workflow:Workflow"
        return CloudResource(token, self._name, inputs, options, outputs={"name": str})

    def _training(self) -> Training:
        args, model, site = self._args, self._args.model, self._args.site
        longest = self._retrain.timeout or LONGEST
        return Training(
            called=self.called,
            model=model.name,
            api=f"https://{site.region}-aiplatform.googleapis.com/v1/",
            place=f"projects/{site.project}/locations/{site.region}",
            bucket=args.object_store.bucket,
            job=self._job(),
            bounds={**model.promote.benchmark, **model.promote.fairness},
            approved=model.promote.approval is Approval.REQUIRED,
            longest=int(longest.total_seconds()),
            enough=enough(self._retrain.every) if self._retrain.every else None,
        )

    def _job(self) -> Mapping[str, Any]:
        """The run; what is only known when it starts is for the workflow to say."""
        args = self._args
        environment = {
            **args.pipelines.environment,
            "MODEL": registered_name(args.model),
            "MODELYARD_BECAUSE": f"${{{BECAUSE}}}",
            "MODELYARD_OUTPUT": f'${{"gs://{args.object_store.bucket}/" + candidate}}',
        }
        return pipeline_job(
            self.called,
            self._retrain,
            environment,
            root=args.object_store.address(ROOT),
            account=args.pipelines.account.email,
            key=args.kms.key_for(Use.VERTEX),
        )

    def _cadence(self, workflow: CloudResource, every: timedelta) -> None:
        args, site, called = self._args, self._args.site, self._args.model.name
        account = clock(self, self._name, args, "train", called, why=f"starts training {called}")
        may = project_role(
            self, f"{self._name}-clock", site, account.member, "roles/workflows.invoker"
        )
        place = f"{_EXECUTIONS}/projects/{site.project}/locations/{site.region}/workflows/"
        argument = json.dumps({"argument": json.dumps({BECAUSE: SCHEDULE})})
        scheduled(
            self,
            self._name,
            args,
            called,
            "train",
            when=ticks(self.called, every),
            uri=pulumi.Output.concat(place, workflow["name"], "/executions"),
            body=b64encode(argument.encode()).decode(),
            account=account,
            after=[may],
        )

    def _told(self) -> None:
        """Somebody hears of a run that failed, and of one that keeps not every bound."""
        args, called = self._args, self._args.model.name
        ended = metric(
            "workflows.googleapis.com/finished_execution_count",
            "workflows.googleapis.com/Workflow",
            workflow_id=self.called,
        )
        alert = Alert(
            part="failed",
            filter=f'{ended} AND metric.labels.status != "SUCCEEDED"',
            compared=">",
            threshold=0,
            aligner="ALIGN_SUM",
            reducer="REDUCE_SUM",
            why=f"Training of {called} failed, or did not keep its bounds: see its workflow.",
        )
        add_alert(self, self._name, args.context, args.account, alert)
