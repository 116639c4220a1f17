"""What each role of a graph may do, flat: one action on one resource."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from tests.support.iam import ROLE, Of, Statement, policies

from modelyard.recorder import Graph

ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"

TOLD = {"s3:prefix": "under", "kms:ViaService": "through"}
"""Conditions that say what is granted, rather than on whose behalf."""

Granted = frozenset[tuple[str, str]]
"""Pairs of action and resource, the resource with its conditions: `arn:… under runs/*`. A policy
of AWS's own is `(its name, "")`.
"""


def granted(graph: Graph) -> Mapping[str, Granted]:
    """The grants of every role, by its logical name."""
    names = {role.urn: role.name for role in graph.of_type(ROLE)}
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for policy in policies(graph, Of.IDENTITY):
        holder = names.get(policy.attached or policy.holder.urn, str(policy))
        found[holder] |= {
            (action, " ".join((resource, *_told(statement))))
            for statement in policy.allowed
            for action in statement.actions
            for resource in statement.resources
        }
    for attachment in graph.of_type(ATTACHMENT):
        [urn] = attachment.property_dependencies["role"]
        found[names[urn]].add((attachment.inputs["policyArn"].partition(":policy/")[2], ""))
    return {name: frozenset(found[name]) for name in (*names.values(), *found)}


def _told(statement: Statement) -> list[str]:
    told = {word: statement.condition(key) for key, word in TOLD.items()}
    return [f"{word} {', '.join(values)}" for word, values in told.items() if values]


def difference(wanted: Granted, has: Granted) -> list[str]:
    """What is granted and not wanted (`+`), and what is wanted and not granted (`-`)."""
    more = [f"+ {action} {resource}" for action, resource in sorted(has - wanted)]
    return more + [f"- {action} {resource}" for action, resource in sorted(wanted - has)]
