"""What pods and their owners have to be: restricted, tagged, scaled by one hand, bound to roles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.support.consistency.elsewhere import Elsewhere, Wrong
from tests.support.pod_security import breaches, pod_specs
from tests.support.snapshot import Snapshot

ENFORCE = "pod-security.kubernetes.io/enforce"

TAGS = {"domain", "owner", "team", "compliance-class", "retraining-cadence", "retraining-trigger"}

BUILT_IN_ROLES = {"system:auth-delegator", "extension-apiserver-authentication-reader", "view"}


def scalers_find_targets(cluster: Snapshot, _: Elsewhere) -> Wrong:
    """What is scaled exists, and does not insist on a number of its own."""
    for scaler in cluster.of("HorizontalPodAutoscaler", "ScaledObject"):
        target = scaler.spec["scaleTargetRef"]
        thing = cluster.get(target.get("kind", "Deployment"), scaler.namespace, target["name"])
        if thing is None:
            yield f"{scaler} scales {target['name']}, which nobody makes"
        elif "replicas" in thing.spec and "replicas" not in thing.resource.ignore_changes:
            yield f"{thing} sets replicas, and {scaler} changes them"
        for trigger in scaler.spec.get("triggers", []):
            name = (trigger.get("authenticationRef") or {}).get("name")
            if name and not cluster.has("TriggerAuthentication", scaler.namespace, name):
                yield f"{scaler} refers to TriggerAuthentication {name}, which nobody makes"


def roles_are_bound_to_somebody(cluster: Snapshot, _: Elsewhere) -> Wrong:
    for binding in cluster.of("RoleBinding", "ClusterRoleBinding"):
        role = binding.manifest["roleRef"]
        namespace = binding.namespace if role["kind"] == "Role" else None
        known = cluster.has(role["kind"], namespace, role["name"])
        if not known and role["name"] not in BUILT_IN_ROLES:
            yield f"{binding} binds {role['kind']} {role['name']}, which nobody makes"
        for subject in binding.manifest.get("subjects", []):
            if subject["kind"] != "ServiceAccount":
                continue
            place = subject.get("namespace", binding.namespace)
            known = cluster.has("ServiceAccount", place, subject["name"])
            if not known and place not in cluster.operated:
                yield f"{binding} names {place}/{subject['name']}, which nobody makes"


def roles_are_all_bound(cluster: Snapshot, _: Elsewhere) -> Wrong:
    bound = {
        (b.manifest["roleRef"]["kind"], b.namespace, b.manifest["roleRef"]["name"])
        for b in cluster.of("RoleBinding", "ClusterRoleBinding")
    }
    for role in cluster.of("Role"):
        if ("Role", role.namespace, role.name) not in bound:
            yield f"{role} is bound to nobody"


def volumes_are_there(cluster: Snapshot, _: Elsewhere) -> Wrong:
    """Each mount has its volume, each volume a mount, and no path is taken twice."""
    for pod in cluster.pods:
        if pod.made_by_operator:
            continue
        claims = pod.owner.spec.get("volumeClaimTemplates", [])
        volumes = [v["name"] for v in pod.spec.get("volumes", [])]
        volumes += [c["metadata"]["name"] for c in claims]
        if len(set(volumes)) < len(volumes):
            yield f"{pod} has two volumes of one name: {sorted(volumes)}"
        mounted = set()
        for container in pod.containers:
            mounts = container.get("volumeMounts", [])
            paths = [mount["mountPath"] for mount in mounts]
            if len(set(paths)) < len(paths):
                yield f"{pod}, {container['name']}: two mounts at one path: {sorted(paths)}"
            mounted |= {mount["name"] for mount in mounts}
        for name in mounted ^ set(volumes):
            yield f"{pod}: volume {name} is {'mounted' if name in mounted else 'declared'} only"


def pods_are_restricted(cluster: Snapshot, _: Elsewhere) -> Wrong:
    """The platform's namespaces hold pods to the restricted standard, and its pods keep to it."""
    for name, namespace in cluster.namespaces.items():
        if name not in cluster.operated and namespace.labels.get(ENFORCE) != "restricted":
            yield f"{namespace} does not enforce the restricted standard"
    for thing in cluster.things:
        home = cluster.namespaces.get(thing.namespace or "")
        if home is None or home.labels.get(ENFORCE) != "restricted":
            continue
        workflow = thing.group == "argoproj.io"
        for spec in _steps(thing.spec) if workflow else pod_specs(thing.manifest):
            yield from (f"{thing}: {breach}" for breach in breaches(spec))


def _steps(workflow: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The pods of a workflow: each step's containers, under what the whole workflow says."""
    spec = workflow.get("workflowSpec", workflow)
    for template in spec.get("templates", []):
        main = template.get("container") or template.get("script")
        if main:
            yield {
                "securityContext": {
                    **spec.get("securityContext", {}),
                    **template.get("securityContext", {}),
                },
                "containers": [{"name": "main", **main}],
                "initContainers": template.get("initContainers", []),
                "volumes": [*spec.get("volumes", []), *template.get("volumes", [])],
            }


def accelerators_are_whole(cluster: Snapshot, _: Elsewhere) -> Wrong:
    """Devices are requested and limited alike."""
    for pod in cluster.pods:
        for container in pod.containers:
            resources = container.get("resources", {})
            asked, most = resources.get("requests", {}), resources.get("limits", {})
            for name in {n for n in (*asked, *most) if "/" in n}:
                if asked.get(name, most.get(name)) != most.get(name):
                    yield f"{pod}, {container['name']}: {name} differs in requests and limits"


def objects_are_tagged(cluster: Snapshot, _: Elsewhere) -> Wrong:
    for thing in cluster.things:
        missing = {f"modelyard.dev/{tag}" for tag in TAGS} - set(thing.labels)
        if missing:
            yield f"{thing} lacks {', '.join(sorted(missing))}"


def pods_are_tagged(cluster: Snapshot, _: Elsewhere) -> Wrong:
    for pod in cluster.pods:
        missing = {f"modelyard.dev/{tag}" for tag in TAGS} - set(pod.labels)
        if missing and not pod.made_by_operator:
            yield f"{pod} lacks {', '.join(sorted(missing))}"
