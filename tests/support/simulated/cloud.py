"""The cloud: what exists, what was asked of it, and what a test ordered; all in one SQLite file.

The providers' process writes it and any other may read it while it does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.protobuf.struct_pb2 import Struct
from tests.support.simulated.values import bare, decoded

_TABLES = """
create table if not exists things (
    place text, type text, id text, inside text, properties blob,
    primary key (place, type, id)
);
create index if not exists things_inside on things (place, inside);
create table if not exists calls (
    number integer primary key, method text, type text, urn text, seconds real
);
create table if not exists passwords (urn text, value text);
create table if not exists orders (
    number integer primary key autoincrement, kind text, method text, type text, nth integer,
    seconds real, message text, after integer, met integer default 0
);
"""
# The number of an order is never used again: the providers count the calls of each.


ELSEWHERE = "elsewhere"
"""The place of what somebody else has made; programs read it, and it is not theirs to count."""


@dataclass(frozen=True, order=True)
class Thing:
    """What exists: in which cluster or account, of which type, and by which id.

    `inside` is the namespace of a Kubernetes object; it goes when that does.
    """

    place: str
    type: str
    id: str
    inside: str = ""


@dataclass(frozen=True)
class Call:
    """One call of the engine, and what it took here."""

    number: int
    method: str
    type: str
    urn: str
    seconds: float


class Cloud:
    """One cloud. Each process, and each thread, opens its own."""

    def __init__(self, file: Path) -> None:
        self.file = file
        # A crash of the machine may lose it: that is what makes it fast enough.
        self._base = sqlite3.connect(file, isolation_level=None, timeout=30)
        self._base.executescript(f"pragma journal_mode=wal; pragma synchronous=off; {_TABLES}")

    def close(self) -> None:
        self._base.close()

    def __call__(self, query: str, *values: object) -> list[Any]:
        """Run a query of SQL."""
        return self._base.execute(query, values).fetchall()

    def reset(self) -> None:
        """Nothing exists any more, and nothing was ever asked."""
        for table in ("things", "calls", "passwords", "orders"):
            self(f"delete from {table}")

    def things(self, place: str | None = None) -> list[Thing]:
        """All that programs have made."""
        rows = self("select place, type, id, inside from things where place <> ?", ELSEWHERE)
        return sorted(
            thing for thing in (Thing(*row) for row in rows) if place in (None, thing.place)
        )

    def properties(self, thing: Thing) -> Struct | None:
        """Of what exists, as the cloud shows it; None for what does not."""
        where = "select properties from things where place=? and type=? and id=?"
        rows = self(where, thing.place, thing.type, thing.id)
        return Struct.FromString(rows[0][0]) if rows else None

    def read(self, thing: Thing) -> dict[str, Any]:
        """Plain properties of what exists; secrets are readable, as they are in a cluster."""
        found = self.properties(thing)
        if found is None:
            raise LookupError(f"{thing} does not exist")
        return bare(decoded(found))

    def put(self, thing: Thing, properties: Struct) -> None:
        """Make or change something."""
        self(
            "insert or replace into things values (?, ?, ?, ?, ?)",
            *(thing.place, thing.type, thing.id, thing.inside, properties.SerializeToString()),
        )

    def remove(self, thing: Thing) -> None:
        where = "delete from things where place=? and type=? and id=?"
        self(where, thing.place, thing.type, thing.id)

    def empty(self, place: str, inside: str) -> None:
        """Remove all that is inside a namespace."""
        self("delete from things where place=? and inside=?", place, inside)

    def calls(self, method: str | None = None) -> list[Call]:
        """What the engine asked, in the order in which it was answered."""
        rows = self("select number, method, type, urn, seconds from calls order by number")
        found: Iterator[Call] = (Call(*row) for row in rows)
        return [call for call in found if method in (None, call.method)]

    def log(self, method: str, type: str, urn: str, seconds: float) -> None:
        self("insert into calls values (null, ?, ?, ?, ?)", method, type, urn, seconds)

    def passwords(self) -> list[str]:
        """All that were ever made."""
        return [value for (value,) in self("select value from passwords")]
