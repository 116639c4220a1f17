"""The service perimeter around the project (VPC Service Controls): data leave by no other way.

It belongs to the organisation's access policy. Whoever deploys has to be in one of the access
levels that it names, or stands outside of it himself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from modelyard.blueprint.google import Perimeter
from modelyard.contracts.context import Context
from modelyard.objects.cloud import CloudResource
from modelyard.sites.gcp.names import scoped, underscored

RESTRICTED = (
    "aiplatform",
    "alloydb",
    "artifactregistry",
    "bigquery",
    "cloudkms",
    "composer",
    "container",
    "dataplex",
    "dlp",
    "logging",
    "managedkafka",
    "modelarmor",
    "monitoring",
    "pubsub",
    "redis",
    "run",
    "secretmanager",
    "sqladmin",
    "storage",
    "workflows",
)
"""Services through which data could leave; source: VPC Service Controls, supported products."""
_NAME = 50


def perimeter(
    options: pulumi.ResourceOptions,
    name: str,
    context: Context,
    settings: Perimeter,
    number: pulumi.Output[str],
) -> CloudResource:
    """The perimeter, enforced or only recorded; inside it only these services are reached."""
    parent = f"accessPolicies/{settings.policy}"
    called = underscored(scoped(context, most=_NAME))
    kept = _kept(parent, settings, number)
    inputs = {
        "parent": parent,
        "name": f"{parent}/servicePerimeters/{called}",
        "title": called,
        "description": f"Around {context.scope}",
        "perimeterType": "PERIMETER_TYPE_REGULAR",
        "useExplicitDryRunSpec": True if settings.dry_run else None,
        ("spec" if settings.dry_run else "status"): kept,
    }
    token = "gcp:accesscontextmanager/servicePerimeter:ServicePerimeter"
    return CloudResource(token, f"{name}-perimeter", inputs, options, outputs={})


def _kept(parent: str, settings: Perimeter, number: pulumi.Output[str]) -> Mapping[str, Any]:
    return {
        "resources": [pulumi.Output.concat("projects/", number)],
        "restrictedServices": [f"{service}.googleapis.com" for service in RESTRICTED],
        "accessLevels": [f"{parent}/accessLevels/{level}" for level in settings.access_levels],
        "vpcAccessibleServices": {
            "enableRestriction": True,
            "allowedServices": ["RESTRICTED-SERVICES"],
        },
    }
