"""MLflow as SageMaker runs it: an app that is paid for by use, or a server of a size."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from modelyard.blueprint.lifecycle import Tracking
from modelyard.contracts.kms import Encrypts
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.names import scoped
from modelyard.sites.aws.roles import Role, service_role
from modelyard.sites.aws.sagemaker import rights
from modelyard.sites.aws.sagemaker.args import SageMakerArgs

APP, SERVER = 64, 256
"""Most characters of a name; source: SageMaker API reference."""
_WINDOW = "Sun:03:30"


@dataclass(frozen=True, kw_only=True)
class TrackingArgs(SageMakerArgs):
    settings: Tracking


class MlflowTracking(pulumi.ComponentResource):
    """Experiment tracking with artifacts in the platform's bucket; IAM says who may log."""

    def __init__(
        self, name: str, args: TrackingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:tracking:MlflowTracking", name, None, opts)
        self._args = args
        self._place = args.object_store.address("mlflow/")
        role = self._role(name)
        made = self._server(name, role) if args.settings.size else self._app(name, role)
        self.arn: pulumi.Output[str] = made["arn"]
        self.register_outputs({"arn": self.arn})

    def _role(self, name: str) -> Role:
        args = self._args
        return service_role(
            self,
            name,
            args.context,
            args.site,
            service=rights.SERVICE,
            called=("tracking",),
            statements=[
                *rights.read(args.site, self._place),
                *rights.write(args.site, self._place),
                rights.decrypt(args.kms.key(Encrypts.DATA)),
            ],
        )

    def _app(self, name: str, role: Role) -> CloudResource:
        """Models get into the registry by approval, not by being logged."""
        inputs = {
            "name": scoped(self._args.context, "tracking", most=APP),
            "artifactStoreUri": self._place,
            "roleArn": role["arn"],
            "modelRegistrationMode": "AutoModelRegistrationDisabled",
            "weeklyMaintenanceWindowStart": _WINDOW,
        }
        return CloudResource("aws:sagemaker/mlflowApp:MlflowApp", name, inputs, self._options(role))

    def _server(self, name: str, role: Role) -> CloudResource:
        size = self._args.settings.size
        assert size is not None
        inputs = {
            "trackingServerName": scoped(self._args.context, "tracking", most=SERVER),
            "artifactStoreUri": self._place,
            "roleArn": role["arn"],
            "trackingServerSize": size.capitalize(),
            "automaticModelRegistration": False,
            "weeklyMaintenanceWindowStart": _WINDOW,
        }
        token = "aws:sagemaker/mlflowTrackingServer:MlflowTrackingServer"
        return CloudResource(token, name, inputs, self._options(role))

    def _options(self, role: Role) -> pulumi.ResourceOptions:
        protect = self._args.context.protect or None
        return pulumi.ResourceOptions(parent=self, protect=protect, depends_on=role.policies)
