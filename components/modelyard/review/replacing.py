"""What becomes of each resource between two graphs: made, changed, replaced, deleted, and why.

The words are those of a preview (`engine.changes`); what a preview asks the providers is told here
from what the catalog knows of their types.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from modelyard.catalog.immutable import known, stateful_types
from modelyard.engine.changes import Change
from modelyard.review.blast import Blast, Dependents
from modelyard.review.edits import Edit, edits

if TYPE_CHECKING:
    from modelyard.engine.parts import Parts
    from modelyard.recorder import Graph, Resource


class Replacement(StrEnum):
    """Whether a resource that changes is replaced."""

    YES = "yes"
    NO = "no"
    DEPENDS = "depends"
    """On the values, or the sources do not agree."""
    UNKNOWN = "unknown"
    """Nothing is known of its type."""


@dataclass(frozen=True)
class Carried:
    """A property that is of another resource, which is replaced."""

    property: str
    of: str
    replaces: bool
    """Whether only a new resource can have another."""


@dataclass(frozen=True)
class Changed:
    """A resource that would not stay as it is; `change` is as a preview has it."""

    change: Change
    type: str
    """Its token."""
    stateful: bool
    replacement: Replacement | None
    """None of what is made or deleted."""
    because: tuple[str, ...]
    """The properties that ask for the replacement."""
    carried: tuple[Carried, ...]
    """What it is made of that is replaced before it."""
    edits: tuple[Edit, ...]
    blast: Blast | None
    """What depends on it, where it is replaced or deleted, or may be."""

    @property
    def verb(self) -> str:
        return self.change.verb

    @property
    def lost(self) -> bool:
        """Does it hold data, and would it be another one, or gone?"""
        return self.stateful and self.verb in ("replace", "delete")

    def _reason(self, property: str) -> Mapping[str, Any]:
        """A property that asks for the replacement, and who says so: the type, or the program."""
        rule = known(self.type)
        if rule is None or not rule.replaces(property):
            return {"property": property, "source": "replaceOnChanges", "confirmed": True}
        source = rule.source(property)
        return {"property": property, "source": source.text, "confirmed": source.confirmed}

    def json(self) -> Mapping[str, Any]:
        return {
            **self.change.json(),
            "stateful": self.stateful,
            "replacement": self.replacement,
            "because": [self._reason(each) for each in self.because],
            "carried": [vars(each) for each in self.carried],
            "edits": [edit.json() for edit in self.edits],
            "blast": self.blast.json() if self.blast else None,
        }


@dataclass(frozen=True)
class Comparison:
    """Two graphs, resource by resource. `known` as in `edits`."""

    before: Graph
    after: Graph
    known: bool = True

    def pairs(self) -> Iterator[tuple[Resource | None, Resource | None]]:
        """What is managed in either, the later with the one that it was, an alias included."""
        seen: set[str] = set()
        for new in self.after:
            names = (new.urn, *new.aliases)
            old = next((self.before[urn] for urn in names if urn in self.before), None)
            seen.update(names)
            if _managed(new):
                yield old if old is not None and _managed(old) else None, new
        for old in reversed(tuple(self.before)):
            if old.urn not in seen and _managed(old):
                yield old, None


def changed(comparison: Comparison, parts: Parts) -> tuple[Changed, ...]:
    """What changes, with what loses data first; then in the graph's order, and what goes last."""
    dependents = Dependents(comparison.before)
    found: list[Changed] = []
    replaced: dict[str, str] = {}
    """The name of what is replaced, by its URN: those that are made of it come later."""
    for old, new in comparison.pairs():
        each = _one(old, new, comparison.known, replaced, parts, dependents)
        if each and new and each.verb == "replace":
            replaced[new.urn] = new.name
        found += [each] if each else []
    return tuple(sorted(found, key=_urgency))


def _urgency(each: Changed) -> tuple[int, int]:
    order = {"replace": 0, "delete": 1}
    open = each.replacement in (Replacement.UNKNOWN, Replacement.DEPENDS)
    return (0 if each.lost else 1 if each.stateful and open else 2, order.get(each.verb, 2))


def _managed(resource: Resource) -> bool:
    return resource.custom and not resource.external


def _one(
    old: Resource | None,
    new: Resource | None,
    known: bool,
    replaced: Mapping[str, str],
    parts: Parts,
    dependents: Dependents,
) -> Changed | None:
    if old is None or new is None:
        verb, resource = ("create", new) if new else ("delete", old)
        assert resource is not None
        blast = dependents.of(resource.urn) if verb == "delete" else None
        return _changed(verb, resource, old, parts, blast=blast)
    found = tuple(edits(dict(old.inputs), dict(new.inputs), known=known))
    found = tuple(e for e in found if not _under(e.known_as, new.ignore_changes))
    because, carried = _asked_for(new, found), tuple(_carried(new, replaced))
    if old.protect != new.protect:
        found += (Edit(("protect",), old.protect, new.protect),)
    if not found and not carried:
        return None
    certain = because or any(each.replaces for each in carried)
    replacement = Replacement.YES if certain else _replacement(new, found, carried)
    blast = dependents.of(old.urn) if replacement is not Replacement.NO else None
    verb = "replace" if certain else "update"
    return _changed(verb, new, old, parts, replacement, because, carried, found, blast)


def _changed(
    verb: str,
    resource: Resource,
    old: Resource | None,
    parts: Parts,
    replacement: Replacement | None = None,
    because: tuple[str, ...] = (),
    carried: tuple[Carried, ...] = (),
    found: tuple[Edit, ...] = (),
    blast: Blast | None = None,
) -> Changed:
    protected = bool(old and old.protect)
    change = Change(
        part=parts[resource.urn],
        verb=verb,
        kind=resource.type.partition(":")[2],
        name=resource.name,
        urn=resource.urn,
        properties=tuple(sorted({edit.at for edit in found})),
        protected=protected,
    )
    stateful = protected or resource.protect or resource.type in stateful_types()
    return Changed(change, resource.type, stateful, replacement, because, carried, found, blast)


def _asked_for(new: Resource, found: tuple[Edit, ...]) -> tuple[str, ...]:
    """The properties that take a new resource, by its type or by its own options."""
    rule = known(new.type)
    paths = [path for edit in found for path in edit.properties]
    named = ((rule and rule.replaces(path)) or _own(new, path) for path in paths)
    return tuple(dict.fromkeys(each for each in named if each))


def _own(new: Resource, path: str) -> str | None:
    return path if _under(path, new.replace_on_changes) else None


def _carried(new: Resource, replaced: Mapping[str, str]) -> Iterator[Carried]:
    """What is of something that is replaced becomes another value, known once that stands."""
    rule = known(new.type)
    if new.provider and new.provider in replaced:
        yield Carried("provider", replaced[new.provider], True)
    for key, urns in sorted(new.property_dependencies.items()):
        for urn in (each for each in urns if each in replaced):
            yield Carried(key, replaced[urn], bool(rule and rule.replaces(key)))


def _replacement(
    new: Resource, found: tuple[Edit, ...], carried: tuple[Carried, ...]
) -> Replacement:
    rule = known(new.type)
    if rule is None:
        return Replacement.UNKNOWN
    changed = [path for edit in found for path in edit.properties]
    below = any(rule.may_replace(c.property) or rule.below(c.property) for c in carried)
    return Replacement.DEPENDS if below or any(map(rule.may_replace, changed)) else Replacement.NO


def _under(path: str, prefixes: tuple[str, ...]) -> bool:
    return any(p == "*" or path == p or path.startswith(f"{p}.") for p in prefixes)
