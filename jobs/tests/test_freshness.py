"""Freshness: the newest of a folder, of a collection of Qdrant, of a table of PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from asking import Ask, finding
from pydantic import ValidationError
from qdrant_client import QdrantClient
from qdrant_client.models import PointStruct, VectorParams
from servers import postgres

from modelyard_jobs import freshness
from modelyard_jobs.errors import Misconfigured, Unavailable
from modelyard_jobs.verdict import Verdict

HOUR = 3600.0
NOW = datetime.now(UTC)
TIMES = {"old": NOW - timedelta(hours=3), "new": NOW - timedelta(minutes=5)}


@pytest.mark.parametrize(
    ("files", "verdict"),
    [(["old"], Verdict.BREACHED), (["old", "new"], Verdict.PASSED), ([], Verdict.UNDECIDED)],
)
def test_of_objects(ask: Ask, tmp_path: Path, files: list[str], verdict: Verdict) -> None:
    for name in files:
        path = tmp_path / "documents" / f"{name}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
        os.utime(path, (TIMES[name].timestamp(),) * 2)
    report = ask("freshness", settings={"age": HOUR, "objects": str(tmp_path / "documents")})
    assert report.verdict is verdict


def test_the_age_and_the_newest_are_said(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("")
    os.utime(tmp_path / "a.md", (TIMES["old"].timestamp(),) * 2)
    found = finding(ask("freshness", settings={"age": HOUR, "objects": str(tmp_path)}), "age")
    assert found.value == pytest.approx(3 * HOUR, abs=600)
    assert found.reason == f"the newest is of {TIMES['old'].isoformat(timespec='seconds')}"


def test_what_is_yet_to_come_is_fresh_and_said(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("")
    os.utime(tmp_path / "a.md", ((NOW + timedelta(days=1)).timestamp(),) * 2)
    found = finding(ask("freshness", settings={"age": HOUR, "objects": str(tmp_path)}), "age")
    assert (found.value, found.verdict) == (0, Verdict.PASSED)
    assert found.reason.endswith("which is yet to come")


# --- Qdrant: its client's own engine, in memory -----------------------------------------------

QDRANT = {"url": "http://qdrant:6333", "collection": "docs", "field": "at"}


@pytest.fixture
def qdrant(monkeypatch: pytest.MonkeyPatch) -> QdrantClient:
    client = QdrantClient(":memory:")
    client.create_collection("docs", VectorParams(size=2, distance="Cosine"))
    monkeypatch.setattr(freshness, "_client", lambda _: client)
    return client


def put(client: QdrantClient, *values: object) -> None:
    points = [PointStruct(id=i, vector=[1, 0], payload={"at": v}) for i, v in enumerate(values)]
    client.upsert("docs", points)


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ([TIMES["new"].isoformat(), TIMES["old"].isoformat()], Verdict.PASSED),
        ([TIMES["old"].isoformat()], Verdict.BREACHED),
        ([int(TIMES["new"].timestamp())], Verdict.PASSED),
        ([], Verdict.UNDECIDED),
    ],
)
def test_of_points(ask: Ask, qdrant: QdrantClient, values: list, verdict: Verdict) -> None:
    if values:
        put(qdrant, *values)
    assert ask("freshness", settings={"age": HOUR, "qdrant": QDRANT}).verdict is verdict


def test_a_collection_that_is_not_there(ask: Ask, qdrant: QdrantClient) -> None:
    asked = {**QDRANT, "collection": "dogs"}
    with pytest.raises(Unavailable, match=r"dogs of Qdrant.*does not answer.*an index of at"):
        ask("freshness", settings={"age": HOUR, "qdrant": asked})


def test_qdrant_that_does_not_answer(ask: Ask) -> None:
    asked = {**QDRANT, "url": "http://127.0.0.1:9"}
    with pytest.raises(Unavailable, match=r"docs of Qdrant at http://127.0.0.1:9 does not answer"):
        ask("freshness", settings={"age": HOUR, "qdrant": asked})


# --- PostgreSQL: a server of its own ----------------------------------------------------------


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with postgres() as address:
        with psycopg.connect(address) as connection:
            connection.execute("CREATE SCHEMA rag")
            connection.execute(
                "CREATE TABLE rag.chunks (at timestamptz, day date, epoch bigint, note text)"
            )
            connection.execute("CREATE TABLE nothing (at timestamptz)")
            for at in TIMES.values():
                row = (at, at.date(), int(at.timestamp()), "note")
                connection.execute("INSERT INTO rag.chunks VALUES (%s, %s, %s, %s)", row)
        yield address


@pytest.mark.parametrize(
    ("table", "column", "age", "verdict"),
    [
        ("rag.chunks", "at", HOUR, Verdict.PASSED),
        ("rag.chunks", "at", 60, Verdict.BREACHED),
        ("rag.chunks", "epoch", HOUR, Verdict.PASSED),
        ("rag.chunks", "day", 48 * HOUR, Verdict.PASSED),
        ("nothing", "at", HOUR, Verdict.UNDECIDED),
    ],
)
def test_of_rows(
    ask: Ask,
    database: str,
    monkeypatch: pytest.MonkeyPatch,
    table: str,
    column: str,
    age: float,
    verdict: Verdict,
) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    sql = {"table": table, "column": column}
    assert ask("freshness", settings={"age": age, "sql": sql}).verdict is verdict


@pytest.mark.parametrize(
    ("sql", "error", "said"),
    [
        ({"table": "rag.chunks", "column": "wehn"}, Unavailable, 'column "wehn" does not exist'),
        ({"table": 'a"; DROP TABLE nothing; --', "column": "at"}, Unavailable, "does not exist"),
        ({"table": "rag.chunks", "column": "note"}, Misconfigured, "'note' is no time"),
    ],
)
def test_what_a_database_refuses_is_said(
    ask: Ask,
    database: str,
    monkeypatch: pytest.MonkeyPatch,
    sql: dict[str, str],
    error: type[Exception],
    said: str,
) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    with pytest.raises(error, match=said):
        ask("freshness", settings={"age": HOUR, "sql": sql})


def test_a_database_that_does_not_answer(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:9/rag")
    with pytest.raises(Unavailable, match="table t does not answer"):
        ask("freshness", settings={"age": HOUR, "sql": {"table": "t", "column": "at"}})


def test_one_store_is_named() -> None:
    for given in ({}, {"objects": "a", "qdrant": QDRANT}):
        with pytest.raises(ValidationError, match="give one of"):
            freshness.Settings.model_validate({"age": 1, **given})
