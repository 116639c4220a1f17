"""What an endpoint of SageMaker's keeps is read as rows, in each of its forms."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from modelyard_jobs.config import Data
from modelyard_jobs.data import CURRENT, Window, window
from modelyard_jobs.errors import Misconfigured

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
FEATURES = ("amount", "page")


def record(
    asked: str, told: str, *, forms: tuple[str, str] = ("CSV", "CSV"), at: str = "11:00"
) -> dict[str, Any]:
    """As the developer guide shows one."""
    kinds = {"CSV": "text/csv; charset=utf-8", "JSON": "application/json"}

    def part(text: str, form: str, mode: str) -> dict[str, str]:
        kind = kinds.get(form, "text/csv")
        return {"observedContentType": kind, "mode": mode, "data": text, "encoding": form}

    return {
        "captureData": {
            "endpointInput": part(asked, forms[0], "INPUT"),
            "endpointOutput": part(told, forms[1], "OUTPUT"),
        },
        "eventMetadata": {"eventId": "1f2e", "inferenceTime": f"2026-05-01T{at}:00Z"},
        "eventVersion": "0",
    }


def read(folder: Path, *records: dict[str, Any], **data: Any) -> Window:
    path = folder / "yard-churn" / "live" / "2026" / "05" / "01" / "11" / "a.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text("".join(f"{json.dumps(each)}\n" for each in records))
    known = {"current": str(folder), "features": FEATURES, "score": "score", **data}
    return window(CURRENT, Data.model_validate(known), NOON)


ROW = {"amount": 9.5, "page": "home", "score": 0.25}


@pytest.mark.parametrize(
    ("asked", "told", "forms"),
    [
        ("9.5,home\n", "0.25\n", ("CSV", "CSV")),
        (b64encode(b"9.5,home").decode(), b64encode(b"0.25").decode(), ("BASE64", "BASE64")),
        ('{"amount": 9.5, "page": "home"}', '{"score": 0.25}', ("JSON", "JSON")),
        ('{"instances": [[9.5, "home"]]}', '{"predictions": [0.25]}', ("JSON", "JSON")),
        ('[{"amount": 9.5, "page": "home"}]', "0.25", ("JSON", "JSON")),
        ("9.5,home", "[0.25]", ("CSV", "JSON")),
    ],
    ids=["csv", "base64", "objects", "instances", "list", "mixed"],
)
def test_every_form_gives_the_same_row(
    tmp_path: Path, asked: str, told: str, forms: tuple[str, str]
) -> None:
    found = read(tmp_path, record(asked, told, forms=forms))
    assert found.frame.to_dict("records") == [ROW]
    assert found.notes == ()


def test_a_request_may_be_about_several_rows(tmp_path: Path) -> None:
    asked, told = 'a,"x, y"\n,z\n', "1,0.9\n0,0.1\n"
    found = read(tmp_path, record(asked, told), prediction="answer")
    assert found.frame["page"].tolist() == ["x, y", "z"]
    assert found.frame["amount"].isna().tolist() == [False, True]
    assert found.frame[["answer", "score"]].to_numpy().tolist() == [[1.0, 0.9], [0.0, 0.1]]


def test_its_time_is_that_of_the_request(tmp_path: Path) -> None:
    old, new = record("1,old", "0.1", at="09:00"), record("2,new", "0.2", at="11:30")
    found = read(tmp_path, old, new, timestamp="at", window=3600)
    assert found.frame["page"].tolist() == ["new"]


@pytest.mark.parametrize(
    "odd",
    [
        record("1,home", "0.1\n0.2"),
        record("1,home,more", "0.1"),
        record("{", "0.1", forms=("JSON", "CSV")),
        record("?", "0.1", forms=("BASE64", "CSV")),
        {**record("1,home", "0.1"), "captureData": {"endpointInput": {}}},
        {**record("1,home", "0.1"), "eventMetadata": None},
    ],
    ids=["answers", "columns", "json", "base64", "no-answer", "no-time"],
)
def test_what_cannot_be_read_is_left_out_and_said(tmp_path: Path, odd: dict[str, Any]) -> None:
    found = read(tmp_path, record("9.5,home", "0.25"), odd)
    assert found.frame.to_dict("records") == [ROW]
    assert found.notes == ("1 captured requests of current are of no known form: left out",)


def test_csv_without_names_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"name data\.features"):
        read(tmp_path, record("9.5,home", "0.25"), features=())
