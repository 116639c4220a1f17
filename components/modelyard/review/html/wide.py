"""Exposure, access, data and supply with a column for each thing that is said: a page has room."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelyard.review import sections, supply
from modelyard.review.data.store import PLATFORM
from modelyard.review.exposure.way import NOBODY_ASKED
from modelyard.review.grant import by_subject

if TYPE_CHECKING:
    from modelyard.review.exposure.way import Exposure
    from modelyard.review.sections import Sections

Cell = str | tuple[str, ...]
"""A text, or a list of them."""


@dataclass(frozen=True)
class Wide:
    """A table of the page; `marked` are rows that somebody has to look at, by their number."""

    id: str
    title: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    marked: frozenset[int] = frozenset()


def wide(found: Sections) -> tuple[Wide, ...]:
    """All four."""
    notes: dict[str, str] = {row[0]: row[1] for row in sections.summary(found).rows}
    return (
        _exposure(found, notes["exposure"]),
        _access(found, notes["access"]),
        _data(found, notes["data"]),
        _supply(found, notes["supply"]),
    )


def _exposure(found: Sections, note: str) -> Wide:
    columns = ("site", "path", "address", "from", "callers known by", "past", "leads to")
    rows = tuple(
        (w.site, w.path, w.address, w.sources, _asked(w), w.guards, w.behind)
        for w in found.exposure
    )
    return Wide("exposure", "Exposure", note, columns, rows, _where(w.open for w in found.exposure))


def _asked(way: Exposure) -> tuple[str, ...]:
    return tuple("nobody is asked" if e == NOBODY_ASKED else e for e in way.authentication)


def _where(flags: Iterable[bool]) -> frozenset[int]:
    return frozenset(i for i, flag in enumerate(flags) if flag)


def _access(found: Sections, note: str) -> Wide:
    given = [each for each in found.access if not each.denied]
    groups = list(by_subject(given))
    rows = tuple(
        (site or "all", subject, tuple(sections.sentences(rights)))
        for site, subject, rights in groups
    )
    marked = _where([any(each.risky for each in rights) for _, _, rights in groups])
    return Wide("access", "Access", note, ("site", "who", "may do what"), rows, marked)


def _data(found: Sections, note: str) -> Wide:
    columns = ("what", "name", "site", "region", "key", "how it is kept")
    abroad = set(found.abroad)
    rows = tuple(
        (s.kind, s.name, s.site, s.region, _key(s.owner, s.key), s.kept) for s in found.stores
    )
    return Wide("data", "Data", note, columns, rows, _where([s in abroad for s in found.stores]))


def _key(owner: str, key: str) -> str:
    if owner == PLATFORM:
        return f"the platform's: {key}"
    return f"{owner}: {key}" if key else owner


def _supply(found: Sections, note: str) -> Wide:
    columns = ("kind", "name", "version", "digest", "licence", "pulled from", "used by")
    rows = tuple(
        (a.kind, a.name, a.version, _digest(a.digest), a.licence, _origin(a), _users(a.used_by))
        for a in found.supply
    )
    loose = [not supply.pinned(a) for a in found.supply]
    return Wide("supply", "Images and charts", note, columns, rows, _where(loose))


def _digest(digest: str) -> str:
    return f"{digest[:19]}…" if len(digest) > 20 else digest or "none"


def _origin(artefact: supply.Artefact) -> str:
    copy = f", a copy from {artefact.upstream}" if artefact.upstream else ""
    return f"{artefact.registry}{copy}"


def _users(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(names[:3]) + ((f"and {len(names) - 3} more",) if len(names) > 3 else ())
