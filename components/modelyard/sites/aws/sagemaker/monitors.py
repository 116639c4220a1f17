"""Drift: what an endpoint is asked, against what the model was trained on.

SageMaker's own analyser measures it. Of its four kinds of job pulumi-aws has the one for data
quality; those for model quality, bias and explanations it has not, and they are not offered.
Source: SageMaker developer guide, monitor data quality; CloudWatch metrics of the monitor.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pulumi

from modelyard.blueprint.model import Model
from modelyard.blueprint.monitor import Drift
from modelyard.catalog.sagemaker import hosted_image
from modelyard.contracts.context import Context
from modelyard.objects.cloud import CloudResource
from modelyard.plan.hosted_machine import MONITORS
from modelyard.sites.aws.names import scoped
from modelyard.sites.aws.notices import ALARM
from modelyard.sites.aws.roles import Role, service_role
from modelyard.sites.aws.sagemaker import rights
from modelyard.sites.aws.sagemaker.alerts import alarm
from modelyard.sites.aws.sagemaker.hosting import NAME, Hosting

DISK = 20
"""GB of a job's volume."""
SPACE = "/aws/sagemaker/Endpoints/data-metrics"
VERDICT = "drift"
"""What alarms of drift are called after the model's name."""
_PROCESSING = "/opt/ml/processing"
_LONGEST = 3300
"""Seconds of a run, which has to end before the next one begins an hour later."""


class DriftMonitor:
    """A job definition, when it runs, and an alarm for each feature that is watched."""

    def __init__(
        self, hosting: Hosting, endpoint: CloudResource, captured: str, to: CloudResource
    ) -> None:
        self._hosting, self._endpoint = hosting, endpoint
        monitor = hosting.args.model.monitor
        assert monitor is not None
        assert monitor.drift is not None
        assert monitor.baseline is not None
        self._baseline, self._captured = monitor.baseline, captured
        self._reports = hosting.args.object_store.address(f"monitoring/{hosting.args.model.name}/")
        definition = self._definition(self._role())
        schedule = self._schedule(definition, hourly(monitor.every or timedelta(hours=1)))
        self._alarms(schedule, monitor.drift, to)

    def _role(self) -> Role:
        """Reads what was asked and what is expected, writes reports."""
        hosting, site = self._hosting, self._hosting.args.site
        return service_role(
            hosting.parent,
            f"{hosting.name}-monitor",
            hosting.args.context,
            site,
            service=rights.SERVICE,
            called=("monitoring", hosting.args.model.name),
            statements=[
                *rights.read(site, self._captured, self._baseline),
                *rights.write(site, self._reports),
                *rights.pull(site, _analyser(site.region)),
                *rights.log(site, "/aws/sagemaker/"),
                *rights.network(site),
                rights.decrypt(hosting.key),
                rights.volumes(site, hosting.key),
            ],
        )

    def _definition(self, role: Role) -> CloudResource:
        """It never changes: another one, of another name, takes its place."""
        hosting = self._hosting
        inputs: Mapping[str, Any] = {
            "dataQualityAppSpecification": {
                "imageUri": _analyser(hosting.args.site.region),
                "environment": {"publish_cloudwatch_metrics": "Enabled"},
            },
            "dataQualityBaselineConfig": {
                "constraintsResource": {"s3Uri": f"{self._baseline}constraints.json"},
                "statisticsResource": {"s3Uri": f"{self._baseline}statistics.json"},
            },
            "dataQualityJobInput": {"endpointInput": _asked(hosting.title())},
            "dataQualityJobOutputConfig": {
                "kmsKeyId": hosting.key,
                "monitoringOutputs": {"s3Output": _written(self._reports)},
            },
            "jobResources": {"clusterConfig": _machine(hosting.key)},
            "networkConfig": self._network(),
            "roleArn": role["arn"],
            "stoppingCondition": {"maxRuntimeInSeconds": _LONGEST},
        }
        named = {**inputs, "name": hosting.immutable(inputs, VERDICT)}
        token = "aws:sagemaker/dataQualityJobDefinition:DataQualityJobDefinition"
        after = [self._endpoint, *role.policies]
        options = pulumi.ResourceOptions(parent=hosting.parent, depends_on=after)
        name = f"{hosting.name}-{VERDICT}"
        return CloudResource(token, name, named, options, outputs={"name": str})

    def _network(self) -> Mapping[str, Any]:
        hosting = self._hosting
        group = hosting.security_group("monitor")
        return {
            "enableInterContainerTrafficEncryption": True,
            "vpcConfig": {
                "securityGroupIds": [group.id],
                "subnets": list(hosting.args.vpc.private_subnets),
            },
        }

    def _schedule(self, definition: CloudResource, when: str) -> str:
        """The name that the schedule has on AWS, by which its metrics are found."""
        hosting = self._hosting
        title = hosting.title(VERDICT, most=NAME)
        config = {
            "monitoringType": "DataQuality",
            "monitoringJobDefinitionName": definition["name"],
            "scheduleConfig": {"scheduleExpression": when},
        }
        inputs = {"name": title, "monitoringScheduleConfig": config}
        token = "aws:sagemaker/monitoringSchedule:MonitoringSchedule"
        name = f"{hosting.name}-{VERDICT}"
        CloudResource(token, name, inputs, hosting.options, outputs={})
        return title

    def _alarms(self, schedule: str, drift: Drift, to: CloudResource) -> None:
        hosting = self._hosting
        for feature in drift.features:
            alarm(
                hosting.parent,
                f"{hosting.name}-{VERDICT}-{feature}",
                hosting.args,
                to,
                hosting.args.model.name,
                VERDICT,
                feature,
                namespace=SPACE,
                metricName=f"feature_baseline_drift_{feature}",
                dimensions={"Endpoint": hosting.title(), "MonitoringSchedule": schedule},
                statistic="Maximum",
                threshold=drift.distance,
                period=3600,
                evaluationPeriods=1,
                datapointsToAlarm=1,
                treatMissingData="ignore",
            )


def alarm_names(context: Context, model: Model) -> list[str]:
    """What the alarms of a model's drift are called on AWS."""
    drift = model.monitor and model.monitor.drift
    features = drift.features if drift else ()
    return [scoped(context, model.name, VERDICT, feature, most=ALARM) for feature in features]


def hourly(every: timedelta) -> str:
    """So many hours as the monitor's schedules are written; every one of them divides a day."""
    hours = int(every.total_seconds()) // 3600
    if hours == 1:
        return "cron(0 * ? * * *)"
    return "cron(0 0 ? * * *)" if hours == 24 else f"cron(0 0/{hours} ? * * *)"


def _analyser(region: str) -> str:
    found = hosted_image("model-monitor", region)
    if found is None:
        raise LookupError(f"SageMaker has no analyser in {region}: remove `monitor`")
    return found


def _asked(endpoint: str) -> Mapping[str, Any]:
    return {
        "endpointName": endpoint,
        "localPath": f"{_PROCESSING}/input/endpoint",
        "s3InputMode": "File",
        "s3DataDistributionType": "FullyReplicated",
    }


def _written(place: str) -> Mapping[str, Any]:
    return {"s3Uri": place, "localPath": f"{_PROCESSING}/output", "s3UploadMode": "EndOfJob"}


def _machine(key: pulumi.Input[str]) -> Mapping[str, Any]:
    return {
        "instanceCount": 1,
        "instanceType": MONITORS,
        "volumeSizeInGb": DISK,
        "volumeKmsKeyId": key,
    }
