"""Rules over resources: what must hold of everything that a platform is made of.

    for rule in rules().values():
        for resource in stack.of_type(*rule.types):
            print(rule(resource, stack))

The same functions serve `modelyard plan`, `modelyard scan` and the policy pack for Pulumi's
engine. What a rule is called, why it is there, how to mend what breaks it and how strictly it is
held is data: `catalog/policies.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from modelyard.policies import (
    access,
    availability,
    cost,
    databases,
    encryption,
    logs,
    network,
    secrets,
    storage,
    supply_chain,
    workloads,
)
from modelyard.policies.rule import Rule, Seen, Stack

__all__ = ["Rule", "Seen", "Stack", "rules"]

_MODULES = (
    storage,
    encryption,
    network,
    access,
    workloads,
    supply_chain,
    cost,
    availability,
    logs,
    databases,
    secrets,
)


@cache
def rules() -> Mapping[str, Rule]:
    """Every rule by its id, in the order of the files."""
    found = [*encryption.KEYED]
    for module in _MODULES:
        found += [value for value in vars(module).values() if isinstance(value, Rule)]
    return MappingProxyType({rule.id: rule for rule in found})
