"""What became reachable, from where and with which authentication, and what no longer is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network, ip_network

from modelyard.review.exposure.way import (
    INTERNET,
    NETWORK,
    NOBODY_ASKED,
    NOT_NEEDED,
    NOWHERE,
    PLAIN,
    Exposure,
)
from modelyard.review.grant import listed
from modelyard.review.sections import way_in
from modelyard.review.shifts.shift import EXPOSURE, Shift, moved, paired

_WEAK = {NOBODY_ASKED, NOT_NEEDED, PLAIN}
"""What stands where callers are not known."""
_LINK = "link"


def shifts(before: Iterable[Exposure], after: Iterable[Exposure]) -> Iterator[Shift]:
    """Ways in that come, go or change."""
    for old, new in paired(before, after, _key, _same):
        if new is None:
            assert old is not None
            gone = f"{old.path} {old.address} is no longer there"
            yield Shift(EXPOSURE, old.site, gone, looser=False, before=old.json())
        elif old is None:
            looser = not set(new.sources) <= {NETWORK, NOWHERE}
            yield Shift(EXPOSURE, new.site, way_in(new), looser, after=new.json())
        else:
            yield _changed(old, new)


def _key(way: Exposure) -> tuple[str, ...]:
    return (way.site, way.path, way.name, way.address)


def _same(way: Exposure) -> Exposure:
    return replace(way, urn=None)


def _changed(old: Exposure, new: Exposure) -> Shift:
    said = (
        moved("from", listed(old.sources), listed(new.sources)),
        moved("callers known by", listed(old.authentication), listed(new.authentication)),
        moved("past", listed(old.guards), listed(new.guards)),
        moved("leads to", listed(old.behind), listed(new.behind)),
    )
    what = f"{new.path} {new.address}: {'; '.join(filter(None, said))}"
    return Shift(EXPOSURE, new.site, what, _looser(old, new), old.json(), new.json())


def _looser(old: Exposure, new: Exposure) -> bool:
    """Whether somebody gets there who did not, or is asked or filtered less."""
    known, knows = set(old.authentication), set(new.authentication)
    return (
        bool(_WEAK & knows - known)
        or bool(known - knows - _WEAK)
        or not set(old.guards) <= set(new.guards)
        or not all(_within(each, old.sources) for each in new.sources)
        or (new.path == _LINK and not set(new.behind) <= set(old.behind))
    )


def _within(source: str, known: tuple[str, ...]) -> bool:
    """Whether those at a source were let in already."""
    if source in known or source == NOWHERE or INTERNET in known:
        return True
    inner = _network(source)
    return inner is not None and any(_holds(_network(each), inner) for each in known)


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _holds(outer: IPv4Network | IPv6Network | None, inner: IPv4Network | IPv6Network) -> bool:
    if isinstance(outer, IPv4Network) and isinstance(inner, IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(outer, IPv6Network) and isinstance(inner, IPv6Network):
        return inner.subnet_of(outer)
    return False
