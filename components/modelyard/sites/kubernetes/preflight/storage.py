"""Is there a class for every volume that the plan claims?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from modelyard.blueprint.site import OnPremSite
from modelyard.contracts.preflight import Answer, Verdict
from modelyard.sites.kubernetes.cluster_api import Object
from modelyard.sites.kubernetes.preflight.look import (
    OURS,
    RELEASED_AS,
    Look,
    Planned,
    annotations_of,
    labels_of,
    listed,
)

_DEFAULT = "storageclass.kubernetes.io/is-default-class"
_PROVISIONER = "local-path-provisioner"
_TOPIC = "storage"


def storage(planned: Planned, look: Look) -> Iterator[Answer]:
    """One answer for each class that is claimed, and for each that is to be made."""
    made = dict(_made(planned))
    for name, is_default in made.items():
        yield _to_make(name, look, is_default=is_default)
    for name in sorted(_claimed(planned), key=str):
        if name in made or (name is None and any(made.values())):
            continue
        yield _default(planned, look) if name is None else _named(name, planned, look)


def _made(planned: Planned) -> Iterator[tuple[str, bool]]:
    """The classes that the plan makes, and whether each is to be the default."""
    for item in planned.of("StorageClass"):
        yield item["metadata"]["name"], annotations_of(item).get(_DEFAULT) == "true"
    if release := planned.releases.get(_PROVISIONER):
        values = release["values"]["storageClass"]
        yield values.get("name") or "local-path", bool(values.get("defaultClass"))


def _claimed(planned: Planned) -> set[str | None]:
    """The classes of all volumes; None for the default one."""
    return {
        spec.get("storageClassName") or spec.get("storageClass")
        for item in planned.objects
        for spec in _volumes(item)
    } | {
        claim["spec"].get("storageClassName")
        for release in planned.releases.values()
        for claim in _claims_of(release.get("values", {}))
    }


def _volumes(item: Object) -> Iterator[Any]:
    spec = item.get("spec") or {}
    if item["kind"] == "PersistentVolumeClaim":
        yield spec
    for template in spec.get("volumeClaimTemplates", ()):
        yield template["spec"]
    if item["kind"] == "Cluster" and isinstance(spec.get("storage"), dict):
        yield spec["storage"]


def _claims_of(values: Any) -> Iterator[Any]:
    """Templates of claims anywhere in a chart's values."""
    for key, value in values.items() if hasattr(values, "items") else ():
        if key == "volumeClaimTemplate":
            yield value
        else:
            yield from _claims_of(value)


def _to_make(name: str, look: Look, *, is_default: bool) -> Answer:
    there = look.storage_classes.get(name)
    own = there is not None and (
        OURS.items() <= labels_of(there).items()
        or annotations_of(there).get(RELEASED_AS) == _PROVISIONER
    )
    if there is not None and not own:
        found = f"is there already, from {there['provisioner']}"
        next = f"set `storage_class: {name}` and remove `storage`, or call the new one otherwise"
        return Answer(_TOPIC, f"class {name}", Verdict.FAILED, found, "one that is made", next)
    others = [each for each in _defaults(look) if each != name]
    if is_default and others:
        found = f"would be a second default class beside {listed(others)}"
        next = "set `storage: {default: false}`, or take the mark off the other one"
        return Answer(_TOPIC, f"class {name}", Verdict.WARNING, found, next=next)
    return Answer(_TOPIC, f"class {name}", Verdict.OK, "is made by the platform")


def _named(name: str, planned: Planned, look: Look) -> Answer:
    if there := look.storage_classes.get(name):
        return Answer(_TOPIC, f"class {name}", Verdict.OK, f"volumes by {there['provisioner']}")
    found = "is not there" + (f"; there are {_known(look)}" if look.storage_classes else "")
    return Answer(_TOPIC, f"class {name}", Verdict.FAILED, found, "a class", _way(planned, look))


def _default(planned: Planned, look: Look) -> Answer:
    found = _defaults(look)
    asked, needed = "default class", "one for volumes that name none"
    if not found:
        there = f"none of {_known(look)} is the default" if look.storage_classes else "no class"
        return Answer(_TOPIC, asked, Verdict.FAILED, there, needed, _way(planned, look))
    if len(found) > 1:
        next = "name one with `storage_class`"
        return Answer(_TOPIC, asked, Verdict.WARNING, f"{listed(found)} all are", needed, next)
    return Answer(_TOPIC, asked, Verdict.OK, found[0])


def _way(planned: Planned, look: Look) -> str:
    """How the cluster gets a class."""
    bare = isinstance(planned.site, OnPremSite)
    given = "set `storage: {engine: local-path}` or `{engine: rook, devices: …}`"
    if not bare:
        given = f"make the site one of `kind: onprem`, and {given}"
    return f"set `storage_class: {_known(look)}`, or {given}" if look.storage_classes else given


def _known(look: Look) -> str:
    return listed(set(look.storage_classes))


def _defaults(look: Look) -> list[str]:
    classes = look.storage_classes.items()
    return [name for name, each in classes if annotations_of(each).get(_DEFAULT) == "true"]
