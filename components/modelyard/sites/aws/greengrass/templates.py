"""Templates of CloudFormation: a version of a component, and what runs on a ring of devices.

Source: CloudFormation's own schemas of AWS::GreengrassV2::ComponentVersion and ::Deployment; the
tests hold the templates to them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pulumi

from modelyard.blueprint.devices import DeviceRollout
from modelyard.catalog.greengrass import deployed
from modelyard.sites.aws.greengrass.recipe import Component

VERSION = "2010-09-09"
LOGS = "aws.greengrass.LogManager"
COUNTED = ("FAILED", "REJECTED", "TIMED_OUT")
"""What counts as a device that failed."""


def component_version(component: Component) -> str:
    """One version of a component."""
    properties = {"InlineRecipe": component.recipe}
    described = f"{component.name} {component.version}"
    resource = {"Type": "AWS::GreengrassV2::ComponentVersion", "Properties": properties}
    return json.dumps(_template(described, "Component", resource), sort_keys=True)


def deployment(
    ring: str, target: pulumi.Input[str], components: Sequence[Component], rollout: DeviceRollout
) -> pulumi.Output[str]:
    """What runs on the devices of a thing group, and how it gets there. `target`: the group's ARN.

    CloudFormation changes no deployment: a new one takes its place, and the group's devices follow
    the newest.
    """
    properties = {
        "TargetArn": target,
        "DeploymentName": ring,
        "Components": {**_served(components), **_provided(components)},
        "DeploymentPolicies": _policies(rollout),
        "IotJobConfiguration": _job(rollout),
    }
    resource = {"Type": "AWS::GreengrassV2::Deployment", "Properties": properties}
    return pulumi.Output.json_dumps(_template(ring, "Deployment", resource), sort_keys=True)


def _template(described: str, name: str, resource: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "AWSTemplateFormatVersion": VERSION,
        "Description": described,
        "Resources": {name: resource},
        "Outputs": {name: {"Value": {"Ref": name}}},
    }


def _served(components: Iterable[Component]) -> Mapping[str, Any]:
    return {each.name: {"ComponentVersion": each.version} for each in components}


def _provided(components: Sequence[Component]) -> Mapping[str, Any]:
    """AWS's own: what brings the components' logs to CloudWatch.

    Not those of the system: their group is the region's, and other platforms' devices write there.
    """
    wanted = {
        each.name: {"minimumLogLevel": "INFO", "diskSpaceLimit": "10", "diskSpaceLimitUnit": "MB"}
        for each in components
    }
    logs = {
        "systemLogsConfiguration": {"uploadToCloudWatch": "false"},
        "componentLogsConfigurationMap": wanted,
    }
    merge = {"Merge": json.dumps({"logsUploaderConfiguration": logs}, sort_keys=True)}
    # What an earlier deployment asked for would stay otherwise.
    update = {"Reset": [""], **merge}
    return {LOGS: {"ComponentVersion": deployed()[LOGS], "ConfigurationUpdate": update}}


def _policies(rollout: DeviceRollout) -> Mapping[str, Any]:
    """A device on which something new does not start goes back to what it had."""
    seconds = int(rollout.notice.total_seconds())
    return {
        "FailureHandlingPolicy": "ROLLBACK",
        "ComponentUpdatePolicy": {"Action": "NOTIFY_COMPONENTS", "TimeoutInSeconds": seconds},
        "ConfigurationValidationPolicy": {"TimeoutInSeconds": seconds},
    }


def _job(rollout: DeviceRollout) -> Mapping[str, Any]:
    """How fast devices are told, and when no further one is."""
    criteria = [
        {
            "Action": "CANCEL",
            "FailureType": kind,
            "ThresholdPercentage": round(rollout.abort_at * 100, 6),
            "MinNumberOfExecutedThings": rollout.abort_after,
        }
        for kind in COUNTED
    ]
    minutes = -(-int(rollout.timeout.total_seconds()) // 60)
    return {
        "JobExecutionsRolloutConfig": {"MaximumPerMinute": rollout.per_minute},
        "AbortConfig": {"CriteriaList": criteria},
        "TimeoutConfig": {"InProgressTimeoutInMinutes": minutes},
    }
