"""A model over what lies in a bucket, on a schedule; there is a machine only while it runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from modelyard.blueprint.cron import aws_cron
from modelyard.catalog.sagemaker import has_disks
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.names import arn
from modelyard.sites.aws.policies import allow
from modelyard.sites.aws.sagemaker import rights
from modelyard.sites.aws.sagemaker.alerts import told, topic
from modelyard.sites.aws.sagemaker.args import HostedArgs
from modelyard.sites.aws.sagemaker.hosting import NAME, Hosting
from modelyard.sites.aws.sagemaker.schedules import RUN, RUN_DIGITS, scheduled

CONTENT = {".csv": "text/csv", ".jsonl": "application/jsonlines", ".json": "application/json"}


class BatchTransform(pulumi.ComponentResource):
    """Transform jobs by EventBridge; the topic hears of those that fail."""

    endpoint: None = None

    def __init__(
        self, name: str, args: HostedArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:serving:BatchTransform", name, None, opts)
        self._hosting = hosting = Hosting(self, name, args)
        serve = args.model.serve
        assert serve.input  # the checks see to it
        assert serve.output
        self._jobs = hosting.title(most=NAME - RUN_DIGITS)
        reads = rights.read(args.site, serve.input)
        role = hosting.role([args.model.source], [serve.output], reads)
        model = hosting.model(role, args.model.source, hosting.security_group())
        self._scheduled(model)
        self.topic = topic(self, name, args, args.model.name)
        told(self, name, args, self.topic, args.model.name, event=self._failed())
        self.register_outputs({"jobs": self._jobs})

    def _scheduled(self, model: CloudResource) -> None:
        hosting = self._hosting
        site, serve = hosting.args.site, hosting.args.model.serve
        when = aws_cron(serve.schedule or "")
        assert when is not None  # the checks see to it
        jobs = arn(site, "sagemaker", f"transform-job/{self._jobs}-*")
        scheduled(
            hosting.parent,
            hosting.name,
            hosting.args,
            hosting.args.model.name,
            when=when,
            action="createTransformJob",
            input=self._job(model),
            statements=[
                allow(["sagemaker:CreateTransformJob"], [jobs]),
                rights.volumes(site, hosting.key),
            ],
        )

    def _job(self, model: CloudResource) -> Mapping[str, Any]:
        """The request as the API takes it; source: SageMaker API reference, CreateTransformJob."""
        hosting, plan = self._hosting, self._hosting.args.model_plan
        serve = hosting.args.model.serve
        assert serve.input
        assert plan.machine
        volume = {} if has_disks(plan.machine) else {"VolumeKmsKeyId": hosting.key}
        kind = next((t for end, t in CONTENT.items() if serve.input.endswith(end)), None)
        source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": serve.input}}
        lines = {"SplitType": "Line"} if kind in ("text/csv", "application/jsonlines") else {}
        joined = {"AssembleWith": "Line"} if lines else {}
        return {
            "TransformJobName": f"{self._jobs}-{RUN}",
            "ModelName": model["name"],
            "TransformInput": {
                "DataSource": source,
                **({"ContentType": kind} if kind else {}),
                **lines,
            },
            "TransformOutput": {
                "S3OutputPath": serve.output,
                "KmsKeyId": hosting.key,
                **joined,
            },
            "TransformResources": {"InstanceType": plan.machine, "InstanceCount": 1, **volume},
        }

    def _failed(self) -> Mapping[str, Any]:
        return {
            "detail-type": ["SageMaker Transform Job State Change"],
            "detail": {
                "TransformJobName": [{"prefix": f"{self._jobs}-"}],
                "TransformJobStatus": ["Failed"],
            },
        }
