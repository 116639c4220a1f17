"""What names say of each other: every reference leads to something that is made."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.support.consistency.elsewhere import Elsewhere, Wrong
from tests.support.snapshot import OPERATORS_SECRETS, OPERATORS_SERVICES, Snapshot, Thing

HOST = re.compile(
    r"\b([a-z0-9][a-z0-9-]*)\.([a-z0-9][a-z0-9-]*)\.svc(?:\.cluster\.local)?(?::(\d+))?"
)

GENERATED_MAPS = {"kube-root-ca.crt"}
"""ConfigMaps that Kubernetes puts into every namespace."""

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
    """What is in a namespace waits for it, itself or by something that it waits for."""
    made = {name: thing.resource.urn for name, thing in cluster.namespaces.items()}
    for thing in cluster.things:
        first = made.get(thing.namespace or "")
        if first and first not in cluster.before(thing.resource.urn):
            yield f"{thing} does not wait for its namespace"


def references_resolve(cluster: Snapshot, elsewhere: Elsewhere) -> Wrong:
    made = _secrets(cluster)
    for thing in cluster.things:
        if thing.kind in ("ValidatingAdmissionPolicy", "CustomResourceDefinition"):
            continue
        for kind, name, key in set(_references(thing)):
            if kind == "Secret":
                known = (thing.namespace, name) in made or elsewhere.keeps(name)
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
    if thing.kind in ("ServiceMonitor", "PodMonitor"):
        for endpoint in thing.spec.get("endpoints", thing.spec.get("podMetricsEndpoints", [])):
            for login in endpoint.get("basicAuth", {}).values():
                yield "Secret", login["name"], login["key"]
    if thing.kind == "ServiceAccount":
        pulls = thing.manifest.get("imagePullSecrets", [])
        yield from (("Secret", item["name"], None) for item in pulls)


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


def _holds_key(cluster: Snapshot, kind: str, namespace: str | None, name: str, key: str) -> bool:
    thing = cluster.get(kind, namespace, name)
    if thing is None:
        return True  # made by an operator, or elsewhere: its keys are not known here
    held = {**thing.manifest.get("data", {}), **(thing.manifest.get("stringData") or {})}
    return key in held


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


def nothing_is_idle(cluster: Snapshot, _: Elsewhere) -> Wrong:
    """Volumes and service accounts that nobody uses would cost or confuse."""
    used = {(t.namespace, kind, name) for t in cluster.things for kind, name, _ in _references(t)}
    for thing in cluster.of("PersistentVolumeClaim", "ServiceAccount"):
        idle = (thing.namespace, thing.kind, thing.name) not in used
        if idle and not _bound(cluster, thing):
            yield f"{thing} is used by nobody"


def _bound(cluster: Snapshot, account: Thing) -> bool:
    """A service account with rights is used from outside: by a person, or by an operator."""
    return any(
        subject.get("name") == account.name
        for binding in cluster.of("RoleBinding")
        for subject in binding.manifest.get("subjects", [])
        if subject["kind"] == account.kind == "ServiceAccount"
    )


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
