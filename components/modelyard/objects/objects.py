"""Makes the Kubernetes objects of one component."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi

if TYPE_CHECKING:
    from modelyard.contracts.cluster import Cluster
    from modelyard.contracts.context import Namespace

_WAIT = "pulumi.com/waitFor"
"""The annotation by which Pulumi waits for more than that an object is there."""
_NOTED = re.compile(r"jsonpath=\{\.metadata\.annotations\['([^']+)'\]\}")

Manifest = Mapping[str, Any]
"""An object as the API has it: `apiVersion`, `kind`, `metadata`, `spec`; values may be Outputs."""


class KubernetesObject(pulumi.CustomResource):
    """An object of any kind. Its type token is the one that pulumi-kubernetes gives the kind.

    The typed classes of pulumi-kubernetes cost a second to import and say nothing that the API
    does not; inputs are held against them in the tests instead.
    """

    metadata: pulumi.Output[Any]

    def __init__(self, name: str, manifest: Manifest, opts: pulumi.ResourceOptions) -> None:
        super().__init__(token(manifest), name, dict(manifest), opts)

    def note(self, annotation: str) -> pulumi.Output[Any]:
        """What a controller has noted on it; unknown as long as it has not."""
        return self.metadata.apply(lambda seen: seen["annotations"].get(annotation, pulumi.UNKNOWN))


def token(manifest: Manifest) -> str:
    """The Pulumi type of an object: `kubernetes:apps/v1:Deployment`."""
    version = manifest["apiVersion"]
    return f"kubernetes:{version if '/' in version else f'core/{version}'}:{manifest['kind']}"


def awaited(condition: str, annotation: str) -> Mapping[str, str]:
    """Has Pulumi wait until an object is in a condition and a controller has noted something on it.

    Source: `ReadyCondition` in provider/pkg/metadata/overrides.go of pulumi-kubernetes.
    """
    noted = f"jsonpath={{.metadata.annotations['{annotation}']}}"
    return {_WAIT: json.dumps([f"condition={condition}", noted])}


def notes(annotations: Mapping[str, Any]) -> Iterator[str]:
    """The annotations that somebody else makes, and Pulumi waits for."""
    yield from _NOTED.findall(str(annotations.get(_WAIT, "")))


@dataclass(frozen=True)
class Objects:
    """Makes objects under one component, in one namespace, with one set of labels.

    `namespace` is None for a component whose objects belong to the whole cluster.
    """

    parent: pulumi.Resource
    name: str
    """Logical name of the component; it prefixes that of every object."""
    cluster: Cluster
    namespace: Namespace | None
    labels: Mapping[str, str]

    def add(
        self,
        manifest: Manifest,
        part: str = "",
        *,
        after: Iterable[pulumi.Resource | None] = (),
        stateful: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> KubernetesObject:
        """Make an object; `part` tells it from others of its kind in the same component.

        `after` must exist first (None is left out). A `stateful` object is protected from
        destruction; the platform's own switch for that is the caller's to read.
        """
        metadata = {**self._metadata(), **manifest["metadata"]}
        metadata["labels"] = {**self.labels, **manifest["metadata"].get("labels", {})}
        logical = f"{self.name}-{part}" if part else self.name
        own = pulumi.ResourceOptions(
            parent=self.parent,
            depends_on=self._before(manifest["apiVersion"], after),
            deleted_with=self.cluster.resource,
            protect=stateful or None,
        )
        merged = pulumi.ResourceOptions.merge(opts, own)
        return KubernetesObject(logical, {**manifest, "metadata": metadata}, merged)

    def _metadata(self) -> dict[str, str]:
        return {"namespace": self.namespace.name} if self.namespace else {}

    def _before(
        self, api_version: str, after: Iterable[pulumi.Resource | None]
    ) -> list[pulumi.Resource]:
        """The namespace, the operator that brings the kind, and what the caller waits for."""
        first = [self.namespace.resource if self.namespace else None]
        before = (*first, self.cluster.operator(api_version), *after)
        return [resource for resource in before if resource is not None]
