"""How old the newest of what is retrieved is: of objects, points of Qdrant, or rows of a table."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

from pydantic import Field, model_validator

from modelyard_jobs.config import Bound, Config, Section
from modelyard_jobs.data import answering, moments
from modelyard_jobs.errors import Misconfigured, Unavailable
from modelyard_jobs.judging import judged, undecided
from modelyard_jobs.verdict import Finding, Report

MEASURE = "age"


class Qdrant(Section):
    """A collection; `QDRANT_API_KEY` opens it."""

    url: str
    collection: str
    field: str
    """Of the payload: when a point was written. It needs an index of type datetime or integer."""


class Table(Section):
    """A table of PostgreSQL, pgvector's among them; `DATABASE_URL` or `PG*` say where it is."""

    table: str
    column: str
    """When a row was written."""


class Settings(Section):
    """What freshness is held to."""

    age: float = Field(gt=0)
    """Seconds since the newest was written."""
    objects: str | None = None
    """Address of a folder of documents."""
    qdrant: Qdrant | None = None
    sql: Table | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Settings:
        if sum(each is not None for each in (self.objects, self.qdrant, self.sql)) != 1:
            raise ValueError("give one of `objects`, `qdrant` and `sql`")
        return self


def run(config: Config, settings: Settings) -> Report:
    """Look for the newest."""
    newest = _newest(settings)
    found = _aged(newest, settings) if newest else undecided(MEASURE, "there is nothing in it")
    return Report(config.job, config.model.name, (found,))


def _aged(newest: datetime, settings: Settings) -> Finding:
    age = (datetime.now(UTC) - newest).total_seconds()
    reason = f"the newest is of {newest.isoformat(timespec='seconds')}"
    ahead = "" if age >= 0 else ", which is yet to come"
    return judged(MEASURE, max(age, 0.0), Bound(max=settings.age), reason=reason + ahead)


def _newest(settings: Settings) -> datetime | None:
    if settings.objects:
        return _of_objects(settings.objects)
    return _moment(_of_points(settings.qdrant) if settings.qdrant else _of_rows(settings.sql))


def _of_objects(address: str) -> datetime | None:
    import fsspec

    with answering(address):
        system, path = fsspec.core.url_to_fs(address)
        times = [system.modified(each) for each in system.find(path)]
    return max((t if t.tzinfo else t.replace(tzinfo=UTC) for t in times), default=None)


def _moment(value: Any) -> datetime | None:
    if value is None:
        return None
    import pandas as pd

    moment = moments(pd.Series([value])).iloc[0]
    if pd.isna(moment):
        raise Misconfigured(f"{value!r} is no time", "name the field that says when it was written")
    return moment.to_pydatetime()


def _of_points(asked: Qdrant) -> Any:
    from qdrant_client.models import OrderBy

    try:
        client = _client(asked.url)
        points, _ = client.scroll(
            asked.collection,
            limit=1,
            order_by=OrderBy(key=asked.field, direction="desc"),
            with_payload=[asked.field],
        )
    except Exception as error:
        raise Unavailable(
            f"{asked.collection} of Qdrant at {asked.url} does not answer: {_brief(error)}",
            f"see that it runs, has the collection, and an index of {asked.field}",
        ) from error
    return points[0].payload.get(asked.field) if points and points[0].payload else None


def _client(url: str) -> Any:
    from qdrant_client import QdrantClient

    return QdrantClient(
        url,
        api_key=os.environ.get("QDRANT_API_KEY"),
        timeout=30,
        check_compatibility=False,  # it asks, and warns where it gets no answer
    )


def _of_rows(asked: Table | None) -> Any:
    import psycopg
    from psycopg import sql

    assert asked is not None
    query = sql.SQL("SELECT max({}) FROM {}").format(
        sql.Identifier(asked.column), sql.Identifier(*asked.table.split("."))
    )
    try:
        with psycopg.connect(os.environ.get("DATABASE_URL", ""), connect_timeout=30) as connection:
            row = connection.execute(query).fetchone()
    except psycopg.Error as error:
        raise Unavailable(
            f"table {asked.table} does not answer: {_brief(error)}",
            "see DATABASE_URL (or PGHOST and the like), the table, its column and who may read it",
        ) from error
    return row[0] if row else None


def _brief(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
