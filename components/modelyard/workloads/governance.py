"""What the cluster itself refuses to run in production."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.catalog.operators import operator
from modelyard.contracts.context import Purpose
from modelyard.contracts.governance import GovernanceArgs
from modelyard.objects.manifests import Manifest
from modelyard.objects.objects import Objects

_API = "admissionregistration.k8s.io/v1"


@dataclass(frozen=True)
class Check:
    """A condition in CEL that holds for what is let in, and what is said to the rest."""

    expression: str
    message: str

    def manifest(self) -> Mapping[str, str]:
        return {"expression": self.expression, "message": self.message, "reason": "Invalid"}


@dataclass(frozen=True)
class Kinds:
    """Resources of an API group."""

    group: str
    versions: Sequence[str]
    resources: Sequence[str]

    def manifest(self) -> Mapping[str, Any]:
        return {
            "apiGroups": [self.group],
            "apiVersions": list(self.versions),
            "resources": list(self.resources),
            "operations": ["CREATE", "UPDATE"],
        }


TEMPLATED = (
    Kinds("apps", ["v1"], ["deployments", "statefulsets", "daemonsets"]),
    Kinds("batch", ["v1"], ["jobs"]),
)
SCHEDULED = (Kinds("batch", ["v1"], ["cronjobs"]),)
BARE = (Kinds("", ["v1"], ["pods"]),)
KSERVE = (Kinds("serving.kserve.io", ["*"], ["inferenceservices", "llminferenceservices"]),)
SERVING = (*TEMPLATED, *SCHEDULED, *KSERVE)
"""What serves a model, as people and Pulumi make it; pods are held to account by their owners."""

POD_SPECS: Mapping[str, tuple[str, tuple[Kinds, ...]]] = {
    "pods": ("object.spec", BARE),
    "workloads": ("object.spec.template.spec", TEMPLATED),
    "schedules": ("object.spec.jobTemplate.spec.template.spec", SCHEDULED),
}
"""Where each kind keeps its pod: one policy for each, so that the API server can check types."""

_CONTROLLED = (
    "has(object.metadata.ownerReferences)"
    " && object.metadata.ownerReferences.exists(o, has(o.controller) && o.controller)"
)
_IMAGES = (
    "variables.pod.containers.map(c, has(c.image) ? c.image : '')"
    " + (has(variables.pod.initContainers)"
    " ? variables.pod.initContainers.map(c, has(c.image) ? c.image : '') : [])"
)
_DIGEST = "image.matches('@sha256:[a-f0-9]{64}$')"
# The tag comes after the last slash: a colon before it belongs to the registry's port.
_TAGGED = (
    "!image.contains('@') && !image.endsWith(':latest')"
    " && image.matches(':[A-Za-z0-9_][A-Za-z0-9_.-]*$')"
)


class AdmissionPolicies(pulumi.ComponentResource):
    """ValidatingAdmissionPolicies over the platform's production namespace: every serving object
    carries the labels of its model's four tags, and every image is pinned. What a pod may do on
    its node is the business of the restricted Pod Security standard there.
    """

    def __init__(
        self, name: str, args: GovernanceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:governance:AdmissionPolicies", name, None, opts)
        labels = args.context.labels("governance")
        objects = Objects(self, name, args.cluster, None, labels)
        namespace = args.identity.namespaces[Purpose.PRODUCTION].name
        policies = [tag_policy(args), *image_policies(args)]
        for policy in policies:
            part = policy["metadata"]["name"].removeprefix(f"{args.context.scope}-")
            made = objects.add(policy, part=part)
            objects.add(_binding(policy, namespace), part=part, after=[made])
        self.register_outputs({"policies": [policy["metadata"]["name"] for policy in policies]})


def tag_policy(args: GovernanceArgs) -> Manifest:
    """Refuses what serves a model without the labels of its tags, and names the first missing."""
    checks = [_labelled(label) for label in args.context.tags.labels()]
    conditions = [{"name": "not-made-by-its-owner", "expression": _not_by_owner(args)}]
    return _policy(args, "model-tags", SERVING, checks, matchConditions=conditions)


def image_policies(args: GovernanceArgs) -> list[Manifest]:
    """Refuse images that may change under their name, or that do not come from the mirror."""
    pinned = f"{_DIGEST} || ({_TAGGED})"
    checks = [_each_image(pinned, "needs a tag other than latest, or a digest")]
    mirror = args.site.mirror
    if mirror is not None:
        checks.append(_from_mirror(mirror.url.rstrip("/") + "/", args))
    return [
        _policy(args, f"images-of-{name}", kinds, checks, variables=_variables(spec))
        for name, (spec, kinds) in POD_SPECS.items()
    ]


def _from_mirror(mirror: str, args: GovernanceArgs) -> Check:
    """From the mirror; or known by name, because somebody has reviewed where it is named.

    Where nothing comes from outside, those are on the same host.
    """
    if copies := args.cluster.facts.copies:
        host = f"{copies.host}/"
        return _each_image(f"image.startsWith('{host}')", f"has to come from {host}")
    listed = ", ".join(f"'{image}'" for image in _known_images(args))
    condition = f"image.startsWith('{mirror}') || image in [{listed}]"
    return _each_image(condition, f"has to come from {mirror} or be named in the blueprint")


def _known_images(args: GovernanceArgs) -> list[str]:
    """What the blueprint names itself, and what operators put into pods: KServe's servers, Argo's
    executor.
    """
    own = {model.serve.image for model, _ in args.models if model.serve.image}
    site = args.site_plan
    charts = (c for o in (*site.operators, *site.attached_operators) for c in operator(o).charts)
    return sorted(own | {image for item in charts for image in item.chart.images})


def _variables(pod: str) -> list[Mapping[str, str]]:
    return [
        {"name": "pod", "expression": pod},
        {"name": "images", "expression": _IMAGES},
    ]


def _each_image(condition: str, message: str) -> Check:
    return Check(f"variables.images.all(image, {condition})", f"every image {message}")


def _labelled(label: str) -> Check:
    expression = (
        "has(object.metadata.labels)"
        f" && '{label}' in object.metadata.labels && object.metadata.labels['{label}'] != ''"
    )
    return Check(expression, f"the label {label} is missing: every model in production carries it")


def _not_by_owner(args: GovernanceArgs) -> str:
    """Whether an object was made by hand rather than by the controller of one that was checked.

    An owner can be made up: the exemption holds only for controllers, which have service accounts
    outside the platform's namespaces or are the controller manager itself.
    """
    ours = ", ".join(
        f"'system:serviceaccounts:{namespace.name}'"
        for namespace in args.identity.namespaces.values()
    )
    controller = (
        "request.userInfo.username == 'system:kube-controller-manager'"
        " || ('system:serviceaccounts' in request.userInfo.groups"
        f" && !request.userInfo.groups.exists(g, g in [{ours}]))"
    )
    return f"!({_CONTROLLED} && ({controller}))"


def _policy(
    args: GovernanceArgs, name: str, kinds: Iterable[Kinds], checks: Iterable[Check], **more: Any
) -> Manifest:
    return {
        "apiVersion": _API,
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": f"{args.context.scope}-{name}"},
        "spec": {
            "failurePolicy": "Fail",
            "matchConstraints": {"resourceRules": [kind.manifest() for kind in kinds]},
            "validations": [check.manifest() for check in checks],
            **more,
        },
    }


def _binding(policy: Manifest, namespace: str) -> Manifest:
    """Puts a policy into force in one namespace."""
    name = policy["metadata"]["name"]
    selector = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
    return {
        "apiVersion": _API,
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": name},
        "spec": {
            "policyName": name,
            "validationActions": ["Deny", "Audit"],
            "matchResources": {"namespaceSelector": selector},
        },
    }
