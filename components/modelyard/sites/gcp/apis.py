"""The project's services (APIs), each switched on before anything of it is made."""

from __future__ import annotations

from collections.abc import Iterable

import pulumi

from modelyard.blueprint.site import GcpSite
from modelyard.objects.cloud import CloudResource

EVERYWHERE = (
    "artifactregistry",
    "binaryauthorization",
    "cloudkms",
    "cloudresourcemanager",
    "compute",
    "container",
    "containerscanning",
    "dns",
    "iam",
    "iamcredentials",
    "logging",
    "monitoring",
    "networkconnectivity",
    "orgpolicy",
    "pubsub",
    "secretmanager",
    "serviceusage",
    "storage",
    "sts",
)
"""What every site of this kind uses, whatever stands on it."""
_DOMAIN = "googleapis.com"


def enable(
    options: pulumi.ResourceOptions, name: str, site: GcpSite, further: Iterable[str]
) -> list[CloudResource]:
    """Switch on these services and those that every site uses, by name without the domain.

    They stay on when the platform goes: others in the project may use them by then.
    """
    return [_service(options, name, site, api) for api in sorted({*EVERYWHERE, *further})]


def _service(options: pulumi.ResourceOptions, name: str, site: GcpSite, api: str) -> CloudResource:
    inputs = {
        "project": site.project,
        "service": f"{api}.{_DOMAIN}",
        "disableOnDestroy": False,
        "disableDependentServices": False,
    }
    token = "gcp:projects/service:Service"
    return CloudResource(token, f"{name}-{api}", inputs, options, outputs={})
