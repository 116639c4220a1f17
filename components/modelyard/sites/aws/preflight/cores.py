"""The vCPUs of a machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelyard.catalog.machines import machines

if TYPE_CHECKING:
    from modelyard.sites.aws.preflight.asking import Asking


def known(machine: str) -> int | None:
    """Those of a machine with accelerators, from the catalog."""
    return next((each.vcpu for each in machines("aws") if each.machine == machine), None)


def vcpus(asking: Asking, machine: str) -> int:
    """Those of any machine: EC2 knows the ones that the catalog does not."""
    if (told := known(machine)) is not None:
        return told
    found = asking.call("ec2", "describe_instance_types", InstanceTypes=[machine])
    return int(found["InstanceTypes"][0]["VCpuInfo"]["DefaultVCpus"])
