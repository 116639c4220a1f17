"""What of a platform stands in a cluster, found by its labels and compared with what is planned."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from modelyard.contracts.context import Context
from modelyard.contracts.inventory import Deviation, Expected, Found, InventoryArgs
from modelyard.objects.identity import RELEASE, called
from modelyard.plan.tags import DOMAIN
from modelyard.sites.kubernetes import reasons, releases
from modelyard.sites.kubernetes.cluster_api import ClusterApi, message
from modelyard.sites.kubernetes.drift import differences
from modelyard.sites.kubernetes.readiness import Object, unready

_MADE_BY_CONTROLLERS = {"Endpoints", "Event", "PodMetrics"}
"""Kinds that bear the labels of what they belong to, and no owner."""
_AT_A_TIME = 8
_REASONS = 5
"""More would hide the first."""

Key = tuple[str, str, str | None, str]
"""API group, kind, namespace and name: an object has one of each, in whatever version."""


class ClusterInventory:
    """A look at one cluster."""

    def __init__(self, args: InventoryArgs, api: ClusterApi | None = None) -> None:
        self._context = args.context
        self._api = api or ClusterApi(args.site.cluster.attach)  # type: ignore[union-attr]

    def compare(self, expected: Sequence[Expected]) -> Iterator[Found]:
        """What is missing, not ready, drifted or extra."""
        live = {_key(item): item for item in self._labelled()}
        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            for found in pool.map(partial(self._one, live=live), expected):
                yield from found
        planned = {_key(item.inputs) for item in expected if _is_object(item)}
        yield from self._extra(live, planned)

    def left(self) -> Iterator[Found]:
        """What bears the platform's labels, and volumes that its claims have left."""
        for item in self._labelled():
            yield Found(Deviation.LEFT, called(item), "bears the platform's labels")
        own = re.compile(rf"{re.escape(self._context.scope)}-(platform|training|production)")
        for volume in self._api.list("v1", "PersistentVolume"):
            claim = volume["spec"].get("claimRef") or {}
            if own.fullmatch(claim.get("namespace") or ""):
                yield Found(Deviation.LEFT, called(volume), f"held the claim {claim['name']}")

    def reasons(self, expected: Expected) -> Iterable[str]:
        """Why an object is not ready: its own conditions, its pods, the warnings about both."""
        if not _is_object(expected):
            return ()
        live = self._get(expected.inputs)
        return () if live is None else _told_once(self._reasons(live))

    def _reasons(self, live: Object) -> Iterator[str]:
        namespace = live["metadata"].get("namespace")
        pods = self._pods(live)
        for pod in pods:
            yield from reasons.of_pod(pod)
        yield from reasons.of_object(live)
        for item in (live, *pods):
            name = item["metadata"]["name"]
            about = f"involvedObject.name={name},involvedObject.kind={item['kind']}"
            events = self._api.list("v1", "Event", namespace, field_selector=about)
            yield from reasons.of_events(events)

    def _pods(self, live: Object) -> list[Object]:
        labels = (live.get("spec") or {}).get("selector", {}).get("matchLabels")
        if not labels or live["kind"] == "PersistentVolumeClaim":
            return []
        chosen = ",".join(f"{key}={value}" for key, value in labels.items())
        return self._api.list("v1", "Pod", live["metadata"]["namespace"], label_selector=chosen)

    def _one(self, expected: Expected, live: Mapping[Key, Object]) -> list[Found]:
        if expected.type == RELEASE:
            found = releases.deviation(self._api, expected.inputs)
            return [_found(expected, Deviation(found[0]), found[1])] if found else []
        if not _is_object(expected):
            return []
        item = live.get(_key(expected.inputs)) or self._get(expected.inputs)
        if item is None:
            return [_found(expected, Deviation.MISSING, "is not in the cluster")]
        return [*self._not_ready(expected, item), *self._drifted(expected, item)]

    def _not_ready(self, expected: Expected, live: Object) -> Iterator[Found]:
        if why := unready(live):
            said = "; ".join((why, *_told_once(self._reasons(live))))
            yield _found(expected, _lateness(expected), said)

    def _drifted(self, expected: Expected, live: Object) -> Iterator[Found]:
        from kubernetes.dynamic.exceptions import DynamicApiError

        try:
            applied = self._api.apply_on_trial(expected.inputs)
        except DynamicApiError as error:
            yield _found(expected, Deviation.DRIFTED, f"cannot be applied again: {message(error)}")
            return
        if paths := differences(live, applied):
            yield _found(expected, Deviation.DRIFTED, ", ".join(paths))

    def _extra(self, live: Mapping[Key, Object], planned: set[Key]) -> Iterator[Found]:
        claimed = re.compile("|".join(_claims(item) for item in live.values() if _has_claims(item)))
        for key, item in live.items():
            owned = item["metadata"].get("ownerReferences")
            of_a_set = item["kind"] == "PersistentVolumeClaim" and claimed.fullmatch(key[3])
            if key not in planned and not owned and not of_a_set:
                yield Found(Deviation.EXTRA, called(item), "is not planned")

    def _labelled(self) -> Iterator[Object]:
        """Everything with the labels of this platform and environment, of every kind."""
        chosen = _selector(self._context)
        kinds = [kind for kind in self._api.kinds() if kind[1] not in _MADE_BY_CONTROLLERS]
        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            for found in pool.map(lambda kind: self._listed(kind[0], kind[1], chosen), kinds):
                yield from found

    def _listed(self, api_version: str, kind: str, chosen: str) -> list[Object]:
        from kubernetes.dynamic.exceptions import MethodNotAllowedError, NotFoundError

        try:
            return self._api.list(api_version, kind, label_selector=chosen)
        except (MethodNotAllowedError, NotFoundError):
            return []  # served, and not kept: a review, a metric

    def _get(self, manifest: Object) -> Object | None:
        metadata = manifest["metadata"]
        place = metadata.get("namespace")
        return self._api.get(manifest["apiVersion"], manifest["kind"], place, metadata["name"])


