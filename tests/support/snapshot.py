"""The objects of a graph as they would lie in a cluster, ready to be asked about each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from modelyard.catalog.operators import operators
from modelyard.recorder import Graph, Resource
from modelyard.recorder.values import plain
from modelyard.review.manifests import RELEASE, is_object

Labels = Mapping[str, str]


@dataclass(frozen=True)
class Thing:
    """An object, with the name that a message gives it."""

    manifest: Mapping[str, Any] = field(repr=False)
    resource: Resource = field(repr=False)

    @property
    def kind(self) -> str:
        return self.manifest["kind"]

    @property
    def group(self) -> str:
        return self.manifest["apiVersion"].rpartition("/")[0]

    @property
    def name(self) -> str:
        return self.manifest["metadata"]["name"]

    @property
    def namespace(self) -> str | None:
        return self.manifest["metadata"].get("namespace")

    @property
    def labels(self) -> Labels:
        return self.manifest["metadata"].get("labels", {})

    @property
    def spec(self) -> Mapping[str, Any]:
        return self.manifest.get("spec", {})

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace or ''}/{self.name}"


@dataclass(frozen=True)
class Pod:
    """A pod that an object makes."""

    owner: Thing
    labels: Labels
    spec: Mapping[str, Any] = field(repr=False)
    made_by_operator: bool = False
    """Then its ports and volumes are the operator's own."""

    @property
    def namespace(self) -> str:
        assert self.owner.namespace
        return self.owner.namespace

    @property
    def containers(self) -> list[Mapping[str, Any]]:
        return [*self.spec.get("initContainers", []), *self.spec.get("containers", [])]

    def ports(self) -> set[int | str]:
        """Numbers and names of the ports its containers name."""
        ports = [port for container in self.containers for port in container.get("ports", [])]
        return {p["containerPort"] for p in ports} | {p["name"] for p in ports if "name" in p}

    def __str__(self) -> str:
        return f"pod of {self.owner}"


OPERATORS_PODS: Mapping[str, Callable[[Thing], Labels]] = {
    "postgresql.cnpg.io Cluster": lambda t: {
        "cnpg.io/cluster": t.name,
        "cnpg.io/podRole": "instance",
    },
    "monitoring.coreos.com Prometheus": lambda t: {
        **t.spec.get("podMetadata", {}).get("labels", {}),
        "prometheus": t.name,
    },
    "serving.kserve.io InferenceService": lambda t: {
        **t.spec.get("predictor", {}).get("labels", {}),
        **t.labels,
        "serving.kserve.io/inferenceservice": t.name,
        "component": "predictor",
        "app": f"isvc.{t.name}-predictor",
    },
    "serving.kserve.io LLMInferenceService": lambda t: {
        **t.labels,
        **t.spec.get("labels", {}),
        "app.kubernetes.io/part-of": "llminferenceservice",
        "app.kubernetes.io/name": t.name,
    },
    "feast.dev FeatureStore": lambda t: {**t.labels, "feast.dev/name": t.name},
    "argoproj.io WorkflowTemplate": lambda t: t.spec.get("podMetadata", {}).get("labels", {}),
    "argoproj.io CronWorkflow": lambda t: {
        **t.spec.get("workflowSpec", {}).get("podMetadata", {}).get("labels", {}),
    },
}
"""Labels that operators put on the pods they make, by kind: read from their sources."""

OPERATORS_SERVICES: Mapping[str, tuple[str, ...]] = {
    "postgresql.cnpg.io Cluster": ("{}-rw", "{}-ro", "{}-r"),
    "serving.kserve.io InferenceService": ("{}-predictor",),
    "serving.kserve.io LLMInferenceService": ("{}-kserve-workload-svc", "{}-epp-service"),
    "feast.dev FeatureStore": ("feast-{}-online", "feast-{}-offline", "feast-{}-registry"),
}
"""Services that operators make, by kind; `{}` is the object's name."""

OPERATORS_SECRETS: Mapping[str, tuple[str, ...]] = {
    "postgresql.cnpg.io Cluster": ("{}-app", "{}-superuser", "{}-ca", "{}-server"),
}
"""Secrets that operators make, by kind."""

