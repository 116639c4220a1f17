"""What has to hold between the objects of a cluster, and no schema says.

Each rule takes a snapshot and yields what is wrong with it, in words. What the platform does not
make but refers to (a declared `attach`, a `secret://` reference) is named in `Elsewhere`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.pod_security import breaches, pod_specs
from tests.support.snapshot import (
    OPERATORS_SECRETS,
    OPERATORS_SERVICES,
    Pod,
    Snapshot,
    Thing,
    selects,
)

Wrong = Iterator[str]
ENFORCE = "pod-security.kubernetes.io/enforce"
NAMESPACE = "kubernetes.io/metadata.name"
TAGS = {"domain", "owner", "team", "compliance-class", "retraining-cadence", "retraining-trigger"}
HOST = re.compile(r"\b([a-z0-9][a-z0-9-]*)\.([a-z0-9][a-z0-9-]*)\.svc(?:\.cluster\.local)?(?::(\d+))?")
BUILT_IN_ROLES = {"system:auth-delegator", "extension-apiserver-authentication-reader", "view"}
GENERATED_MAPS = {"kube-root-ca.crt"}
"""ConfigMaps that Kubernetes puts into every namespace."""


@dataclass(frozen=True)
class Elsewhere:
    """Names that a blueprint declares to be there already."""

    secrets: frozenset[str]
    namespaces: frozenset[str]
    names: frozenset[str]
    """Issuers, stores, gateways."""


def unique_names(cluster: Snapshot, _: Elsewhere) -> Wrong:
    count = Counter((t.group, t.kind, t.namespace, t.name) for t in cluster.things)
    yield from (f"{key} is there {n} times" for key, n in count.items() if n > 1)


def namespaces_exist(cluster: Snapshot, elsewhere: Elsewhere) -> Wrong:
    known = {*cluster.namespaces, *cluster.operated, *elsewhere.namespaces}
    for thing in cluster.things:
        if thing.namespace and thing.namespace not in known:
            yield f"{thing}: nobody makes its namespace"
    for release in cluster.releases:
        if release["namespace"] not in cluster.namespaces:
            yield f"release {release['name']}: nobody makes the namespace {release['namespace']}"


def namespaces_come_first(cluster: Snapshot, _: Elsewhere) -> Wrong:
    """What is in a namespace waits for it."""
    made = {name: thing.resource.urn for name, thing in cluster.namespaces.items()}
    for thing in cluster.things:
        first = made.get(thing.namespace or "")
        if first and first not in thing.resource.dependencies:
            yield f"{thing} does not wait for its namespace"


def references_resolve(cluster: Snapshot, elsewhere: Elsewhere) -> Wrong:
    made = _secrets(cluster)
    for thing in cluster.things:
        if thing.kind in ("ValidatingAdmissionPolicy", "CustomResourceDefinition"):
            continue
        for kind, name, key in set(_references(thing)):
            if kind == "Secret":
                known = (thing.namespace, name) in made or name in elsewhere.secrets
            else:
                known = cluster.has(kind, thing.namespace, name) or name in GENERATED_MAPS
            if not known:
                yield f"{thing} refers to {kind} {name}, which nobody makes"
            elif key and not _holds_key(cluster, kind, thing.namespace, name, key):
                yield f"{thing} refers to key {key} of {kind} {name}, which does not hold it"


def _secrets(cluster: Snapshot) -> set[tuple[str | None, str]]:
    """Namespaces and names of all Secrets there will be."""
    made = {(t.namespace, t.name) for t in cluster.of("Secret")}
    made |= cluster.made(OPERATORS_SECRETS)
    for thing in cluster.of("ExternalSecret"):
        made.add((thing.namespace, thing.spec.get("target", {}).get("name", thing.name)))
    made |= {(thing.namespace, thing.spec["secretName"]) for thing in cluster.of("Certificate")}
    return made


def _references(thing: Thing) -> Iterator[tuple[str, str, str | None]]:
    """Kind, name and, where one is picked, key of what an object refers to."""
    skipped = {"Certificate", "ExternalSecret"}
    yield from () if thing.kind in skipped else _named(thing.spec)
    if thing.kind == "ServiceAccount":
        pulls = thing.manifest.get("imagePullSecrets", [])
        yield from (("Secret", item["name"], None) for item in pulls)


_BY_REFERENCE = {
    "secretKeyRef": "Secret",
    "secretRef": "Secret",
    "configMapKeyRef": "ConfigMap",
    "configMapRef": "ConfigMap",
    "superuserSecret": "Secret",
    "passwordSecret": "Secret",
    "accessKeySecret": "Secret",
    "secretKeySecret": "Secret",
    "configMap": "ConfigMap",
    "configMapKeySelector": "ConfigMap",
}
_BY_NAME = {
    "serviceAccountName": "ServiceAccount",
    "secretName": "Secret",
    "claimName": "PersistentVolumeClaim",
}


def _named(value: Any) -> Iterator[tuple[str, str, str | None]]:
    if isinstance(value, list):
        for item in value:
            yield from _named(item)
    elif isinstance(value, dict) and not value.get("optional"):
        for key, item in value.items():
            if key in _BY_NAME and isinstance(item, str):
                yield _BY_NAME[key], item, None
            elif key in _BY_REFERENCE and isinstance(item, dict) and "name" in item:
                if not item.get("optional"):
                    yield _BY_REFERENCE[key], item["name"], item.get("key")
            elif key == "imagePullSecrets":
                yield from (("Secret", each["name"], None) for each in item)
            else:
                yield from _named(item)


def _holds_key(
    cluster: Snapshot, kind: str, namespace: str | None, name: str, key: str
) -> bool:
    thing = cluster.get(kind, namespace, name)
    if thing is None:
        return True  # made by an operator, or elsewhere: its keys are not known here
    held = {**thing.manifest.get("data", {}), **(thing.manifest.get("stringData") or {})}
    return key in held


def selectors_find_pods(cluster: Snapshot, _: Elsewhere) -> Wrong:
    """Of Services, NetworkPolicies, PodDisruptionBudgets and PodMonitors."""
    for thing in cluster.of("Service", "NetworkPolicy", "PodDisruptionBudget", "PodMonitor"):
        selector = _selector(thing)
        if not selector or thing.namespace not in cluster.namespaces:
            continue
        if thing.kind == "PodMonitor" and "namespaceSelector" in thing.spec:
            continue
        if not any(selects(selector, pod.labels) for pod in cluster.pods_in(thing.namespace)):
            yield f"{thing} selects no pod: {selector}"


def _selector(thing: Thing) -> Mapping[str, Any]:
    if thing.kind == "Service":
        labels = thing.spec.get("selector", {})
        return {"matchLabels": labels} if labels else {}
    return thing.spec.get("podSelector" if thing.kind == "NetworkPolicy" else "selector", {})


def services_reach_ports(cluster: Snapshot, _: Elsewhere) -> Wrong:
    for service in cluster.of("Service"):
        pods = [p for p in _behind(cluster, service) if not p.made_by_operator]
        for port in service.spec.get("ports", []):
            wanted = port.get("targetPort", port["port"])
            for pod in pods:
                if wanted not in pod.ports():
                    yield f"{service} sends to port {wanted}, which {pod} does not open"


def _behind(cluster: Snapshot, service: Thing) -> list[Pod]:
    selector = _selector(service)
    found = cluster.pods_in(service.namespace) if selector else []
    return [pod for pod in found if selects(selector, pod.labels)]


def monitors_find_metrics(cluster: Snapshot, _: Elsewhere) -> Wrong:
    """A ServiceMonitor finds a Service, and the Service has the port that it names."""
    for monitor in cluster.of("ServiceMonitor"):
        if "namespaceSelector" in monitor.spec or monitor.namespace not in cluster.namespaces:
            continue
        found = [
            service
            for service in cluster.of("Service")
            if service.namespace == monitor.namespace
            if selects(monitor.spec["selector"], service.labels)
        ]
        made = cluster.made(OPERATORS_SERVICES)
        if not found and not any(namespace == monitor.namespace for namespace, _ in made):
            yield f"{monitor} selects no Service: {monitor.spec['selector']}"
        for service in found:
            names = {port.get("name") for port in service.spec["ports"]}
            for endpoint in monitor.spec["endpoints"]:
                if endpoint.get("port") not in names:
                    yield f"{monitor} asks port {endpoint.get('port')}, {service} has {names}"


def routes_lead_somewhere(cluster: Snapshot, elsewhere: Elsewhere) -> Wrong:
    made = cluster.made(OPERATORS_SERVICES)
    for route in cluster.of("HTTPRoute"):
        for parent in route.spec.get("parentRefs", []):
            namespace = parent.get("namespace", route.namespace)
            if not cluster.has("Gateway", namespace, parent["name"]):
                if parent["name"] not in elsewhere.names:
                    yield f"{route} hangs on a Gateway that nobody makes: {parent['name']}"
        for backend in [b for rule in route.spec.get("rules", []) for b in rule.get("backendRefs", [])]:
            namespace = backend.get("namespace", route.namespace)
            service = cluster.get("Service", namespace, backend["name"])
            if service is None:
                if (namespace, backend["name"]) not in made:
                    yield f"{route} sends to a Service that nobody makes: {backend['name']}"
            elif backend["port"] not in {port["port"] for port in service.spec["ports"]}:
                yield f"{route} sends to port {backend['port']}, which {service} lacks"


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
        if not cluster.has(role["kind"], namespace, role["name"]):
            if role["name"] not in BUILT_IN_ROLES:
                yield f"{binding} binds {role['kind']} {role['name']}, which nobody makes"
        for subject in binding.manifest.get("subjects", []):
            if subject["kind"] != "ServiceAccount":
                continue
            place = subject.get("namespace", binding.namespace)
            if not cluster.has("ServiceAccount", place, subject["name"]):
                if place not in cluster.operated:
                    yield f"{binding} names {place}/{subject['name']}, which nobody makes"


def roles_are_all_bound(cluster: Snapshot, _: Elsewhere) -> Wrong:
    bound = {
        (b.manifest["roleRef"]["kind"], b.namespace, b.manifest["roleRef"]["name"])
        for b in cluster.of("RoleBinding", "ClusterRoleBinding")
    }
    for role in cluster.of("Role"):
        if ("Role", role.namespace, role.name) not in bound:
            yield f"{role} is bound to nobody"


def certificates_are_signed(cluster: Snapshot, elsewhere: Elsewhere) -> Wrong:
    secrets = _secrets(cluster)
    for certificate in cluster.of("Certificate"):
        issuer = certificate.spec["issuerRef"]
        kind = issuer.get("kind", "Issuer")
        place = certificate.namespace if kind == "Issuer" else None
        if not cluster.has(kind, place, issuer["name"]) and issuer["name"] not in elsewhere.names:
            yield f"{certificate} is signed by {kind} {issuer['name']}, which nobody makes"
    for issuer in cluster.of("Issuer"):
        secret = issuer.spec.get("ca", {}).get("secretName")
        if secret and (issuer.namespace, secret) not in secrets:
            yield f"{issuer} signs with Secret {secret}, which nobody makes"


def workflows_have_templates(cluster: Snapshot, _: Elsewhere) -> Wrong:
    for thing in cluster.of("CronWorkflow", "WorkflowTemplate"):
        for name in _template_names(thing.spec):
            if not cluster.has("WorkflowTemplate", thing.namespace, name):
                yield f"{thing} runs WorkflowTemplate {name}, which nobody makes"


def _template_names(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _template_names(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key in ("workflowTemplateRef", "templateRef") and "name" in item:
                yield item["name"]
            else:
                yield from _template_names(item)


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
        if thing.group == "argoproj.io":
            continue  # its pods take the security context of the workflow; tested beside it
        for spec in pod_specs(thing.manifest):
            yield from (f"{thing}: {breach}" for breach in breaches(spec))


def accelerators_are_whole(cluster: Snapshot, _: Elsewhere) -> Wrong:
    """Devices are requested and limited alike."""
    for pod in cluster.pods:
        for container in pod.containers:
            resources = container.get("resources", {})
            asked, most = resources.get("requests", {}), resources.get("limits", {})
            for name in {n for n in (*asked, *most) if "/" in n}:
                if asked.get(name, most.get(name)) != most.get(name):
                    yield f"{pod}, {container['name']}: {name} differs in requests and limits"


def hosts_resolve(cluster: Snapshot, elsewhere: Elsewhere) -> Wrong:
    """A name such as `mlflow.fraud-platform.svc:5000`, wherever it is written, is a Service's."""
    made = cluster.made(OPERATORS_SERVICES)
    for thing in cluster.things:
        for name, namespace, port in set(HOST.findall(str(thing.manifest))):
            service = cluster.get("Service", namespace, name)
            if service is None:
                outside = namespace in {*cluster.operated, *elsewhere.namespaces}
                if (namespace, name) not in made and not outside:
                    yield f"{thing} speaks to {name}.{namespace}, which nobody makes"
            elif port and int(port) not in {p["port"] for p in service.spec["ports"]}:
                yield f"{thing} speaks to port {port} of {service}, which it lacks"


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


