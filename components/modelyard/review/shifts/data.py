"""Which data rest elsewhere, under another key, or are kept in another way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from modelyard.blueprint.team import Classification, Data
from modelyard.review.data.store import ATTACHED, NONE, PLATFORM, PROVIDER, UNKNOWN, Store
from modelyard.review.grant import listed
from modelyard.review.sections import Sections, under
from modelyard.review.shifts.shift import DATA, Shift, moved, paired

_OWNERS = (NONE, UNKNOWN, PROVIDER, ATTACHED, PLATFORM)
"""Of keys, from the loosest: of one's own, that one made for the platform and one that was there
already are worth the same.
"""
_NUMBER = re.compile(r"\d+")


def shifts(before: Sections | None, after: Sections) -> Iterator[Shift]:
    """What is said of the data themselves, and then every place where they rest."""
    if before is not None:
        yield from _said(before.data, after.data)
    strayed = set(map(_key, before.abroad)) if before else set[tuple[str, ...]]()
    strays = set(map(_key, after.abroad)) - strayed
    for old, new in paired(before.stores if before else (), after.stores, _key, _same):
        yield _shift(old, new, abroad=new is not None and _key(new) in strays)


def _said(old: Data, new: Data) -> Iterator[Shift]:
    """Of how much care they ask, and where they may be: much else follows from it."""
    ranks = list(Classification)
    looser = {
        "classification": ranks.index(new.classification) < ranks.index(old.classification),
        "pii": old.pii,
        "residency": _wider(old.residency, new.residency),
        "sites": _wider(old.sites, new.sites),
    }
    for word in looser:
        was, now = (_written(getattr(side, word)) for side in (old, new))
        if told := moved(word, was, now):
            yield Shift(DATA, "the data", told, looser[word], {word: was}, {word: now})


def _wider(old: tuple[str, ...], new: tuple[str, ...]) -> bool:
    """Of lists of which an empty one allows everything."""
    return bool(old) and not (new and set(new) <= set(old))


def _written(value: object) -> str:
    return listed([str(each) for each in value]) if isinstance(value, tuple) else str(value).lower()


def _key(store: Store) -> tuple[str, ...]:
    return (store.urn or store.site, store.kind, store.name)


def _same(store: Store) -> Store:
    return replace(store, urn=None)


def _shift(old: Store | None, new: Store | None, *, abroad: bool) -> Shift:
    it = new or old
    assert it is not None
    about = f"{it.site} {it.kind} {it.name}"
    if new is None:
        return Shift(DATA, about, "is no longer there", looser=False, before=it.json())
    outside = ", outside of where the data may rest" if abroad else ""
    if old is None:
        place = f" in {new.region}" if new.region else ""
        what = f"rests{place}{outside}, under {_key_of(new)}; {listed(new.kept) or 'not kept'}"
        return Shift(DATA, about, what, abroad or new.owner == NONE, after=new.json())
    said = (
        moved("region", old.region, new.region + outside),
        moved("key", _key_of(old), _key_of(new)),
        moved("kept by", listed(old.kept), listed(new.kept)),
    )
    looser = abroad or _looser(old, new)
    return Shift(DATA, about, "; ".join(filter(None, said)), looser, old.json(), new.json())


def _key_of(store: Store) -> str:
    return under(store) + (f" {store.key}" if store.owner == ATTACHED else "")


def _looser(old: Store, new: Store) -> bool:
    return _rank(new) < _rank(old) or not all(_kept(each, new.kept) for each in old.kept)


def _rank(store: Store) -> int:
    return min(_OWNERS.index(store.owner), _OWNERS.index(ATTACHED))


def _kept(was: str, now: tuple[str, ...]) -> bool:
    """Whether something still holds, or for longer: `kept 30 days` by `kept 60 days`."""
    alike = (each for each in now if _NUMBER.sub("", each) == _NUMBER.sub("", was))
    return any(_numbers(each) >= _numbers(was) for each in alike)


def _numbers(text: str) -> list[int]:
    return [int(each) for each in _NUMBER.findall(text)]
