"""Who pays, how much at most, and what cleans up."""

from __future__ import annotations

from modelyard.policies.documents import parsed
from modelyard.policies.pods import WITH_PODS
from modelyard.policies.rule import Findings, Seen, Stack, at, items, objects, rule, stack_rule

_AWS = "pulumi:providers:aws"
_GCP = "pulumi:providers:gcp"
_POOL = "kubernetes:karpenter.sh/v1:NodePool"
_NODE_POOL = "gcp:container/nodePool:NodePool"
_NAMESPACE = "kubernetes:core/v1:Namespace"
_ECR = "aws:ecr/repository:Repository"
_REPOSITORY = "gcp:artifactregistry/repository:Repository"

REQUIRED = ("modelyard.dev/owner", "modelyard.dev/domain", "modelyard.dev/compliance-class")
"""Tags that everything carries."""


def _label(tag: str) -> str:
    """As a label of Google Cloud: `modelyard-dev_owner`."""
    return tag.replace(".", "-").replace("/", "_")


@rule("cost-provider-tags", _AWS, _GCP)
def provider_tags(it: Seen) -> Findings:
    """What the provider is told holds for everything that it makes."""
    if it.type == _AWS:
        tags = at(parsed(it.inputs.get("defaultTags")), "tags")
        missing = [tag for tag in REQUIRED if not at(tags, tag)]
    else:
        labels = parsed(it.inputs.get("defaultLabels"))
        missing = [_label(tag) for tag in REQUIRED if not at(labels, _label(tag))]
    if missing:
        yield f"what it makes carries no {', '.join(missing)}"


@rule("cost-workload-labels", *WITH_PODS)
def workload_labels(it: Seen) -> Findings:
    labels = at(it.inputs, "metadata", "labels")
    if missing := [tag for tag in REQUIRED if not at(labels, tag)]:
        yield f"it carries no {', '.join(missing)}"


@rule("cost-node-tags", "aws:ec2/launchTemplate:LaunchTemplate", _NODE_POOL)
def node_tags(it: Seen) -> Findings:
    """Machines that a service starts do not take the provider's tags."""
    if it.type == _NODE_POOL:
        labels = at(it.inputs, "nodeConfig", "resourceLabels")
        if not at(labels, _label(REQUIRED[0])):
            yield "its machines carry no owner"
        return
    tagged = {
        str(each.get("resourceType"))
        for each in objects(it.inputs, "tagSpecifications")
        if at(each, "tags", REQUIRED[0])
    }
    if missing := {"instance", "volume"} - tagged:
        yield f"{' and '.join(sorted(missing))} of its machines carry no owner"


@stack_rule("cost-budget", _AWS, _GCP)
def budget(it: Seen, stack: Stack) -> Findings:
    kind = "aws:budgets/budget:Budget" if it.type == _AWS else "gcp:billing/budget:Budget"
    if not stack.of_type(kind):
        yield "nobody hears of what it costs before the bill comes"


@rule("cost-budget-alerts", "aws:budgets/budget:Budget", "gcp:billing/budget:Budget")
def budget_alerts(it: Seen) -> Findings:
    if not items(it.inputs, "notifications") and not items(it.inputs, "thresholdRules"):
        yield "it tells nobody"


@rule("cost-pool-limit", _POOL, _NODE_POOL)
def pool_limit(it: Seen) -> Findings:
    if it.type == _POOL:
        if not at(it.inputs, "spec", "limits"):
            yield "it grows without limit"
        return
    scaling = it.inputs.get("autoscaling")
    if scaling and not at(scaling, "totalMaxNodeCount") and not at(scaling, "maxNodeCount"):
        yield "it grows without limit"


@stack_rule("cost-namespace-quota", _NAMESPACE)
def namespace_quota(it: Seen, stack: Stack) -> Findings:
    """Where the blueprint has a budget; without one there is nothing to hold a namespace to."""
    quotas = stack.of_type("kubernetes:core/v1:ResourceQuota")
    if not quotas or not at(it.inputs, "metadata", "labels", "modelyard.dev/purpose"):
        return
    name = at(it.inputs, "metadata", "name")
    if not any(at(quota.inputs, "metadata", "namespace") == name for quota in quotas):
        yield "its pods may ask for anything"


@stack_rule("cost-image-cleanup", _ECR, _REPOSITORY)
def image_cleanup(it: Seen, stack: Stack) -> Findings:
    if it.type == _REPOSITORY:
        if not objects(it.inputs, "cleanupPolicies"):
            yield "images that nobody uses stay"
        return
    policies = stack.referring(it, "aws:ecr/lifecyclePolicy:LifecyclePolicy", "repository")
    if not policies:
        yield "images that nobody uses stay"