def open_inventory(args: InventoryArgs) -> ClusterInventory:
    """The inventory of a site of this kind."""
    return ClusterInventory(args)


def _selector(context: Context) -> str:
    environment = f"{DOMAIN}/environment"
    return ",".join(
        (
            "app.kubernetes.io/managed-by=modelyard",
            f"app.kubernetes.io/part-of={context.platform}",
            f"{environment}={context.environment}" if context.environment else f"!{environment}",
        )
    )


def _is_object(expected: Expected) -> bool:
    return "kind" in expected.inputs and "metadata" in expected.inputs


def _key(item: Object) -> Key:
    metadata: Mapping[str, Any] = item["metadata"]
    group = item["apiVersion"].rpartition("/")[0]
    return group, item["kind"], metadata.get("namespace"), metadata["name"]


def _has_claims(item: Object) -> bool:
    return item["kind"] == "StatefulSet" and bool(item["spec"].get("volumeClaimTemplates"))


def _claims(item: Object) -> str:
    """A pattern of the names of the claims that a StatefulSet makes."""
    name = re.escape(item["metadata"]["name"])
    templates = item["spec"]["volumeClaimTemplates"]
    kinds = "|".join(re.escape(template["metadata"]["name"]) for template in templates)
    return rf"(?:{kinds})-{name}-[0-9]+"


def _told_once(reasons: Iterable[str]) -> tuple[str, ...]:
    """Without what an earlier one has said already: events repeat what conditions tell."""
    told: list[str] = []
    for reason in reasons:
        if not any(reason.partition(": ")[2] in earlier for earlier in told):
            told.append(reason)
    return tuple(told[:_REASONS])


def _lateness(expected: Expected) -> Deviation:
    """What `up` does not wait for may take its time."""
    annotations = expected.inputs["metadata"].get("annotations", {})
    waited_for = annotations.get("pulumi.com/skipAwait") != "true"
    return Deviation.NOT_READY if waited_for else Deviation.WAITING


def _found(expected: Expected, deviation: Deviation, why: str) -> Found:
    return Found(deviation, expected.name, why, expected.urn)
