"""Windows: whatever their files are, their rows are the same, and what is wrong is said."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import fsspec
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from asking import Ask
from hypothesis import given
from hypothesis import strategies as st
from servers import object_store

from modelyard_jobs.config import Config, Data
from modelyard_jobs.data import CURRENT, REFERENCE, Window, moments, window
from modelyard_jobs.errors import Misconfigured, Unavailable
from modelyard_jobs.output import written
from modelyard_jobs.verdict import Finding, Report, Verdict

ROWS = pd.DataFrame({"a": [1, 2, 3], "b": ["x", None, "z"]})
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def read(path: Path | str, name: str = REFERENCE, now: datetime = NOON, **data: object) -> Window:
    return window(name, Data.model_validate({name: str(path), **data}), now)


def write(path: Path, frame: pd.DataFrame = ROWS) -> Path:
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    elif path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_json(path, orient="records", lines=True)
    return path


@pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl", "ndjson", "json"])
def test_every_form_gives_the_same_rows(tmp_path: Path, suffix: str) -> None:
    found = read(write(tmp_path / f"rows.{suffix}"))
    assert found.frame["a"].tolist() == [1, 2, 3]
    assert found.frame["b"].isna().tolist() == [False, True, False]
    assert found.notes == ()


def test_a_folder_is_read_whole_in_whatever_forms(tmp_path: Path) -> None:
    (tmp_path / "day=2").mkdir()
    write(tmp_path / "one.parquet")
    write(tmp_path / "day=2" / "two.csv")
    (tmp_path / "_SUCCESS").write_text("")
    (tmp_path / "_temporary").mkdir()
    write(tmp_path / "_temporary" / "half.csv")
    (tmp_path / "README.md").write_text("no rows")
    assert len(read(tmp_path)) == 6


def test_a_file_in_memory_stands_for_an_object_store() -> None:
    with fsspec.open("memory://bucket/day/rows.csv", "w") as file:
        file.write("a\n1\n2\n")
    assert len(read("memory://bucket/day")) == 2


def test_an_object_store_is_read_and_written(monkeypatch: pytest.MonkeyPatch, ask: Ask) -> None:
    with object_store("acme", monkeypatch):
        TIMES.to_parquet("s3://acme/day/rows.parquet")
        ROWS.to_csv("s3://acme/day/rows.csv", index=False)
        data = {"timestamp": "at", "window": 3600}
        assert len(read("s3://acme/day", CURRENT, **data)) == 3
        assert len(read("s3://acme/nothing")) == 0
        with pytest.raises(Unavailable, match="does not answer: The specified bucket"):
            read("s3://other/day")
        settings = {"age": 60, "objects": "s3://acme/day"}
        assert ask("freshness", settings=settings).verdict is Verdict.PASSED
        report = Report("drift", "it", (Finding("psi", Verdict.PASSED, value=float("inf")),))
        output = {"tags": False, "report": "s3://acme/reports/drift.json"}
        config = Config.model_validate({"job": "drift", "model": {"name": "it"}, "output": output})
        assert written(report, config) == []
        with fsspec.open("s3://acme/reports/drift.json") as file:
            assert json.load(file)["findings"][0]["value"] == "inf"


@pytest.mark.parametrize("address", ["", "nowhere", "nowhere/rows.csv"])
def test_where_there_are_no_files_there_are_no_rows(tmp_path: Path, address: str) -> None:
    found = read(tmp_path / address)
    assert len(found) == 0
    assert "there is no row of reference in" in found.notes[0]


def test_a_window_without_an_address_is_said() -> None:
    assert window(CURRENT, Data()).notes == ("no data.current is given",)


def test_a_header_alone_is_no_row(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("a,b\n")
    assert len(read(tmp_path)) == 0


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("rows.parquet", b"PAR1 cut off"),
        ("rows.csv", b"a\n\xff\xfe\n"),
        ("rows.csv", b"a,b\n1,2\n1,2,3,4\n"),
        ("rows.jsonl", b'{"a": 1}\n{"a": '),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Unavailable, match=f"{name} cannot be read"):
        read(tmp_path)


def test_a_file_of_an_unknown_form_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rows.xlsx").write_text("")
    with pytest.raises(Misconfigured, match=r"no known form.*parquet"):
        read(tmp_path / "rows.xlsx")


def test_an_unknown_kind_of_address_is_refused() -> None:
    with pytest.raises(Misconfigured, match="Protocol not known"):
        read("ftps3://bucket/rows.csv")


def test_a_store_that_does_not_answer_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "key",
        "AWS_MAX_ATTEMPTS": "1",
    }.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Unavailable, match="s3://bucket/rows does not answer"):
        read("s3://bucket/rows")


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_column_that_is_there_twice_is_left_out_and_said(tmp_path: Path, suffix: str) -> None:
    if suffix == "csv":
        (tmp_path / "rows.csv").write_text("a,a,b\n1,2,3\n")
    else:
        table = pa.table([[1], [2], [3]], names=["a", "a", "b"])
        pq.write_table(table, tmp_path / "rows.parquet")
    found = read(tmp_path)
    assert list(found.frame) == ["b"]
    assert found.notes == ("column a is there twice in reference: left out",)
    assert found.lacks("a") == "column a is there twice in reference"
    assert found.lacks("c") == "column c is missing in reference"
    assert found.lacks("b", None) == ""


def test_files_with_other_columns_are_put_together(tmp_path: Path) -> None:
    write(tmp_path / "1.csv", pd.DataFrame({"a": [1]}))
    write(tmp_path / "2.csv", pd.DataFrame({"a": ["x"], "b": [2]}))
    assert read(tmp_path).frame["a"].tolist() == [1, "x"]


def test_decimals_are_numbers_and_an_index_is_no_column(tmp_path: Path) -> None:
    frame = pd.DataFrame({"amount": [Decimal("1.50")]}, index=["k"])
    found = read(write(tmp_path / "rows.parquet", frame)).frame
    assert found["amount"].dtype == "float64"
    assert list(found) == ["amount"]


TIMES = pd.DataFrame(
    {
        "at": [
            "2026-05-01T11:30:00Z",
            "2026-05-01T13:30:00+02:00",  # half past eleven as well
            "2026-05-01 11:30:00",  # no zone is UTC
            "2026-05-01T11:30:00+02:00",  # half past nine
            "yesterday",
            None,
        ]
    }
)


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_a_window_is_cut_by_moments_whatever_their_zone(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / f"rows.{suffix}", TIMES)
    found = read(path, CURRENT, timestamp="at", window=3600)
    assert len(found) == 3
    assert found.notes == ("2 rows of current have no time that can be read: left out",)


@pytest.mark.parametrize("unit", [1, 1000])
def test_times_may_be_numbers(unit: int) -> None:
    column = pd.Series([NOON.timestamp() * unit, float("nan")])
    assert moments(column)[0] == NOON
    assert moments(column).isna().tolist() == [False, True]


def test_the_reference_is_never_cut(tmp_path: Path) -> None:
    write(tmp_path / "rows.csv", TIMES)
    assert len(read(tmp_path, REFERENCE, timestamp="at", window=3600)) == len(TIMES)


def test_files_from_before_the_window_are_not_opened(tmp_path: Path) -> None:
    (tmp_path / "old.parquet").write_bytes(b"not even Parquet")
    os.utime(tmp_path / "old.parquet", (0, 0))
    row = {"at": NOON.isoformat()}
    (tmp_path / "new.jsonl").write_text(json.dumps(row))
    assert len(read(tmp_path, CURRENT, timestamp="at", window=3600)) == 1


def test_a_window_needs_the_column_of_its_time(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"data\.window is given without data\.timestamp"):
        read(tmp_path, CURRENT, window=3600)


def test_rows_without_that_column_are_left_out_and_counted(tmp_path: Path) -> None:
    found = read(write(tmp_path / "rows.csv"), CURRENT, timestamp="at", window=3600)
    assert len(found) == 0
    assert "3 rows of current have no time that can be read: left out" in found.notes


@given(st.binary(max_size=200), st.sampled_from(["csv", "jsonl", "parquet"]))
def test_whatever_bytes_a_file_holds_they_are_read_or_refused(content: bytes, suffix: str) -> None:
    with fsspec.open(f"memory://any/rows.{suffix}", "wb") as file:
        file.write(content)
    with suppress(Unavailable):
        window(REFERENCE, Data(reference=f"memory://any/rows.{suffix}"))
