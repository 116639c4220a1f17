"""Exposure, access, data and supply of a plan: in short, in full, and for machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from modelyard.blueprint.team import Data
from modelyard.review.access import grants
from modelyard.review.data.store import ATTACHED, NONE, PLATFORM, PROVIDER, UNKNOWN, Store
from modelyard.review.data.stores import abroad, marks, stores
from modelyard.review.exposure.way import NOBODY_ASKED, NOT_NEEDED, Exposure
from modelyard.review.exposure.ways import exposures
from modelyard.review.grant import Grant, by_subject, listed
from modelyard.review.supply import UNKNOWN as WITHOUT_LICENCE
from modelyard.review.supply import Artefact, artefacts, pinned
from modelyard.review.table import Table
from modelyard.review.view import View


@dataclass(frozen=True)
class Sections:
    """Plain values, each in an order that never varies, so that two plans can be compared."""

    exposure: tuple[Exposure, ...]
    access: tuple[Grant, ...]
    data: Data
    stores: tuple[Store, ...]
    abroad: tuple[Store, ...]
    """Those in a region that the blueprint's data may not go to."""
    supply: tuple[Artefact, ...]


def look(view: View) -> Sections:
    """All four sections of a plan and its resources."""
    found = stores(view)
    return Sections(
        exposures(view),
        grants(view),
        view.plan.blueprint.data,
        found,
        tuple(each for each in found if abroad(view, each)),
        artefacts(view),
    )


def json(found: Sections) -> Mapping[str, Any]:
    """For machines; the keys are a contract."""
    return {
        "exposure": [each.json() for each in found.exposure],
        "access": [each.json() for each in found.access],
        "data": {
            "classification": str(found.data.classification),
            "pii": found.data.pii,
            "residency": list(found.data.residency),
            "stores": [each.json() for each in found.stores],
            "outside_residency": [each.name for each in found.abroad],
        },
        "supply": [each.json() for each in found.supply],
    }


# -- In short -----------------------------------------------------------------------------------


def summary(found: Sections) -> Table:
    """A line for each section."""
    rows = (
        ("exposure", _exposed(found.exposure)),
        ("access", _allowed(found.access)),
        ("data", _rests(found)),
        ("supply", _supplied(found.supply)),
    )
    return Table("For review", ("section", "in short"), rows, "--full lists them all")


def _exposed(ways: Sequence[Exposure]) -> str:
    if not ways:
        return "nothing is reached from outside"
    public = sum(each.public for each in ways)
    asked = sum(each.open for each in ways)
    return f"{counted(len(ways), 'way')} in, {public} from the internet; {asked} ask nobody's name"


def _allowed(rights: Sequence[Grant]) -> str:
    given = [each for each in rights if not each.denied]
    who = {(each.site, each.subject) for each in given}
    wide = {(each.site, each.subject) for each in given if each.risky}
    return (
        f"{counted(len(given), 'right')} of {counted(len(who), 'subject')}; "
        f"{len(wide)} may do more than read where nothing narrows it down"
    )


def _rests(found: Sections) -> str:
    owners = Counter(each.owner for each in found.stores)
    keys = [f"{owners[owner]} {said}" for owner, said in _OWNERS.items() if owners[owner]]
    parts = [f"{counted(len(found.stores), 'store')}: {', '.join(keys) or 'none'}"]
    if told := marks(found.data):
        parts.append(f"data are {listed(told)}")
    if found.abroad:
        parts.append(f"{len(found.abroad)} outside of {', '.join(found.data.residency)}")
    return "; ".join(parts)


_OWNERS = {
    PLATFORM: "under the platform's keys",
    ATTACHED: "under keys that are there already",
    PROVIDER: "under the provider's",
    UNKNOWN: "of which it is not known",
    NONE: "not encrypted",
}


def _supplied(artefacts: Sequence[Artefact]) -> str:
    kinds = Counter(each.kind for each in artefacts)
    named = [counted(kinds[kind], kind) for kind in ("image", "chart", "add-on") if kinds[kind]]
    loose = sum(not pinned(each) for each in artefacts)
    unknown = sum(each.licence == WITHOUT_LICENCE for each in artefacts)
    registries = counted(len({each.registry for each in artefacts}), "registry")
    return (
        f"{', '.join(named) or 'nothing'} from {registries}; "
        f"{loose} without a digest, {unknown} of unknown licence"
    )


