"""A shipped platform that stands in the cluster: applied object by object, and taken down again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from tests.support import shipped
from tests.support.cluster.api import Api, Refused
from tests.support.cluster.fleet import Fleet, fleet_of
from tests.support.cluster.settled import WORKLOADS, unsettled
from tests.support.cluster.waiting import until
from tests.support.snapshot import Snapshot, Thing, snapshots

from modelyard.blueprint.site import ClusterSite
from modelyard.plan.plan import Plan
from modelyard.program import sites_of

_SETTLED = 120.0
_GONE = 180.0


@dataclass(frozen=True)
class Place:
    """A shipped blueprint in one of its environments, on one of its clusters."""

    case: shipped.Case
    site: str

    @property
    def plan(self) -> Plan:
        return shipped.planned(self.case).plan

    @property
    def snapshot(self) -> Snapshot:
        return _on_sites(self.case)[self.site]

    def __str__(self) -> str:
        return f"{self.case}-{self.site}" if len(self.plan.sites) > 1 else str(self.case)


@cache
def _on_sites(case: shipped.Case) -> dict[str, Snapshot]:
    graph = shipped.recorded(case)
    sites = sites_of(shipped.planned(case).plan, graph)
    return {sites[s.things[0].resource.urn]: s for s in snapshots(graph)}


def places() -> list[Place]:
    """Every shipped blueprint in every environment on every site that is a cluster.

    Not those of clouds: their clusters make their own nodes and balancers, which nothing here does.
    """
    return [
        Place(case, site.name)
        for case in shipped.cases()
        for site in shipped.planned(case).plan.sites
        if isinstance(shipped.planned(case).plan.blueprint.sites[site.name], ClusterSite)
    ]


class Standing:
    """What one place's plan asks for, in the cluster."""

    def __init__(self, api: Api, place: Place, kubeconfig: Path) -> None:
        self.api, self.place, self.kubeconfig = api, place, kubeconfig
        self.plan, self.snapshot = place.plan, place.snapshot
        self.refused: dict[str, str] = {}
        """The server's reason by the object's name."""
        self.warnings: dict[str, list[str]] = {}
        self.triggered: list[dict[str, Any]] = []
        self._applied: list[Thing] = []

    def rise(self) -> None:
        """Apply every object in the graph's order, wait for what runs, run each schedule once."""
        for thing in self.known:
            self._apply(thing)
        for thing in self.snapshot.of("ScaledObject"):
            self._scale(thing)
        until(lambda: not self.unsettled(), _SETTLED)
        self.triggered = [self._trigger(thing) for thing in self.snapshot.of("CronJob")]
        until(lambda: not self.unsettled(), _SETTLED)

    def fall(self) -> None:
        """Delete every object, the last first, and wait until all are gone."""
        for thing in reversed(self._applied):
            self.api.delete(thing.manifest)
        self._applied = []
        until(lambda: not self._namespaces_left(), _GONE)

    @cached_property
    def known(self) -> list[Thing]:
        """The objects whose kinds the server knows."""
        return [thing for thing in self.snapshot.things if self.api.serves(thing.manifest)]

    @property
    def fleet(self) -> Fleet:
        """The nodes that its blueprint speaks of."""
        return fleet_of(self.plan, self.place.site)

    @property
    def namespaces(self) -> dict[str, str]:
        """The platform's own namespaces by purpose; operators have theirs."""
        return {
            purpose: name
            for name in self.snapshot.namespaces
            for purpose in ("platform", "training", "production")
            if name.endswith(f"-{purpose}")
        }

    def unsettled(self) -> list[str]:
        """What of the workloads is not as it should be, in words."""
        found = []
        for version, kind in WORKLOADS:
            for namespace in self.namespaces.values():
                for live in self.api.list(version, kind, namespace):
                    found += [f"{kind} {live['metadata']['name']}: {w}" for w in unsettled(live)]
        return found

    def pods(self, namespace: str | None = None) -> list[dict[str, Any]]:
        """The live pods of the platform, or of one of its namespaces."""
        chosen = [namespace] if namespace else list(self.namespaces.values())
        return [pod for name in chosen for pod in self.api.list("v1", "Pod", name)]

    def _apply(self, thing: Thing) -> None:
        try:
            warnings = self.api.apply(thing.manifest)
        except Refused as refused:
            self.refused[str(thing)] = str(refused)
            return
        self._applied.append(thing)
        if warnings:
            self.warnings[str(thing)] = warnings

    def _scale(self, thing: Thing) -> None:
        """As many replicas as KEDA would see to at least; it does not run here."""
        target = {
            "apiVersion": "apps/v1",
            "kind": thing.spec["scaleTargetRef"].get("kind", "Deployment"),
            "metadata": {
                "name": thing.spec["scaleTargetRef"]["name"],
                "namespace": thing.namespace,
            },
        }
        self.api.patch(target, {"spec": {"replicas": thing.spec["minReplicaCount"]}})

    def _trigger(self, thing: Thing) -> dict[str, Any]:
        """A run of a schedule, as its controller would make it."""
        template = thing.spec["jobTemplate"]
        live = self.api.get(thing.manifest)
        assert live is not None, f"{thing} is not there"
        owner = {
            "apiVersion": thing.manifest["apiVersion"],
            "kind": thing.kind,
            "name": thing.name,
            "uid": live["metadata"]["uid"],
            "controller": True,
        }
        job = {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {
                **template.get("metadata", {}),
                "name": f"{thing.name}-now",
                "namespace": thing.namespace,
                "ownerReferences": [owner],
            },
            "spec": template["spec"],
        }
        try:
            self.api.create(job)
        except Refused as refused:
            self.refused[f"run of {thing}"] = str(refused)
        return job

    def _namespaces_left(self) -> list[str]:
        live = {item["metadata"]["name"] for item in self.api.list("v1", "Namespace")}
        return sorted(live & set(self.snapshot.namespaces))
