"""Operators that are there, that are said to be there, and kinds that nothing brings."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.operators import Operator, operator, operators
from modelyard.contracts.preflight import Answer, Verdict
from modelyard.sites.kubernetes.preflight.look import (
    RELEASED_AS,
    Look,
    Planned,
    annotations_of,
    listed,
)

SHARED_GROUPS = {"gateway.networking.k8s.io"}
"""API groups that several operators serve: their kinds say of none that it is there."""
_METRICS = ("metrics.k8s.io/v1beta1", "PodMetrics")


def installed(planned: Planned, look: Look) -> Iterator[Answer]:
    """Nothing is installed that runs already."""
    for each in planned.operators:
        yield _to_install(each, look)


def _to_install(each: Operator, look: Look) -> Answer:
    if each.namespace in look.own_namespaces:
        return Answer("operator", each.id, Verdict.OK, "is there, from a platform")
    attach = f"set `operators: {{{each.id}: attach}}`"
    if running := _running(each, look):
        found = f"runs already: {running}"
        return Answer("operator", each.id, Verdict.FAILED, found, "one that is made", attach)
    own = set(each.groups) - SHARED_GROUPS
    left = [item for item in look.definitions if item["spec"]["group"] in own]
    if left:
        by = listed({annotations_of(item).get(RELEASED_AS, "somebody") for item in left})
        found = f"{len(left)} of its kinds are there already, from {by}"
        next = f"{attach} if it runs under another name; else its kinds are left from before"
        return Answer("operator", each.id, Verdict.WARNING, found, next=next)
    return Answer("operator", each.id, Verdict.OK, "is installed by the platform")


def _running(each: Operator, look: Look) -> str | None:
    """A workload with the operator's own name."""
    called = {each.id, *(item.chart.chart for item in each.charts)}
    for workload in look.workloads:
        name = workload["metadata"]["name"]
        if any(name == own or name.startswith(f"{own}-") for own in called):
            return f"{workload['kind']} {workload['metadata']['namespace']}/{name}"
    return None


def attached(planned: Planned, look: Look) -> Iterator[Answer]:
    """What is said to be there is there."""
    for id, how in planned.site.operators.items():
        each = operator(str(id))
        groups = set(each.groups)
        if how != "attach" or not groups:
            continue
        if groups & look.groups():
            yield Answer("operator", each.id, Verdict.OK, "is there, as the blueprint says")
        else:
            next = f"remove `{each.id}: attach`: it is installed then; or install it yourself"
            found = "none of its kinds is known"
            yield Answer("operator", each.id, Verdict.FAILED, found, listed(groups), next)


def served(planned: Planned, look: Look) -> Iterator[Answer]:
    """Every kind of object that the plan makes is known, or is brought by what is installed."""
    wanted = {(each["apiVersion"], each["kind"]) for each in planned.objects}
    asked = [pair for pair in sorted(wanted) if not planned.brings(pair[0])]
    unknown = [pair for pair in asked if not look.api.serves(*pair)]
    for version, kind in unknown:
        found = "the cluster does not know it"
        yield Answer("kind", f"{version} {kind}", Verdict.FAILED, found, next=_way(version))
    if asked and not unknown:
        yield Answer("kind", f"{len(asked)} kinds of object", Verdict.OK, "all are known")


def _way(api_version: str) -> str:
    group = api_version.rpartition("/")[0]
    bring = [each.id for each in operators().values() if group in each.groups]
    if bring:
        return f"set `operators: {{{bring[0]}: create}}`, or install it"
    return "upgrade the cluster" if group.endswith(".k8s.io") else "install what brings it"


def pod_metrics(planned: Planned, look: Look) -> Iterator[Answer]:
    """Autoscaling on load reads what pods use; bare clusters often lack what tells."""
    if not planned.of("HorizontalPodAutoscaler") or "metrics-server" in planned.releases:
        return
    if look.api.serves(*_METRICS):
        yield Answer("metrics", "load of pods", Verdict.OK, "is told")
        return
    next = "set `operators: {metrics-server: create}`, or keep `min` and `max` of replicas the same"
    found = "nothing tells it: there is no metrics server"
    yield Answer("metrics", "load of pods", Verdict.FAILED, found, "metrics.k8s.io", next)


def stores_and_issuers(planned: Planned, look: Look) -> Iterator[Answer]:
    """What is attached by name is there; of what is in a namespace, that one may not be yet."""
    keys, secrets = planned.site.keys.attach, planned.site.secrets.attach
    asked: list[tuple[str, str, str, str]] = []
    if keys and keys.kind == "ClusterIssuer":
        asked.append(("keys", "cert-manager.io/v1", keys.kind, keys.issuer))
    if secrets and secrets.kind == "ClusterSecretStore":
        asked.append(("secrets", "external-secrets.io/v1", secrets.kind, secrets.store))
    for topic, version, kind, name in asked:
        if look.api.get(version, kind, None, name) is not None:
            yield Answer(topic, f"{kind} {name}", Verdict.OK, "is there")
        else:
            next = "make it, or name one that is"
            yield Answer(topic, f"{kind} {name}", Verdict.FAILED, "is not there", next=next)
