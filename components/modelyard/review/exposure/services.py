"""Services of the clouds that have an address of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelyard.policies.rule import at, items, objects
from modelyard.review.exposure.way import (
    EVERYBODY,
    INTERNET,
    NETWORK,
    NOBODY_ASKED,
    Exposure,
    Ways,
    made,
    perimeter,
    sources_of,
)
from modelyard.review.view import View, kind, readable

if TYPE_CHECKING:
    from modelyard.recorder import Resource


_RUN = "gcp:cloudrunv2/service:Service"
_RUN_MEMBER = "gcp:cloudrunv2/serviceIamMember:ServiceIamMember"


def _cloud_run(view: View, it: Resource) -> Iterator[Exposure]:
    inside = str(it.inputs.get("ingress", "")).startswith("INGRESS_TRAFFIC_INTERNAL")
    members = {m.inputs.get("member") for m in view.referring(it, _RUN_MEMBER, "name")}
    asked = it.inputs.get("invokerIamDisabled") is not True and not members & EVERYBODY
    yield made(
        view,
        it,
        "Cloud Run service",
        it.inputs.get("name"),
        sources=(NETWORK,) if inside else (INTERNET,),
        authentication=["TLS", "IAM"] if asked else ["TLS", NOBODY_ASKED],
        behind=[str(c.get("image")) for c in objects(it.inputs, "template", "containers")],
        guards=perimeter(view, it, "run.googleapis.com"),
    )


@dataclass(frozen=True)
class _Service:
    """A service of a cloud with an address of its own, asked with its IAM."""

    path: str
    name: tuple[str | int, ...]
    private: Callable[[Mapping[str, Any]], Any]
    authentication: tuple[str, ...] = ("TLS", "IAM")
    api: str = ""
    ranges: tuple[str, ...] = ()

    def __call__(self, view: View, it: Resource) -> Iterator[Exposure]:
        listed = [each.get("value") for each in objects(it.inputs, *self.ranges)]
        sources = sources_of(listed) if self.ranges and listed else (INTERNET,)
        yield made(
            view,
            it,
            self.path,
            at(it.inputs, *self.name),
            sources=(NETWORK,) if self.private(it.inputs) else sources,
            authentication=self.authentication,
            behind=[f"{kind(it)} {readable(at(it.inputs, *self.name) or it.name)}"],
            guards=perimeter(view, it, self.api) if self.api else (),
        )


def _never(inputs: Mapping[str, Any]) -> bool:
    return False


def _connect(*path: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda inputs: at(inputs, *path, "enablePrivateServiceConnect") is True


_VERTEX = "aiplatform.googleapis.com"
_STORE = ("dedicatedServingEndpoint", "privateServiceConnectConfig")

_SERVICES: Mapping[str, _Service] = {
    # Asked through AWS's API, which is on the internet and at the network's own endpoints alike.
    "aws:sagemaker/endpoint:Endpoint": _Service("SageMaker endpoint", ("name",), _never),
    "aws:sagemaker/mlflowTrackingServer:MlflowTrackingServer": _Service(
        "SageMaker tracking server", ("trackingServerName",), _never
    ),
    "aws:mwaa/environment:Environment": _Service(
        "Airflow's web server",
        ("name",),
        # Private unless told otherwise (CreateEnvironment).
        lambda inputs: inputs.get("webserverAccessMode", "PRIVATE_ONLY") == "PRIVATE_ONLY",
    ),
    "aws:grafana/workspace:Workspace": _Service(
        "Grafana workspace",
        ("name",),
        lambda inputs: bool(items(inputs, "networkAccessControl", "vpceIds")),
        ("TLS", "login"),
    ),
    # AWS IoT is on the internet: whoever has a claim certificate may ask to be a device.
    "aws:iot/provisioningTemplate:ProvisioningTemplate": _Service(
        "registration of devices", ("name",), _never, ("TLS", "claim certificate")
    ),
    "aws:lambda/functionUrl:FunctionUrl": _Service("function's URL", ("functionName",), _never),
    "gcp:composer/environment:Environment": _Service(
        "Airflow's web server",
        ("name",),
        _never,
        api="composer.googleapis.com",
        ranges=("config", "webServerNetworkAccessControl", "allowedIpRanges"),
    ),
    "gcp:vertex/aiEndpoint:AiEndpoint": _Service(
        "Vertex endpoint",
        ("displayName",),
        lambda inputs: inputs.get("network") or _connect("privateServiceConnectConfig")(inputs),
        api=_VERTEX,
    ),
    "gcp:vertex/aiEndpointWithModelGardenDeployment:AiEndpointWithModelGardenDeployment": _Service(
        "Vertex endpoint",
        ("endpointConfig", "endpointDisplayName"),
        _connect("endpointConfig", "privateServiceConnectConfig"),
        api=_VERTEX,
    ),
    "gcp:vertex/aiIndexEndpoint:AiIndexEndpoint": _Service(
        "Vertex index endpoint",
        ("displayName",),
        lambda inputs: inputs.get("publicEndpointEnabled") is not True,
        ("TLS", "signed token"),
        api=_VERTEX,
    ),
    "gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore": _Service(
        "Vertex online store", ("name",), _connect(*_STORE), api=_VERTEX
    ),
}


WAYS: Ways = {_RUN: _cloud_run, **_SERVICES}
