"""Volumes of Kubernetes, by the class that each is of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from modelyard.policies.rule import at, objects
from modelyard.review.data.store import (
    UNKNOWN,
    Store,
    key_of,
    made,
)
from modelyard.review.view import View, metadata

if TYPE_CHECKING:
    from modelyard.recorder import Resource

_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"
_CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
_STATEFUL = "kubernetes:apps/v1:StatefulSet"
_CNPG = "kubernetes:postgresql.cnpg.io/v1:Cluster"
_PROMETHEUS = "kubernetes:monitoring.coreos.com/v1:Prometheus"
_RELEASE = "kubernetes:helm.sh/v3:Release"


def _class_key(view: View, it: Resource, name: Any) -> tuple[str, str]:
    """The key of a class of volumes; of one that is not of this stack nobody knows."""
    classes = [c for c in view.graph.of_type(_CLASS) if c.provider == it.provider]
    for each in classes:
        default = at(each.inputs, "metadata", "annotations", _DEFAULT) == "true"
        if metadata(each)[1] == name or (not name and default):
            found = each.inputs.get("parameters")
            keys = ("kmsKeyId", "disk-encryption-kms-key")
            return key_of(view, each, next((at(found, k) for k in keys if at(found, k)), None))
    return "", UNKNOWN


_DEFAULT = "storageclass.kubernetes.io/is-default-class"


def _claim(view: View, it: Resource) -> Iterator[Store]:
    key = _class_key(view, it, at(it.inputs, "spec", "storageClassName"))
    yield made(view, it, "volume", *key)


def _stateful(view: View, it: Resource) -> Iterator[Store]:
    for claim in objects(it.inputs, "spec", "volumeClaimTemplates"):
        key = _class_key(view, it, at(claim, "spec", "storageClassName"))
        yield made(view, it, "volume", *key, f"{it.name} {at(claim, 'metadata', 'name')}")


def _cnpg(view: View, it: Resource) -> Iterator[Store]:
    key = _class_key(view, it, at(it.inputs, "spec", "storage", "storageClass"))
    yield made(view, it, "database", *key)


def _prometheus(view: View, it: Resource) -> Iterator[Store]:
    claim = at(it.inputs, "spec", "storage", "volumeClaimTemplate")
    if claim:
        yield made(
            view, it, "metrics", *_class_key(view, it, at(claim, "spec", "storageClassName"))
        )


def _release(view: View, it: Resource) -> Iterator[Store]:
    """What a chart is told to keep on volumes."""
    for path, name in _claims(it.inputs.get("values"), ""):
        yield made(view, it, "volume", *_class_key(view, it, name), f"{it.name} {path}")


def _claims(values: Any, path: str) -> Iterator[tuple[str, Any]]:
    if not isinstance(values, Mapping):
        return
    for key, value in values.items():
        here = f"{path}.{key}" if path else str(key)
        if key == "volumeClaimTemplate":
            yield path, at(value, "spec", "storageClassName")
        elif key == "persistence" and at(value, "enabled") is True:
            yield here, at(value, "storageClass") or at(value, "storageClassName")
        else:
            yield from _claims(value, here)


VOLUMES: Mapping[str, Callable[[View, Resource], Iterator[Store]]] = {
    _CLAIM: _claim,
    _STATEFUL: _stateful,
    _CNPG: _cnpg,
    _PROMETHEUS: _prometheus,
    _RELEASE: _release,
}
