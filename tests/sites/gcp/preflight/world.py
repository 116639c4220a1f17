"""A whole project that answers every call, in this process, and keeps what it was asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.sites.gcp.google import Answer, Google, Json, document, missing, schema
from tests.sites.gcp.preflight.ground import (
    METRICS,
    bucketed,
    instances,
    offered,
    project,
    quota,
    region,
)

from modelyard.blueprint.site import GcpSite
from modelyard.catalog.gcp_quotas import gcp_quotas
from modelyard.catalog.gcp_zones import gcp_zones
from modelyard.catalog.machines import machines
from modelyard.sites.gcp.looks import LOOKS
from modelyard.sites.gcp.names import labels
from modelyard.sites.gcp.preflight.asking import Asking, permission_of
from modelyard.sites.gcp.preflight.names import BUCKET, NOUNS
from modelyard.sites.gcp.preflight.planned import SERVICE, GcpPreflightArgs, of_type, texts

NUMBER = "123456789012"
KEYS = "cloudkms.projects.locations.keyRings.cryptoKeys.list"


class World(Google):
    """The project of a site, with these answers beside those that every project gives."""

    def __init__(self, of: GcpPreflightArgs, answers: Mapping[str, Answer]) -> None:
        self._site = of.site
        super().__init__({**_always(of.site), **answers})

    @property
    def ask(self) -> Asking:
        """Asks it, as somebody who is logged in."""
        return self.asking(project=self._site.project, region=self._site.region)

    @property
    def permissions(self) -> frozenset[str]:
        """What the calls need that were made."""
        return frozenset(permission_of(method) for method in self.methods)


def _zones(site: GcpSite) -> tuple[str, ...]:
    return gcp_zones()[site.region]


def _granted(params: Json) -> Json:
    return {"permissions": params["body"]["permissions"]}


def _always(site: GcpSite) -> Mapping[str, Answer]:
    def machine(params: Json) -> Json:
        name = str(params["filter"]).removeprefix("name = ")
        known = {each.machine: each.vcpu for each in machines("gcp")}
        return offered(name, known.get(name, 4), *_zones(site))

    projects = "cloudresourcemanager.projects"
    return {
        f"{projects}.get": {
            "projectId": site.project,
            "projectNumber": NUMBER,
            "lifecycleState": "ACTIVE",
        },
        f"{projects}.getAncestry": {
            "ancestor": [{"resourceId": {"type": "organization", "id": "987654321"}}]
        },
        f"{projects}.testIamPermissions": _granted,
        "cloudbilling.projects.getBillingInfo": {"billingEnabled": True},
        "compute.machineTypes.aggregatedList": machine,
        "compute.instances.aggregatedList": instances(_zones(site)[0]),
        "orgpolicy.projects.policies.getEffectivePolicy": lambda params: {"name": params["name"]},
    }


def _quotas(site: GcpSite, gpus: int, others: int) -> Mapping[str, Answer]:
    """Every quota of the catalog, at these."""
    named = document("compute")["schemas"]["Quota"]["properties"]["metric"]["enum"]

    def told(scope: str) -> list[Json]:
        return [
            quota(each.metric, gpus if each.unit == "GPUs" else others)
            for each in gcp_quotas().values()
            if each.scope == scope and each.metric in named
        ]

    metrics = {each.usage_metric for each in gcp_quotas().values() if each.metric not in named}
    serving = (f"aiplatform.googleapis.com/{each.serving}" for each in gcp_quotas().values())
    listed = [bucketed(metric, ({}, gpus)) for metric in sorted({*metrics, *serving})]
    return {
        "compute.regions.get": region(*told("region"), zones=list(_zones(site))),
        "compute.projects.get": project(*told("global")),
        METRICS: {"metrics": listed},
    }


def new(of: GcpPreflightArgs) -> World:
    """A project in which nothing was ever done."""
    nothing = {LOOKS[token].method: missing() for token in (*NOUNS, *_counted())}
    return World(
        of,
        {
            **_quotas(of.site, 0, 100),
            **nothing,
            "serviceusage.services.list": {"services": []},
            "compute.reservations.aggregatedList": {"items": {}},
        },
    )


def used(of: GcpPreflightArgs) -> World:
    """A project in which this platform stands already, and whose quotas were raised."""
    apis = sorted(set(texts(of_type(of, SERVICE), "service")))
    enabled = [{"name": f"projects/{NUMBER}/services/{api}", "state": "ENABLED"} for api in apis]
    own = dict(labels(of.context))
    return World(
        of,
        {
            **_quotas(of.site, 100_000, 1_000_000),
            **{LOOKS[token].method: _own(token, own) for token in (*NOUNS, *_counted())},
            KEYS: {"cryptoKeys": [{"labels": own, "primary": {"state": "ENABLED"}}]},
            "serviceusage.services.list": {"services": enabled},
            "compute.reservations.aggregatedList": _reservation(_zones(of.site)[0]),
        },
    )


def _reservation(zone: str) -> Json:
    machine = {"machineType": "g2-standard-4"}
    specific = {"count": "9", "inUseCount": "0", "instanceProperties": machine}
    one = {"name": "held", "status": "READY", "specificReservation": specific}
    return {"items": {f"zones/{zone}": {"reservations": [one]}}}


def _counted() -> set[str]:
    """Types that are counted by the piece."""
    return {token for each in gcp_quotas().values() for token in each.types}


def _own(token: str, own: Json) -> Json:
    """A thing of the platform's own, with its labels where its service keeps them."""
    look = LOOKS[token]
    found: Any = own
    for step in reversed(look.labels.split(".")):
        found = {step: found}
    owner = {"projectNumber": NUMBER} if token == BUCKET else {}
    assert not look.labels or schema(look.method, look.labels)
    return {**found, **owner} if look.labels else {}
