"""One thing that a reviewer asks about and that is not what it was."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

COMES, GOES, CHANGES = "comes", "goes", "changes"
EXPOSURE, ACCESS, DATA, SUPPLY, CONTROLS = "exposure", "access", "data", "supply", "controls"
TOPICS = (EXPOSURE, ACCESS, DATA, SUPPLY, CONTROLS)

T = TypeVar("T")
Told = Mapping[str, Any]


@dataclass(frozen=True)
class Shift:
    """One of them."""

    topic: str
    """`exposure`, `access`, `data`, `supply` or `controls`."""
    about: str
    """Where, or of whom: what several have in common is said once."""
    what: str
    looser: bool
    """Whether more can be reached, done or lost than before."""
    before: Told | None = None
    after: Told | None = None

    @property
    def verb(self) -> str:
        """`comes`, `goes` or `changes`."""
        return COMES if self.before is None else GOES if self.after is None else CHANGES

    def json(self) -> Told:
        """For machines; the keys are a contract. Both sides are as `plan` has them."""
        return {
            "change": self.verb,
            "looser": self.looser,
            "sentence": f"{self.about}: {self.what}",
            "before": self.before,
            "after": self.after,
        }


def paired(
    before: Iterable[T],
    after: Iterable[T],
    key: Callable[[T], Hashable],
    same: Callable[[T], Hashable],
) -> Iterator[tuple[T | None, T | None]]:
    """What is not the `same` on both sides, each with the one that it was, if its key tells."""
    old, new = _grouped(before, key), _grouped(after, key)
    for each in dict.fromkeys((*new, *old)):
        gone = _without(old[each], new[each], same)
        come = _without(new[each], old[each], same)
        for index in range(max(len(gone), len(come))):
            yield _at(gone, index), _at(come, index)


def _grouped(found: Iterable[T], key: Callable[[T], Hashable]) -> defaultdict[Hashable, list[T]]:
    groups: defaultdict[Hashable, list[T]] = defaultdict(list)
    for each in found:
        groups[key(each)].append(each)
    return groups


def _without(these: list[T], others: list[T], same: Callable[[T], Hashable]) -> list[T]:
    known = {same(each) for each in others}
    return [each for each in these if same(each) not in known]


def _at(found: list[T], index: int) -> T | None:
    return found[index] if index < len(found) else None


def moved(word: str, old: str, new: str) -> str:
    """`key data -> logs`; empty where nothing changed."""
    return f"{word} {old or 'nothing'} -> {new or 'nothing'}" if old != new else ""
