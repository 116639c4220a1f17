"""Core devices of a site: who they are, what they may, and what runs on each ring of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pulumi

from modelyard.blueprint.checks.greengrass import on_devices
from modelyard.blueprint.model import Model
from modelyard.blueprint.site import AwsSite
from modelyard.contracts.account import Account
from modelyard.contracts.context import Context
from modelyard.contracts.kms import Encrypts, Kms
from modelyard.contracts.object_store import ObjectStore
from modelyard.objects.cloud import CloudResource
from modelyard.plan.serving import ModelPlan
from modelyard.sites.aws.greengrass.recipe import Component, component
from modelyard.sites.aws.greengrass.registration import (
    POLICY,
    REGISTERS,
    TEMPLATE,
    claim_policy,
    device_policy,
    iot_policy,
    template_body,
)
from modelyard.sites.aws.greengrass.rights import statements
from modelyard.sites.aws.greengrass.templates import component_version, deployment
from modelyard.sites.aws.logs import log_group
from modelyard.sites.aws.names import arn, scoped
from modelyard.sites.aws.notices import Notices
from modelyard.sites.aws.roles import Role, service_role

GROUP, STACK, ALIAS = 128, 128, 128
"""Most characters of the names of a thing group, a stack and a role alias; source: their APIs."""
HOUR = 3600
"""Seconds that credentials of a device hold; it asks for new ones itself."""
LOGS = "/aws/greengrass/UserComponent"
"""Where the log manager writes, by region and component; source: its page in the guide."""
STATUS = (
    "Greengrass V2 Effective Deployment Status Change",
    "Greengrass V2 Installed Component Status Change",
)
FAILED = {
    "$or": [
        {"coreDeviceExecutionStatus": ["FAILED", "REJECTED"]},
        {"components": {"lifecycleState": ["ERRORED", "BROKEN"]}},
    ]
}
STACKED = "aws:cloudformation/stack:Stack"


@dataclass(frozen=True, kw_only=True)
class GreengrassArgs:
    context: Context
    site: AwsSite
    account: Account
    kms: Kms
    object_store: ObjectStore
    models: tuple[tuple[Model, ModelPlan], ...] = ()
    """The models of the site, each with its plan; those on devices are among them."""


class GreengrassDevices(pulumi.ComponentResource):
    """A thing group for each ring, with one deployment of all models that run there."""

    def __init__(
        self, name: str, args: GreengrassArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:devices:GreengrassDevices", name, None, opts)
        self._name, self._args = name, args
        self._options = pulumi.ResourceOptions(parent=self)
        self.models = [model for model, _ in args.models if on_devices(model)]
        self._tell()
        logs = [self._logs(model) for model in self.models]
        alias = self._alias(self._exchanged(), logs)
        policy = self._policy(alias)
        groups = {ring: self._group(ring) for ring in args.site.devices.rings}
        titles = self._templates(groups, policy)
        self._stacks: dict[str, CloudResource] = {}
        for index, ring in enumerate(groups):
            self._deploy(ring, groups[ring], [*self._versions(index)])
        outputs = {"alias": alias["alias"], "groups": {r: g["arn"] for r, g in groups.items()}}
        self.register_outputs({**outputs, "templates": titles})

    @property
    def _prefix(self) -> str:
        """How the names of the devices begin: by that, their policy knows them."""
        return f"{self._args.context.scope}-"

    def _tell(self) -> None:
        """The owner hears of deployments that fail, and of models that do not start."""
        args = self._args
        notices = Notices(self, self._name, args.context, args.site, args.kms, called="devices")
        device = arn(args.site, "greengrass", f"coreDevices:{self._prefix}")
        pattern = {
            "source": ["aws.greengrass"],
            "detail-type": list(STATUS),
            "resources": [{"prefix": device}],
            "detail": FAILED,
        }
        notices.events("rollouts", pattern)

    def _logs(self, model: Model) -> CloudResource:
        args = self._args
        title = component(args.context, model).name
        return log_group(
            self, f"{self._name}-{model.name}", args.kms, f"{LOGS}/{args.site.region}/{title}"
        )

    def _exchanged(self) -> Role:
        """The role that a device exchanges its certificate for: it reads these files, and logs."""
        args = self._args
        names = [component(args.context, model).name for model in self.models]
        groups = [f"{LOGS}/{args.site.region}/{name}" for name in names]
        key = args.kms.key(Encrypts.DATA)
        return service_role(
            self,
            self._name,
            args.context,
            args.site,
            service="credentials.iot.amazonaws.com",
            called=("devices",),
            statements=statements(args.site, [*self._every()], groups, key),
            # The service hands out credentials on behalf of whoever has a certificate.
            scoped=False,
        )

    def _every(self) -> Iterator[Model]:
        """The models in each version that some ring has."""
        for model in self.models:
            yield model
            if model.rollout:
                yield model.rolled_out()

    def _alias(self, role: Role, before: Sequence[CloudResource]) -> CloudResource:
        inputs = {
            "alias": scoped(self._args.context, "devices", most=ALIAS),
            "roleArn": role["arn"],
            "credentialDuration": HOUR,
        }
        options = pulumi.ResourceOptions(parent=self, depends_on=[*role.policies, *before])
        outputs = {"arn": str, "alias": str}
        return CloudResource("aws:iot/roleAlias:RoleAlias", self._name, inputs, options, outputs)

    def _policy(self, alias: CloudResource) -> CloudResource:
        args = self._args
        title = scoped(args.context, "devices", most=POLICY)
        allowed = device_policy(args.site, self._prefix, alias["arn"])
        return iot_policy(self, self._name, title, allowed)

    def _group(self, ring: str) -> CloudResource:
        inputs = {
            "name": scoped(self._args.context, ring, most=GROUP),
            "properties": {"description": f"Devices of ring {ring}"},
        }
        token, outputs = "aws:iot/thingGroup:ThingGroup", {"arn": str, "name": str}
        return CloudResource(token, f"{self._name}-{ring}", inputs, self._options, outputs)

    def _templates(
        self, groups: dict[str, CloudResource], policy: CloudResource
    ) -> dict[str, pulumi.Output[str]]:
        """How devices of each ring register, and what whoever claims to be one may."""
        args = self._args
        titles = {ring: scoped(args.context, ring, most=TEMPLATE) for ring in groups}
        registers = service_role(
            self,
            f"{self._name}-registration",
            args.context,
            args.site,
            service="iot.amazonaws.com",
            called=("devices", "registration"),
            managed=[REGISTERS],
        )
        claim = scoped(args.context, "claim", most=POLICY)
        iot_policy(self, f"{self._name}-claim", claim, claim_policy(args.site, [*titles.values()]))
        made: dict[str, pulumi.Output[str]] = {}
        for ring, title in titles.items():
            body = template_body(self._prefix, groups[ring]["name"], policy["name"])
            inputs = {
                "name": title,
                "enabled": True,
                "provisioningRoleArn": registers["arn"],
                "templateBody": body,
            }
            token = "aws:iot/provisioningTemplate:ProvisioningTemplate"
            options = pulumi.ResourceOptions(parent=self, depends_on=registers.policies)
            outputs = {"name": str}
            template = CloudResource(token, f"{self._name}-{ring}", inputs, options, outputs)
            made[ring] = template["name"]
        return made

    def _versions(self, index: int) -> Iterator[Component]:
        """What a ring has of each model: what is on its way, once that has come by."""
        for model in self.models:
            reached = model.rollout is not None and index < model.rollout.rings
            yield component(self._args.context, model.rolled_out() if reached else model)

    def _deploy(self, ring: str, group: CloudResource, components: list[Component]) -> None:
        """One deployment for all models: a group follows its newest deployment alone."""
        args = self._args
        versions = [self._registered(each) for each in components]
        title = scoped(args.context, "devices", ring, most=STACK)
        body = deployment(title, group["arn"], components, args.site.devices.rollout)
        self._stack(ring, title, body, versions)

    def _registered(self, it: Component) -> CloudResource:
        """A version under a name of its own: rings may have different ones, and each is made once.

        A version that nobody is to have any more goes when the deployments have moved on.
        """
        part = f"{it.name.removeprefix(self._prefix)}-{it.version.replace('.', '-')}"
        if part not in self._stacks:
            title = scoped(self._args.context, "component", part, most=STACK)
            self._stacks[part] = self._stack(part, title, component_version(it))
        return self._stacks[part]

    def _stack(
        self,
        part: str,
        title: str,
        body: pulumi.Input[str],
        before: Sequence[pulumi.Resource] = (),
    ) -> CloudResource:
        options = pulumi.ResourceOptions(parent=self, depends_on=[*before])
        inputs = {"name": title, "templateBody": body, "timeoutInMinutes": 30}
        return CloudResource(STACKED, f"{self._name}-{part}", inputs, options, outputs={})
