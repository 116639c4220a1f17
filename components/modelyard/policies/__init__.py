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
from importlib import import_module
from types import MappingProxyType

from modelyard.policies.rule import Rule, Seen, Stack

__all__ = ["Rule", "Seen", "Stack", "rules"]

_MODULES = (
    "storage",
    "encryption",
    "network",
    "access",
    "workloads",
    "supply_chain",
    "cost",
    "availability",
    "logs",
    "databases",
    "secrets",
)
"""Imported when somebody judges: `check` reads what is said of rules, and needs none of them."""


@cache
def rules() -> Mapping[str, Rule]:
    """Every rule by its id, in the order of the files."""
    from modelyard.policies.encryption import KEYED

    found = [*KEYED]
    for name in _MODULES:
        module = import_module(f"{__name__}.{name}")
        found += [value for value in vars(module).values() if isinstance(value, Rule)]
    return MappingProxyType({rule.id: rule for rule in found})
