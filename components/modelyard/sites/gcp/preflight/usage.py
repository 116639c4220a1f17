"""How much of a quota others than this platform use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from modelyard.catalog.gcp_quotas import quota_of, quota_of_accelerator
from modelyard.sites.gcp.look import parameters
from modelyard.sites.gcp.looks import LOOKS
from modelyard.sites.gcp.preflight.demand import counts
from modelyard.sites.gcp.preflight.offerings import vcpus
from modelyard.sites.gcp.preflight.ownership import OF_CLUSTER
from modelyard.sites.gcp.preflight.planned import cluster_name, of_type

if TYPE_CHECKING:
    from modelyard.catalog.gcp_quotas import GcpQuota
    from modelyard.sites.gcp.preflight.asking import Asking
    from modelyard.sites.gcp.preflight.planned import GcpPreflightArgs

_ALIVE = ("PROVISIONING", "STAGING", "RUNNING", "REPAIRING")
"""States of machines that count."""
_PREEMPTIBLE = ("SPOT", "FLEX_START")
"""Models of provisioning that take the quotas of what may be interrupted."""


def others(asking: Asking, args: GcpPreflightArgs, quota: GcpQuota, used: int | None) -> int:
    """What others use. `used`: what the service says is in use, the platform's own included; None
    where it does not say, and what runs has to be counted.
    """
    if quota.unit == "GB":
        return used or 0
    if quota.types:
        return max(0, (used or 0) - sum(_stands(asking, args, quota)))
    counted = partial(_counted, asking, args, quota)
    return counted(own=False) if used is None else max(0, used - counted(own=True))


def _counted(asking: Asking, args: GcpPreflightArgs, quota: GcpQuota, *, own: bool) -> int:
    """How much of it machines take that run."""
    running = _running(asking, args, quota, own=own)
    return sum(_pieces(asking, each, quota) for each in running)


def _stands(asking: Asking, args: GcpPreflightArgs, quota: GcpQuota) -> Iterator[bool]:
    """For each planned thing, whether it is there already."""
    for item in filter(counts, of_type(args, *quota.types)):
        look = LOOKS[item.type]
        given = parameters(look, item, args.site)
        yield given is not None and asking.find(look.method, **given) is not None


def _running(
    asking: Asking, args: GcpPreflightArgs, quota: GcpQuota, *, own: bool
) -> Iterator[Mapping[str, Any]]:
    """Machines that run, those of the platform's cluster (`own`) or all others."""
    cluster = cluster_name(args)
    listed = asking.scoped("compute.instances.aggregatedList", "instances", project=asking.project)
    for zone, instances in listed.items():
        if quota.scope == "global" or zone.startswith(f"{asking.region}-"):
            for each in instances:
                ours = bool(cluster) and each.get("labels", {}).get(OF_CLUSTER) == cluster
                if each.get("status") in _ALIVE and ours == own:
                    yield each


def _pieces(asking: Asking, instance: Mapping[str, Any], quota: GcpQuota) -> int:
    """How much of the quota one machine takes."""
    if quota.unit == "vCPUs":
        machine = str(instance["machineType"]).rpartition("/")[2]
        counted = quota.scope == "global" or quota_of(machine, _capacity(instance)) == quota
        return vcpus(asking, machine) if counted else 0
    return sum(
        int(each.get("acceleratorCount", 0))
        for each in instance.get("guestAccelerators", ())
        if quota.scope == "global" or _of_accelerator(each, instance) == quota
    )


def _of_accelerator(accelerator: Mapping[str, Any], instance: Mapping[str, Any]) -> GcpQuota | None:
    kind = str(accelerator.get("acceleratorType", "")).rpartition("/")[2]
    return quota_of_accelerator(kind, _capacity(instance))


def _capacity(instance: Mapping[str, Any]) -> str:
    model = instance.get("scheduling", {}).get("provisioningModel")
    return "spot" if model in _PREEMPTIBLE else "on-demand"
