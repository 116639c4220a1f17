"""The engine's side of a program's run: takes every request and keeps what was asked.

It answers the methods of Pulumi's ResourceMonitor service, called in this process by the SDK.
Nothing is checked by a provider and nothing is deployed.
"""

# ruff: noqa: N802 the methods are named by the service

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import Enum
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.proto import alias_pb2, provider_pb2, resource_pb2

from modelyard.recorder import source
from modelyard.recorder.errors import (
    DefaultProviderError,
    DuplicateURNError,
    OutputsRegisteredTwiceError,
    UnmodelledLookupError,
)
from modelyard.recorder.graph import Graph, Resource
from modelyard.recorder.outputs import Answers
from modelyard.recorder.urn import STACK_TYPE, URN, make_urn, stack_urn, with_inherited
from modelyard.recorder.wire import to_plain, to_struct

Lookup = Callable[[dict[str, Any]], Mapping[str, Any]]

# Resource references and output values are left out so that inputs arrive as plain JSON;
# transforms and hooks because they run inside the engine: the SDK then refuses them aloud.
FEATURES = (
    resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
    resource_pb2.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
    resource_pb2.RESOURCE_MONITOR_FEATURE_REPLACEMENT_TRIGGER,
    resource_pb2.RESOURCE_MONITOR_FEATURE_PARAMETERIZATION,
)


class Mode(Enum):
    """Whether the program sees itself previewed, with unknowns, or run, with all values known."""

    PREVIEW = "preview"
    UPDATE = "update"


