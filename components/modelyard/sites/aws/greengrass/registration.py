"""How a device becomes one of a ring: by a claim certificate, once, and then by one of its own.

Source: IoT Greengrass V2 developer guide, fleet provisioning set-up and device authentication.
"""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from modelyard.blueprint.site import AwsSite
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.names import arn
from modelyard.sites.aws.policies import allow, document

TEMPLATE, POLICY = 36, 128
"""Most characters of a provisioning template's and an IoT policy's name; source: IoT API."""
REGISTERS = "service-role/AWSIoTThingsRegistration"
"""AWS's policy for the role that registers devices."""
ASKED = (
    "GetComponentVersionArtifact",
    "GetDeploymentConfiguration",
    "ListThingGroupsForCoreDevice",
    "ResolveComponentCandidates",
)
SERIAL = "SerialNumber"
"""What a device says of itself; its thing is called by its ring and this."""


def device_policy(site: AwsSite, prefix: str, alias: pulumi.Input[str]) -> pulumi.Output[str]:
    """What the devices of a platform may say to AWS. `prefix`: how their names begin.

    The least that the guide names. Variables for a device's own name are not supported there, so
    that a device can pass for another one of the same platform.
    """
    things = f"$aws/things/{prefix}*"
    said = ("greengrass/health/json", "greengrassv2/health/json", "jobs/*", "shadow/*")
    return document(
        allow(["iot:Connect"], [arn(site, "iot", f"client/{prefix}*")]),
        allow(
            ["iot:Publish", "iot:Receive"],
            [arn(site, "iot", f"topic/{things}/{each}") for each in said],
        ),
        allow(
            ["iot:Subscribe"],
            [arn(site, "iot", f"topicfilter/{things}/{each}") for each in ("jobs/*", "shadow/*")],
        ),
        allow(
            ["iot:DeleteThingShadow", "iot:GetThingShadow", "iot:UpdateThingShadow"],
            [arn(site, "iot", f"thing/{prefix}*")],
        ),
        allow(["iot:AssumeRoleWithCertificate"], [alias]),
        # Which version to fetch, and from where.
        allow([f"greengrass:{each}" for each in ASKED], ["*"]),
    )


def claim_policy(site: AwsSite, templates: Sequence[str]) -> pulumi.Output[str]:
    """What a claim certificate is good for: to ask for a certificate of one's own, no more."""
    topics = (
        "$aws/certificates/create/*",
        *(f"$aws/provisioning-templates/{name}/provision/*" for name in templates),
    )
    return document(
        # Whoever claims has no name yet.
        allow(["iot:Connect"], ["*"]),
        allow(
            ["iot:Publish", "iot:Receive"], [arn(site, "iot", f"topic/{each}") for each in topics]
        ),
        allow(["iot:Subscribe"], [arn(site, "iot", f"topicfilter/{each}") for each in topics]),
    )


def template_body(
    thing: str, group: pulumi.Input[str], policy: pulumi.Input[str]
) -> pulumi.Output[str]:
    """A thing in the ring's group, and its own certificate with the devices' policy.

    `thing`: how its name begins. A device that registers again keeps its name and its group.
    """
    certificate = "AWS::IoT::Certificate::Id"
    body = {
        "Parameters": {SERIAL: {"Type": "String"}, certificate: {"Type": "String"}},
        "Resources": {
            "Device": {
                "Type": "AWS::IoT::Thing",
                "OverrideSettings": {"ThingGroups": "REPLACE"},
                "Properties": {
                    "ThingName": {"Fn::Join": ["", [thing, {"Ref": SERIAL}]]},
                    "ThingGroups": [group],
                },
            },
            "Certificate": {
                "Type": "AWS::IoT::Certificate",
                "Properties": {"CertificateId": {"Ref": certificate}, "Status": "Active"},
            },
            "Policy": {"Type": "AWS::IoT::Policy", "Properties": {"PolicyName": policy}},
        },
    }
    return pulumi.Output.json_dumps(body, sort_keys=True)


def iot_policy(
    parent: pulumi.Resource, name: str, called: str, policy: pulumi.Output[str]
) -> CloudResource:
    """A policy for certificates of devices."""
    options = pulumi.ResourceOptions(parent=parent)
    inputs = {"name": called, "policy": policy}
    return CloudResource("aws:iot/policy:Policy", name, inputs, options, outputs={"name": str})
