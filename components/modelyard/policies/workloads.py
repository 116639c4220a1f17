"""How pods run."""

from __future__ import annotations

from modelyard.policies.pods import SERVERS, WITH_PODS, containers, named, pod, secured
from modelyard.policies.rule import Findings, Seen, at, items, objects, rule

_NAMESPACE = "kubernetes:core/v1:Namespace"
_CRON_JOB = "kubernetes:batch/v1:CronJob"
_CRON_WORKFLOW = "kubernetes:argoproj.io/v1alpha1:CronWorkflow"
_ADDABLE = {"NET_BIND_SERVICE"}


@rule("workload-non-root", *WITH_PODS)
def non_root(it: Seen) -> Findings:
    for container in containers(it):
        if secured(it, container, "runAsNonRoot") is not True:
            yield f"{named(container)} may run as root"
        elif secured(it, container, "runAsUser") == 0:
            yield f"{named(container)} runs as root"


@rule("workload-privileged", *WITH_PODS)
def privileged(it: Seen) -> Findings:
    for container in containers(it):
        if at(container, "securityContext", "privileged") is True:
            yield f"{named(container)} is privileged"


@rule("workload-escalation", *WITH_PODS)
def escalation(it: Seen) -> Findings:
    for container in containers(it):
        if at(container, "securityContext", "allowPrivilegeEscalation") is not False:
            yield f"{named(container)} may gain rights while it runs"


@rule("workload-capabilities", *WITH_PODS)
def capabilities(it: Seen) -> Findings:
    for container in containers(it):
        held = at(container, "securityContext", "capabilities")
        if "ALL" not in items(held, "drop"):
            yield f"{named(container)} keeps capabilities of the kernel"
        if added := set(map(str, items(held, "add"))) - _ADDABLE:
            yield f"{named(container)} is given {', '.join(sorted(added))}"


@rule("workload-seccomp", *WITH_PODS)
def seccomp(it: Seen) -> Findings:
    for container in containers(it):
        profile = secured(it, container, "seccompProfile")
        if at(profile, "type") not in ("RuntimeDefault", "Localhost"):
            yield f"{named(container)} may make every system call"


@rule("workload-read-only", *WITH_PODS)
def read_only(it: Seen) -> Findings:
    for container in containers(it):
        if at(container, "securityContext", "readOnlyRootFilesystem") is not True:
            yield f"{named(container)} can write to its image's file system"


@rule("workload-host-namespaces", *WITH_PODS)
def host_namespaces(it: Seen) -> Findings:
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if pod(it).get(key) is True:
            yield f"{key} is on"


@rule("workload-host-path", *WITH_PODS)
def host_path(it: Seen) -> Findings:
    volumes = [*objects(pod(it), "volumes")]
    volumes += [v for step in objects(pod(it), "templates") for v in objects(step, "volumes")]
    for volume in volumes:
        if volume.get("hostPath"):
            yield f"volume {volume.get('name')} is the node's own {at(volume, 'hostPath', 'path')}"


@rule("workload-memory-limit", *WITH_PODS)
def memory_limit(it: Seen) -> Findings:
    for container in containers(it):
        if not at(container, "resources", "limits", "memory"):
            yield f"{named(container)} may take all memory of its node"


@rule("workload-requests", *WITH_PODS)
def requests(it: Seen) -> Findings:
    for container in containers(it):
        asked = at(container, "resources", "requests")
        if missing := [key for key in ("cpu", "memory") if not at(asked, key)]:
            yield f"{named(container)} asks for no {' and no '.join(missing)}"


@rule("workload-readiness", *SERVERS)
def readiness(it: Seen) -> Findings:
    for container in objects(pod(it), "containers"):
        if not container.get("readinessProbe") and not container.get("startupProbe"):
            yield f"{named(container)} gets requests before it can answer them"


@rule("workload-namespace", *WITH_PODS)
def namespace(it: Seen) -> Findings:
    where = at(it.inputs, "metadata", "namespace")
    if not where or where in ("default", "kube-system", "kube-public"):
        yield f"it runs in {where or 'whatever namespace the client is in'}"


@rule("workload-pod-security", _NAMESPACE)
def pod_security(it: Seen) -> Findings:
    """Of the namespaces that hold the platform's own pods; operators need what they need."""
    labels = at(it.inputs, "metadata", "labels")
    enforced = at(labels, "pod-security.kubernetes.io/enforce")
    if not enforced:
        yield "no standard of Pod Security is enforced"
    elif at(labels, "modelyard.dev/purpose") and enforced != "restricted":
        yield f"the standard '{enforced}' is enforced, not 'restricted'"


@rule("workload-overlap", _CRON_JOB, _CRON_WORKFLOW)
def overlap(it: Seen) -> Findings:
    if at(it.inputs, "spec", "concurrencyPolicy") not in ("Forbid", "Replace"):
        yield "a run begins while the one before it is still at work"