class Monitor:
    """Records one run. `denied` are the packages without a default provider, `*` for all."""

    def __init__(
        self,
        project: str,
        stack: str,
        mode: Mode,
        lookups: Mapping[str, Lookup],
        denied: frozenset[str] = frozenset(),
    ) -> None:
        self._project, self._stack = project, stack
        self._root = stack_urn(stack, project)
        self._answers = Answers(update=mode is Mode.UPDATE)
        self._lookups = lookups
        self._denied = denied
        self._resources: dict[str, Resource] = {}
        self._outputs: Mapping[str, Any] = {}

    def graph(self) -> Graph:
        """All that was recorded, in canonical order."""
        return Graph.of(self._project, self._stack, self._resources.values(), self._outputs)

    def RegisterResource(
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        if request.type == STACK_TYPE:
            return resource_pb2.RegisterResourceResponse(urn=self._root)
        resource = self._keep(self._registered(request))
        if not request.custom:
            return resource_pb2.RegisterResourceResponse(urn=resource.urn, object=request.object)
        outputs = self._answers.outputs(
            request.type, request.name, request.object, request.additionalSecretOutputs
        )
        return resource_pb2.RegisterResourceResponse(
            urn=resource.urn,
            id=request.importId or self._answers.id(request.name),
            object=outputs,
        )

    def ReadResource(
        self, request: resource_pb2.ReadResourceRequest
    ) -> resource_pb2.ReadResourceResponse:
        resource = Resource(
            **self._identity(request),
            custom=True,
            external=True,
            provider=_provider(request.provider),
            dependencies=tuple(sorted(request.dependencies)),
            inputs=to_plain(request.properties),
            version=request.version or None,
            import_id=request.id,
        )
        outputs = self._answers.outputs(
            request.type, request.name, request.properties, request.additionalSecretOutputs
        )
        return resource_pb2.ReadResourceResponse(
            urn=self._keep(resource).urn, id=request.id, properties=outputs
        )

    def RegisterResourceOutputs(
        self, request: resource_pb2.RegisterResourceOutputsRequest
    ) -> empty_pb2.Empty:
        outputs = to_plain(request.outputs)
        if request.urn == self._root:
            self._outputs = outputs
            return empty_pb2.Empty()
        resource = self._resources[request.urn]
        if resource.outputs is not None:
            raise OutputsRegisteredTwiceError(request.urn)
        self._resources[request.urn] = replace(resource, outputs=outputs)
        return empty_pb2.Empty()

    def Invoke(
        self, request: resource_pb2.ResourceInvokeRequest
    ) -> resource_pb2.ResourceInvokeResponse:
        result = self._look_up(request.tok, to_plain(request.args))
        answer: dict[str, Any] = {"return": to_struct(result)}
        return resource_pb2.ResourceInvokeResponse(**answer)

    def Call(self, request: resource_pb2.ResourceCallRequest) -> provider_pb2.CallResponse:
        result = self._look_up(request.tok, to_plain(request.args))
        answer: dict[str, Any] = {"return": to_struct(result)}
        return provider_pb2.CallResponse(**answer)

    def ExistsResource(
        self, request: resource_pb2.ExistsResourceRequest
    ) -> resource_pb2.ExistsResourceResponse:
        result = self._look_up(f"exists {request.type}", {"id": request.id})
        return resource_pb2.ExistsResourceResponse(exists=result["exists"])

    def GetDeploymentInfo(self, request: empty_pb2.Empty) -> resource_pb2.DeploymentInfo:
        return resource_pb2.DeploymentInfo(supportedFeatures=FEATURES)

    def RegisterPackage(
        self, request: resource_pb2.RegisterPackageRequest
    ) -> resource_pb2.RegisterPackageResponse:
        parameter = request.parameterization
        reference = f"{request.name}@{request.version}/{parameter.name}@{parameter.version}"
        return resource_pb2.RegisterPackageResponse(ref=reference)

    def SignalAndWaitForShutdown(self, request: empty_pb2.Empty) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def _keep(self, resource: Resource) -> Resource:
        known = self._resources.get(resource.urn)
        if known is not None:
            raise DuplicateURNError(resource.urn, (known.source, resource.source))
        if self._needs_default_provider(resource) and self._denied & {"*", resource.package}:
            raise DefaultProviderError(resource.urn, resource.package, resource.source)
        self._resources[resource.urn] = resource
        return resource

    @staticmethod
    def _needs_default_provider(resource: Resource) -> bool:
        return resource.custom and not resource.provider and resource.package != "pulumi"

    def _identity(self, request: Any) -> dict[str, Any]:
        parent = request.parent if request.parent not in ("", self._root) else None
        return {
            "urn": make_urn(self._stack, self._project, parent, request.type, request.name),
            "type": request.type,
            "name": request.name,
            "parent": parent,
            "source": source.current(),
        }

    def _registered(self, request: resource_pb2.RegisterResourceRequest) -> Resource:
        identity = self._identity(request)
        return Resource(
            **identity,
            **_options(request),
            **self._inherited(request, identity["parent"]),
            aliases=self._aliases(request, identity),
            provider=_provider(request.provider),
            dependencies=tuple(sorted(request.dependencies)),
            property_dependencies=_property_dependencies(request),
            inputs=to_plain(request.object),
        )

    def _inherited(
        self, request: resource_pb2.RegisterResourceRequest, parent: str | None
    ) -> dict[str, Any]:
        """What the engine hands down from a parent when a child does not say it itself.

        Protection is handed down too, but by the SDK already.
        """
        above = self._resources.get(parent) if parent else None
        retained = request.retainOnDelete
        if above and not request.HasField("retainOnDelete"):
            retained = above.retain_on_delete
        return {
            "retain_on_delete": retained,
            "deleted_with": request.deletedWith or (above.deleted_with if above else None),
        }

    def _aliases(
        self, request: resource_pb2.RegisterResourceRequest, identity: Mapping[str, Any]
    ) -> tuple[str, ...]:
        own = [alias.urn or self._spec_urn(alias.spec, identity) for alias in request.aliases]
        parent = identity["parent"]
        above = self._resources[parent].aliases if parent else ()
        return with_inherited(own, identity["urn"], parent, above)

    def _spec_urn(self, spec: alias_pb2.Alias.Spec, identity: Mapping[str, Any]) -> str:
        parent = None if spec.noParent else spec.parentUrn or identity["parent"]
        stack, project = spec.stack or self._stack, spec.project or self._project
        if parent and not spec.parentUrn:
            # The parent stood in the same old stack and project.
            parent = str(replace(URN.parse(parent), stack=stack, project=project))
        type_, name = spec.type or identity["type"], spec.name or identity["name"]
        return make_urn(stack, project, parent, type_, name)

    def _look_up(self, token: str, arguments: dict[str, Any]) -> Mapping[str, Any]:
        lookup = self._lookups.get(token)
        if lookup is None:
            raise UnmodelledLookupError(token, arguments, self._lookups)
        return lookup(arguments)


def _provider(reference: str) -> str | None:
    """The provider's URN; a reference is `URN::ID`."""
    return reference.rpartition("::")[0] or None


def _property_dependencies(
    request: resource_pb2.RegisterResourceRequest,
) -> dict[str, tuple[str, ...]]:
    found = request.propertyDependencies
    return {key: tuple(sorted(found[key].urns)) for key in sorted(found) if found[key].urns}


def _options(request: resource_pb2.RegisterResourceRequest) -> dict[str, Any]:
    timeouts = request.customTimeouts
    return {
        "custom": request.custom,
        "remote": request.remote,
        "protect": request.protect,
        "delete_before_replace": request.deleteBeforeReplace,
        "ignore_changes": tuple(request.ignoreChanges),
        "replace_on_changes": tuple(request.replaceOnChanges),
        "additional_secret_outputs": tuple(sorted(request.additionalSecretOutputs)),
        "custom_timeouts": {field.name: value for field, value in timeouts.ListFields()},
        "version": request.version or None,
        "import_id": request.importId or None,
    }
