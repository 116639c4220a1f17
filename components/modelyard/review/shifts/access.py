"""Who gained and who lost which right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from modelyard.review.grant import Grant
from modelyard.review.shifts.shift import ACCESS, Shift

Holder = tuple[str, str, str, str, bool]
"""Who has a right, where, by which list, and whether it is a denial."""


def shifts(before: Iterable[Grant], after: Iterable[Grant]) -> Iterator[Shift]:
    """Rights that come or go. By which resource a right is given is no change of it."""
    old = {_bare(each): each for each in before}
    new = {_bare(each): each for each in after}
    had, has = _by_holder(old), _by_holder(new)
    for right, sentence in _told(each for bare, each in new.items() if bare not in old):
        covered = any(_covers(each, right) for each in had[_holder(right)])
        what = f"{'still' if covered else 'now'} {sentence}"
        looser = not right.denied and not covered
        yield Shift(ACCESS, _whose(right), what, looser, after=right.json())
    for right, sentence in _told(each for bare, each in old.items() if bare not in new):
        covered = any(_covers(each, right) for each in has[_holder(right)])
        looser = right.denied and not covered
        yield Shift(ACCESS, _whose(right), f"no longer {sentence}", looser, right.json())


def _told(rights: Iterable[Grant]) -> Iterator[tuple[Grant, str]]:
    """Each with its sentence, which is the same for those that differ in their namespace alone."""
    alike: dict[Grant, list[Grant]] = {}
    for each in rights:
        alike.setdefault(replace(each, within="", urn=None), []).append(each)
    for group in alike.values():
        sentence = group[0].also(group[1:]).sentence
        yield from ((each, sentence) for each in group)


def _bare(right: Grant) -> Grant:
    return replace(right, urn=None)


def _whose(right: Grant) -> str:
    return " ".join(filter(None, (right.site, right.subject)))


def _by_holder(rights: Iterable[Grant]) -> defaultdict[Holder, list[Grant]]:
    found: defaultdict[Holder, list[Grant]] = defaultdict(list)
    for each in rights:
        found[_holder(each)].append(each)
    return found


def _holder(right: Grant) -> Holder:
    return (right.subject, right.site, right.by, right.within, right.denied)


def _covers(wide: Grant, narrow: Grant) -> bool:
    """Whether one right of somebody says all that another one does."""
    parts = ("verbs", "on", "actions", "wide")
    return all(_inside(narrow, wide, key) for key in parts) and _inside(wide, narrow, "conditions")


def _inside(part: Grant, whole: Grant, key: str) -> bool:
    return set(getattr(part, key)) <= set(getattr(whole, key))