def nothing_is_idle(cluster: Snapshot, _: Elsewhere) -> Wrong:
    """Volumes and service accounts that nobody uses would cost or confuse."""
    used = {(t.namespace, kind, name) for t in cluster.things for kind, name, _ in _references(t)}
    for thing in cluster.of("PersistentVolumeClaim", "ServiceAccount"):
        if (thing.namespace, thing.kind, thing.name) not in used:
            if not _bound(cluster, thing):
                yield f"{thing} is used by nobody"


def _bound(cluster: Snapshot, account: Thing) -> bool:
    """A service account with rights is used from outside: by a person, or by an operator."""
    return any(
        subject.get("name") == account.name
        for binding in cluster.of("RoleBinding")
        for subject in binding.manifest.get("subjects", [])
        if subject["kind"] == account.kind == "ServiceAccount"
    )


Rule = Callable[[Snapshot, Elsewhere], Wrong]
RULES: tuple[Rule, ...] = (
    *(unique_names, namespaces_exist, namespaces_come_first, references_resolve),
    *(selectors_find_pods, services_reach_ports, monitors_find_metrics, routes_lead_somewhere),
    *(scalers_find_targets, roles_are_bound_to_somebody, roles_are_all_bound),
    *(certificates_are_signed, workflows_have_templates, volumes_are_there, pods_are_restricted),
    *(accelerators_are_whole, hosts_resolve, objects_are_tagged, pods_are_tagged, nothing_is_idle),
)