TEMPLATES = {
    "Deployment": ("template",),
    "StatefulSet": ("template",),
    "DaemonSet": ("template",),
    "Job": ("template",),
    "CronJob": ("jobTemplate", "spec", "template"),
}


@dataclass(frozen=True)
class Snapshot:
    """All objects of one cluster."""

    things: tuple[Thing, ...]
    releases: tuple[Mapping[str, Any], ...]
    graph: Graph = field(repr=False)

    def of(self, *kinds: str) -> list[Thing]:
        return [thing for thing in self.things if thing.kind in kinds]

    def has(self, kind: str, namespace: str | None, name: str) -> bool:
        return (kind, namespace, name) in self._names

    def get(self, kind: str, namespace: str | None, name: str) -> Thing | None:
        return self._names.get((kind, namespace, name))

    @cached_property
    def _names(self) -> Mapping[tuple[str, str | None, str], Thing]:
        return {(thing.kind, thing.namespace, thing.name): thing for thing in self.things}

    def before(self, urn: str) -> set[str]:
        """All that has to be there before a resource, directly or not."""
        found: set[str] = set()
        ahead = list(self.graph[urn].dependencies)
        while ahead:
            if (each := ahead.pop()) not in found:
                found.add(each)
                ahead += self.graph[each].dependencies
        return found

    @cached_property
    def namespaces(self) -> Mapping[str, Thing]:
        return {thing.name: thing for thing in self.of("Namespace")}

    @cached_property
    def operated(self) -> set[str]:
        """Namespaces of operators: what is in them comes by chart, or is there already."""
        return {operator.namespace for operator in operators().values()} | {"kube-system"}

    @cached_property
    def pods(self) -> tuple[Pod, ...]:
        return tuple(pod for thing in self.things for pod in _pods(thing))

    def pods_in(self, namespace: str | None) -> list[Pod]:
        return [pod for pod in self.pods if pod.namespace == namespace]

    def made(self, table: Mapping[str, tuple[str, ...]]) -> set[tuple[str | None, str]]:
        """Namespaces and names of what operators make of the objects here."""
        return {
            (thing.namespace, pattern.format(thing.name))
            for thing in self.things
            for pattern in table.get(f"{thing.group} {thing.kind}", ())
        }


def _pods(thing: Thing) -> Iterator[Pod]:
    if thing.kind in TEMPLATES and thing.group in ("apps", "batch"):
        template: Any = thing.spec
        for key in TEMPLATES[thing.kind]:
            template = template[key]
        yield Pod(thing, template["metadata"].get("labels", {}), template["spec"])
    elif labels := OPERATORS_PODS.get(f"{thing.group} {thing.kind}"):
        yield Pod(thing, labels(thing), {}, made_by_operator=True)
        for own in _steps(thing):
            yield Pod(thing, {**labels(thing), **own}, {}, made_by_operator=True)


def _steps(thing: Thing) -> Iterator[Labels]:
    """Labels of their own that steps of a workflow have."""
    spec = thing.spec.get("workflowSpec", thing.spec) if thing.group == "argoproj.io" else {}
    for template in spec.get("templates", []):
        if own := template.get("metadata", {}).get("labels"):
            yield own


def snapshots(graph: Graph) -> list[Snapshot]:
    """One for each cluster, which is one for each provider."""
    found: dict[str | None, list[Resource]] = {}
    for resource in graph:
        if resource.package == "kubernetes" and resource.custom:
            found.setdefault(resource.provider, []).append(resource)
    return [
        Snapshot(
            tuple(Thing(plain(dict(r.inputs)), r) for r in resources if is_object(r)),
            tuple(plain(dict(r.inputs)) for r in resources if r.type == RELEASE),
            graph,
        )
        for resources in found.values()
    ]


def selects(selector: Mapping[str, Any] | None, labels: Labels) -> bool:
    """Whether a label selector picks these labels; an empty one picks all."""
    selector = selector or {}
    if any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        return False
    return all(_holds(item, labels) for item in selector.get("matchExpressions", []))


def _holds(expression: Mapping[str, Any], labels: Labels) -> bool:
    key, values = expression["key"], expression.get("values", [])
    match expression["operator"]:
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case _:
            return key not in labels
