"""A web application firewall: known attacks, addresses of ill repute, and too many requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.contracts.context import Context
from modelyard.contracts.kms import Kms
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.logs import log_group

GROUPS = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
)
"""Rules that AWS keeps up to date; source: WAF developer guide, list of managed rule groups."""
_COUNTED = ("SizeRestrictions_BODY",)
"""Rules that are counted and not enforced: a request to a model may well be larger than 8 KiB."""
_SECRET = ("authorization", "cookie")
"""Headers that no log keeps."""


@dataclass(frozen=True, kw_only=True)
class Guard:
    """What the firewall is told."""

    rate_limit: int
    """Requests from one address in five minutes."""
    allow: Sequence[str] = ()
    """Address ranges that are let in; everybody when empty."""
    kms: Kms
    """Has the key of its log."""


def firewall(parent: pulumi.Resource, name: str, context: Context, guard: Guard) -> CloudResource:
    """An ACL with a log; whoever matches no rule is let through, or let in by the list alone."""
    options = pulumi.ResourceOptions(parent=parent)
    rules = [_rate(guard.rate_limit), *(_managed(group, i + 1) for i, group in enumerate(GROUPS))]
    default: Mapping[str, Any] = {"allow": {}}
    if guard.allow:
        listed = _addresses(name, context, guard.allow, options)
        rules.append(_listed(listed, len(rules)))
        default = {"block": {}}
    inputs = {
        "name": context.scope,
        "scope": "REGIONAL",
        "defaultAction": default,
        "rules": rules,
        "visibilityConfig": _seen(context.scope),
    }
    acl = CloudResource("aws:wafv2/webAcl:WebAcl", name, inputs, options)
    _log(parent, name, context, guard, acl)
    return acl


def _seen(name: str) -> Mapping[str, Any]:
    return {
        "cloudwatchMetricsEnabled": True,
        "metricName": name,
        "sampledRequestsEnabled": True,
    }


def _rate(limit: int) -> Mapping[str, Any]:
    by = {"limit": limit, "aggregateKeyType": "IP", "evaluationWindowSec": 300}
    return {
        "name": "rate",
        "priority": 0,
        "action": {"block": {}},
        "statement": {"rateBasedStatement": by},
        "visibilityConfig": _seen("rate"),
    }


def _managed(group: str, priority: int) -> Mapping[str, Any]:
    counted = [{"name": rule, "actionToUse": {"count": {}}} for rule in _COUNTED]
    overrides = counted if group.endswith("CommonRuleSet") else []
    statement = {
        "vendorName": "AWS",
        "name": group,
        **({"ruleActionOverrides": overrides} if overrides else {}),
    }
    return {
        "name": group,
        "priority": priority,
        "overrideAction": {"none": {}},
        "statement": {"managedRuleGroupStatement": statement},
        "visibilityConfig": _seen(group),
    }


def _listed(addresses: CloudResource, priority: int) -> Mapping[str, Any]:
    return {
        "name": "listed",
        "priority": priority,
        "action": {"allow": {}},
        "statement": {"ipSetReferenceStatement": {"arn": addresses["arn"]}},
        "visibilityConfig": _seen("listed"),
    }


def _addresses(
    name: str, context: Context, ranges: Sequence[str], options: pulumi.ResourceOptions
) -> CloudResource:
    inputs = {
        "name": context.scope,
        "scope": "REGIONAL",
        "ipAddressVersion": "IPV4",
        "addresses": list(ranges),
    }
    return CloudResource("aws:wafv2/ipSet:IpSet", name, inputs, options)


def _log(
    parent: pulumi.Resource, name: str, context: Context, guard: Guard, acl: CloudResource
) -> None:
    """What was refused, without the credentials that came with it; WAF dictates the prefix."""
    group = log_group(parent, f"{name}-firewall", guard.kms, f"aws-waf-logs-{context.scope}")
    inputs = {
        "resourceArn": acl["arn"],
        "logDestinationConfigs": [group["arn"]],
        "redactedFields": [{"singleHeader": {"name": each}} for each in _SECRET],
    }
    token = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
    CloudResource(token, name, inputs, pulumi.ResourceOptions(parent=parent), outputs={})
