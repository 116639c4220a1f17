"""Where programs come from, and how it is known that they are what they were."""

from __future__ import annotations

import re

from modelyard.policies.pods import WITH_PODS, containers, named
from modelyard.policies.rule import Findings, Seen, at, items, objects, rule, unknown

_ECR = "aws:ecr/repository:Repository"
_ECR_TEMPLATE = "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate"
_REPOSITORY = "gcp:artifactregistry/repository:Repository"
_RELEASE = "kubernetes:helm.sh/v3:Release"
_HOSTED = "aws:sagemaker/model:Model"
_PINNED = re.compile(r"@sha256:[0-9a-f]{64}$")
_HOST = re.compile(r"^[^/]+[.:][^/]*/|^localhost/")


def _images(it: Seen) -> list[tuple[str, str]]:
    """Images with who runs them; what a team or a step fills in later is not known."""
    if it.type == _HOSTED:
        found = [at(it.inputs, "primaryContainer"), *objects(it.inputs, "containers")]
        images = [("the model", str(at(each, "image"))) for each in found if at(each, "image")]
    else:
        images = [(named(c), str(c["image"])) for c in containers(it) if c.get("image")]
    return [(who, image) for who, image in images if not unknown(image) and "{{" not in image]


def _tag(image: str) -> str:
    return image.rpartition("/")[2].partition("@")[0].partition(":")[2]


@rule("supply-image-tag", *WITH_PODS, _HOSTED)
def image_tag(it: Seen) -> Findings:
    for who, image in _images(it):
        if "@sha256:" not in image and _tag(image) in ("", "latest"):
            yield f"{who}: {image} is whatever it is today"


@rule("supply-image-digest", *WITH_PODS)
def image_digest(it: Seen) -> Findings:
    for who, image in _images(it):
        if not _PINNED.search(image):
            yield f"{who}: {image} is not named by its digest"


@rule("supply-image-registry", *WITH_PODS)
def image_registry(it: Seen) -> Findings:
    for who, image in _images(it):
        if not _HOST.match(image):
            yield f"{who}: {image} names no registry; the node decides which is asked"


@rule("supply-immutable-tags", _ECR, _ECR_TEMPLATE, _REPOSITORY)
def immutable_tags(it: Seen) -> Findings:
    if it.type == _REPOSITORY:
        own = it.inputs.get("mode", "STANDARD_REPOSITORY") == "STANDARD_REPOSITORY"
        if own and at(it.inputs, "dockerConfig", "immutableTags") is not True:
            yield "a tag can be moved to another image"
    elif not str(it.inputs.get("imageTagMutability", "")).startswith("IMMUTABLE"):
        yield "a tag can be moved to another image"


@rule("supply-image-scan", _ECR, _REPOSITORY)
def image_scan(it: Seen) -> Findings:
    if it.type == _ECR:
        if at(it.inputs, "imageScanningConfiguration", "scanOnPush") is not True:
            yield "images are not scanned when they come in"
    elif at(it.inputs, "vulnerabilityScanningConfig", "enablementConfig") != "INHERITED":
        yield "images are not scanned"


@rule(
    "supply-registry-scan",
    "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration",
)
def registry_scan(it: Seen) -> Findings:
    if not objects(it.inputs, "rules"):
        yield "no rule says what is scanned, and when"


@rule("supply-admission", "gcp:binaryauthorization/policy:Policy")
def admission(it: Seen) -> Findings:
    default = it.inputs.get("defaultAdmissionRule")
    if at(default, "evaluationMode") not in ("ALWAYS_DENY", "REQUIRE_ATTESTATION"):
        yield "images from anywhere are let in"
    if at(default, "enforcementMode") != "ENFORCED_BLOCK_AND_AUDIT_LOG":
        yield "it only writes down what it would refuse"


@rule("supply-cluster-admission", "gcp:container/cluster:Cluster")
def cluster_admission(it: Seen) -> Findings:
    mode = at(it.inputs, "binaryAuthorization", "evaluationMode")
    if mode in (None, "DISABLED"):
        yield "the cluster does not ask Binary Authorization"


@rule(
    "supply-admission-fails-closed",
    "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy",
)
def fails_closed(it: Seen) -> Findings:
    if at(it.inputs, "spec", "failurePolicy") != "Fail":
        yield "what cannot be judged is let in"


@rule(
    "supply-admission-denies",
    "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding",
)
def denies(it: Seen) -> Findings:
    if "Deny" not in items(it.inputs, "spec", "validationActions"):
        yield "it only warns of what the policy refuses"


@rule("supply-chart-version", _RELEASE)
def chart_version(it: Seen) -> Findings:
    version = str(it.inputs.get("version") or "")
    if not re.match(r"v?\d+\.\d+\.\d+", version) and not unknown(version):
        yield f"version {version or 'unset'!r} is whatever the repository has newest"


@rule("supply-node-image", "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass")
def node_image(it: Seen) -> Findings:
    for term in objects(it.inputs, "spec", "amiSelectorTerms"):
        if str(term.get("alias", "")).endswith("@latest"):
            yield f"{term['alias']}: nodes change whenever an image is published"


@rule("supply-release-channel", "gcp:container/cluster:Cluster")
def release_channel(it: Seen) -> Findings:
    if at(it.inputs, "releaseChannel", "channel") in (None, "UNSPECIFIED"):
        yield "security fixes of Kubernetes do not come by themselves"
