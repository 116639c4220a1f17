"""Which models read which others' answers, and so have to be looked at again when those change."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from modelyard.plan.promotion import promoted

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.model import Model


def readers(blueprint: Blueprint, name: str) -> tuple[Model, ...]:
    """The models that read this one, at first or second hand, each after those it reads itself.

    The checks refuse circles.
    """
    reads = {model.name: model.depends_on for model in blueprint.models}
    reached = {name}
    in_order = [each for each in TopologicalSorter(reads).static_order() if each in reads]
    for each in in_order:
        if reached.intersection(reads[each]):
            reached.add(each)
    return tuple(blueprint.model(each) for each in in_order if each in reached and each != name)


def guarded_readers(blueprint: Blueprint, name: str) -> tuple[Model, ...]:
    """Those of them whose versions pass gates: only there a mark keeps anything back."""
    return tuple(model for model in readers(blueprint, name) if promoted(model))


def registered_reads(blueprint: Blueprint, model: Model) -> tuple[Model, ...]:
    """The models of the registry whose answers a model reads: their versions have verdicts."""
    read = (blueprint.model(name) for name in model.depends_on)
    return tuple(each for each in read if each.source.startswith("models:/"))


def orders(blueprint: Blueprint) -> Mapping[str, tuple[str, ...]]:
    """By model that others read: those others, in the order in which they are looked at again."""
    found = {model.name: readers(blueprint, model.name) for model in blueprint.models}
    return {name: tuple(each.name for each in after) for name, after in found.items() if after}
