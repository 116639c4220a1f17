"""Cloud Armor: what is refused before it reaches the way in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pulumi

from modelyard.blueprint.cloud import CloudIngress
from modelyard.blueprint.site import GcpSite
from modelyard.contracts.context import Context
from modelyard.objects.cloud import CloudResource
from modelyard.sites.gcp.names import scoped

ATTACKS = ("sqli-v33-stable", "xss-v33-stable", "rce-v33-stable")
"""Google's own rules, after the OWASP core rule set; source: Cloud Armor guide, WAF rules."""
_FIRST, _LIMITED, _LAST = 1000, 2000, 2_147_483_647
_SOURCES = 10
"""Most ranges of one rule; source: Cloud Armor quotas and limits."""
_SECONDS = 300


def firewall(
    parent: pulumi.Resource, name: str, context: Context, site: GcpSite, settings: CloudIngress
) -> CloudResource:
    """A policy: attacks are refused, each address has its share, and who is not named stays out."""
    inputs = {
        "name": scoped(context, "ingress"),
        "region": site.region,
        "type": "CLOUD_ARMOR",
        "description": f"Before the way in of {context.scope}",
        "rules": list(_rules(settings)),
    }
    options = pulumi.ResourceOptions(parent=parent)
    token = "gcp:compute/regionSecurityPolicy:RegionSecurityPolicy"
    return CloudResource(token, name, inputs, options, outputs={"name": str})


def _rules(settings: CloudIngress) -> Iterator[Mapping[str, Any]]:
    for number, rules in enumerate(ATTACKS):
        yield {
            "action": "deny(403)",
            "priority": _FIRST + number,
            "description": rules,
            "match": {"expr": {"expression": f"evaluatePreconfiguredWaf('{rules}')"}},
        }
    for number, sources in enumerate(_few(settings.allow or ("*",))):
        yield _limited(_LIMITED + number, sources, settings.rate_limit)
    yield {
        "action": "deny(403)",
        "priority": _LAST,
        "description": "everybody else",
        "match": _from(["*"]),
    }


def _few(sources: Sequence[str]) -> list[list[str]]:
    return [list(sources[start : start + _SOURCES]) for start in range(0, len(sources), _SOURCES)]


def _limited(priority: int, sources: Sequence[str], limit: int) -> Mapping[str, Any]:
    """Let in, as long as one address does not ask too often."""
    return {
        "action": "throttle",
        "priority": priority,
        "description": "who may ask, and how often",
        "match": _from(sources),
        "rateLimitOptions": {
            "conformAction": "allow",
            "exceedAction": "deny(429)",
            "enforceOnKey": "IP",
            "rateLimitThreshold": {"count": limit, "intervalSec": _SECONDS},
        },
    }


def _from(sources: Sequence[str]) -> Mapping[str, Any]:
    return {"versionedExpr": "SRC_IPS_V1", "config": {"srcIpRanges": list(sources)}}
