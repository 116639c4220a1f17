"""A look at a cluster and at what is planned for it: each list is read once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from modelyard.blueprint.site import ClusterSite
from modelyard.catalog.operators import Operator, operators
from modelyard.contracts.preflight import PreflightArgs
from modelyard.objects.identity import RELEASE
from modelyard.sites.kubernetes.cluster_api import ClusterApi, Object

OURS = {"app.kubernetes.io/managed-by": "modelyard"}
RELEASED_AS = "meta.helm.sh/release-name"


@dataclass(frozen=True)
class Planned:
    """What the plan would put into the cluster."""

    args: PreflightArgs

    @property
    def site(self) -> ClusterSite:
        assert isinstance(self.args.site, ClusterSite)  # asked of such sites alone
        return self.args.site

    @cached_property
    def objects(self) -> tuple[Object, ...]:
        inputs = (expected.inputs for expected in self.args.expected)
        return tuple(each for each in inputs if "kind" in each and "metadata" in each)

    @cached_property
    def releases(self) -> Mapping[str, Mapping[str, Any]]:
        """The inputs of each chart, by release."""
        made = (each.inputs for each in self.args.expected if each.type == RELEASE)
        return {inputs["name"]: inputs for inputs in made}

    @cached_property
    def operators(self) -> tuple[Operator, ...]:
        """Those that are to be installed."""
        known = operators().values()
        return tuple(o for o in known if any(c.release in self.releases for c in o.charts))

    def of(self, *kinds: str) -> list[Object]:
        return [each for each in self.objects if each["kind"] in kinds]

    def brings(self, api_version: str) -> bool:
        """Whether something that is to be installed brings kinds of this version's group."""
        group = api_version.rpartition("/")[0]
        return any(group in operator.groups for operator in self.operators)


class Look:
    """What is in the cluster. Whatever may not be read raises NotAllowedError when it is asked."""

    def __init__(self, api: ClusterApi) -> None:
        self.api = api

    @cached_property
    def version(self) -> str:
        return self.api.version()

    @cached_property
    def nodes(self) -> list[Object]:
        return self.api.list("v1", "Node")

    @cached_property
    def storage_classes(self) -> Mapping[str, Object]:
        found = self.api.list("storage.k8s.io/v1", "StorageClass")
        return {each["metadata"]["name"]: each for each in found}

    @cached_property
    def balanced(self) -> list[Object]:
        """Services of type LoadBalancer."""
        return [
            service
            for service in self.api.list("v1", "Service")
            if service["spec"].get("type") == "LoadBalancer"
        ]

    @cached_property
    def workloads(self) -> list[Object]:
        kinds = ("DaemonSet", "Deployment")
        return [each for kind in kinds for each in self.api.list("apps/v1", kind)]

    @cached_property
    def definitions(self) -> list[Object]:
        return self.api.list("apiextensions.k8s.io/v1", "CustomResourceDefinition")

    @cached_property
    def own_namespaces(self) -> set[str]:
        """Namespaces that this or another platform of ours has made."""
        found = self.api.list("v1", "Namespace", label_selector=_selector(OURS))
        return {each["metadata"]["name"] for each in found}

    def names(self) -> set[str]:
        """What its workloads are called."""
        return {each["metadata"]["name"] for each in self.workloads}

    def groups(self) -> set[str]:
        """API groups that custom resource definitions bring."""
        return {each["spec"]["group"] for each in self.definitions}

    def matching(self, labels: Mapping[str, str]) -> list[Object]:
        """The nodes with these labels."""
        return [node for node in self.nodes if labels.items() <= labels_of(node).items()]

    def is_k3s(self) -> bool:
        return "+k3s" in self.version

    def k3s_was_told(self, *words: str) -> bool:
        """Whether a server of k3s was started with one of these arguments."""
        told = (annotations_of(node).get("k3s.io/node-args", "") for node in self.nodes)
        return any(f'"{word}"' in args for args in told for word in words)

    def k3s_brings(self, part: str) -> bool:
        """Whether this is k3s, and nobody has told it to leave that part out."""
        return self.is_k3s() and not self.k3s_was_told(part, f"--disable={part}")


def labels_of(item: Object) -> Mapping[str, str]:
    return item["metadata"].get("labels") or {}


def annotations_of(item: Object) -> Mapping[str, str]:
    return item["metadata"].get("annotations") or {}


def listed(words: Iterator[str] | list[str] | set[str]) -> str:
    """Some of them, for a sentence."""
    ordered = sorted(words)
    more = f" and {len(ordered) - 5} more" if len(ordered) > 5 else ""
    return ", ".join(ordered[:5]) + more


def _selector(labels: Mapping[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in labels.items())