def counted(count: int, noun: str) -> str:
    """`1 way`, `2 ways`, `3 registries`."""
    several = f"{noun[:-1]}ies" if noun.endswith("ry") else f"{noun}s"
    return f"{count} {noun if count == 1 else several}"


# -- In full ------------------------------------------------------------------------------------


def tables(found: Sections) -> list[Table]:
    """All that there is, a table for each section."""
    return [
        _exposure(found),
        _access(found.access),
        _data(found),
        _supply(found.supply),
    ]


def _exposure(found: Sections) -> Table:
    rows = tuple((each.site, _way(each)) for each in found.exposure)
    columns = ("site", "way in, from where, how callers are known, what is behind")
    return Table("Exposure", columns, rows, _exposed(found.exposure))


def _way(way: Exposure) -> str:
    guards = f", past {listed(way.guards)}" if way.guards else ""
    return (
        f"{way.path} {way.address}, from {listed(way.sources)}{guards}; "
        f"{_asked(way)}; leads to {listed(way.behind) or 'nothing yet'}"
    )


def _asked(way: Exposure) -> str:
    known = [each for each in way.authentication if each not in (NOBODY_ASKED, NOT_NEEDED)]
    said = [*known, *(["nobody is asked who they are"] if way.open else [])]
    return ", ".join(said) or "nobody needs to be asked"


def _access(rights: Sequence[Grant]) -> Table:
    given = [each for each in rights if not each.denied]
    rows = tuple(
        (site or "all", f"{subject}: {'; '.join(sentences(found))}")
        for site, subject, found in by_subject(given)
    )
    note = _allowed(rights)
    if denied := len(rights) - len(given):
        note += f"; {counted(denied, 'denial')} besides, in the JSON"
    return Table("Access", ("site", "who may do what with what"), rows, note)


def sentences(rights: Iterable[Grant]) -> Iterable[str]:
    """Each once: several statements may come to the same, and one hold in several namespaces."""
    same: dict[Grant, list[Grant]] = {}
    for each in rights:
        alike = replace(each, within="", urn=None, actions=(), by="")
        same.setdefault(alike, []).append(each)
    return dict.fromkeys(first.also(others).sentence for first, *others in same.values())


def _data(found: Sections) -> Table:
    groups: dict[tuple[str, str, str], list[Store]] = {}
    for each in found.stores:
        groups.setdefault((each.kind, _under(each), each.site), []).append(each)
    rows = tuple((*key[:2], _stored(key[2], group)) for key, group in sorted(groups.items()))
    return Table("Data", ("what", "key", "where, and how it is kept"), rows, _rests(found))


def _under(store: Store) -> str:
    return f"platform: {store.key}" if store.owner == PLATFORM else store.owner


def _stored(site: str, group: Sequence[Store]) -> str:
    regions = sorted({each.region for each in group if each.region})
    parts = [_kept(each) for each in group]
    return f"{' '.join([site, *regions])}: {'; '.join(parts)}"


def _kept(store: Store) -> str:
    attached = f" under {store.key}" if store.owner == ATTACHED else ""
    return f"{store.name}{attached}" + (f" ({', '.join(store.kept)})" if store.kept else "")


def _supply(artefacts: Sequence[Artefact]) -> Table:
    rows = tuple((each.kind, _origin(each)) for each in artefacts)
    columns = ("kind", "name, version, licence, origin")
    return Table("Images and charts", columns, rows, _supplied(artefacts))


def _origin(artefact: Artefact) -> str:
    version = artefact.version or ("" if artefact.digest else "no version")
    digest = f"@{artefact.digest}" if artefact.digest else ""
    copy = f", a copy from {artefact.upstream}" if artefact.upstream else ""
    return (
        f"{artefact.name} {version}{digest}, {artefact.licence}, "
        f"of {artefact.registry}{copy}; for {counted(len(artefact.used_by), 'part')}"
    )
