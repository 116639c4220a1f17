"""Quantities: what is taken, what it becomes, how it is written back, and what is refused."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter, ValidationError

from modelyard.blueprint import units
from modelyard.blueprint.units import (
    Bound,
    Cpu,
    Duration,
    Memory,
    Parameters,
    Percent,
    Threshold,
    show_cpu,
    show_duration,
    show_memory,
)

KINDS: dict[str, tuple[Any, str]] = {
    "duration": (Duration, units.DURATION),
    "percent": (Percent, units.PERCENT),
    "memory": (Memory, units.MEMORY),
    "cpu": (Cpu, units.CPU),
    "parameters": (Parameters, units.PARAMETERS),
    "bound": (Bound, units.THRESHOLD),
}
ADAPTERS = {name: TypeAdapter(kind) for name, (kind, _) in KINDS.items()}
SCHEMAS = {name: Draft202012Validator(adapter.json_schema()) for name, adapter in ADAPTERS.items()}


def parse(kind: str, value: object) -> Any:
    return ADAPTERS[kind].validate_python(value)


def accepted(kind: str, value: object) -> bool:
    try:
        parse(kind, value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("duration", "90s", timedelta(seconds=90)),
        ("duration", "15m", timedelta(minutes=15)),
        ("duration", "24h", timedelta(days=1)),
        ("duration", "30d", timedelta(days=30)),
        ("duration", "2w", timedelta(days=14)),
        ("percent", "5%", 0.05),
        ("percent", "0%", 0.0),
        ("percent", "99.95%", 0.9995),
        ("percent", "100%", 1.0),
        ("memory", "512Mi", 512 * 2**20),
        ("memory", "80Gi", 80 * 2**30),
        ("memory", "1.5Ti", 1536 * 2**30),
        ("memory", "1Ki", 1024),
        ("cpu", "500m", 500),
        ("cpu", "2", 2000),
        ("cpu", "1.5", 1500),
        ("cpu", "0.05", 50),
        ("cpu", 2, 2000),
        ("cpu", 1.5, 1500),
        ("cpu", 0.25, 250),
        ("parameters", "7B", 7e9),
        ("parameters", "350M", 350e6),
        ("parameters", "0.6B", 600e6),
        ("parameters", "70.55B", 70.55e9),
        ("parameters", "1T", 1e12),
        ("bound", ">= 0.92", Threshold(">=", 0.92)),
        ("bound", "<0.1", Threshold("<", 0.1)),
        ("bound", "== -1", Threshold("==", -1.0)),
    ],
)
def test_what_is_taken_and_what_it_becomes(kind: str, text: object, value: object) -> None:
    found = parse(kind, text)
    assert found == (pytest.approx(value) if isinstance(value, float) else value)


REFUSED: dict[str, list[object]] = {
    "duration": ["", "24", "24 h", "0h", "-1h", "1.5h", "h", "24H", "1y", "24h ", " 24h", "24h\n",
                 "1000000s", "100000w", 24, 1.5, None, True, [], {}, "１h"],
    "percent": ["", "5", "5 %", "%", "101%", "-5%", "100.5%", "0.1234567%", "5%\n", 5, 0.05, None,
                True, [], {}, "五%"],
    "memory": ["", "80", "80G", "80GB", "80gi", "0Gi", "0.5Gi", "-1Gi", "1e3Gi", "80 Gi", "Gi",
               "80Gi\n", "1000.5Gi", 80, 1.5, None, True, [], {}],
    "cpu": ["", "0", "0m", "0.0", "0.000", "-1", "1.2345", "m", "2 ", "1e3", "10000", "two", 0, -1,
            10_000, 1.2345, float("nan"), float("inf"), None, True, False, [], {}],
    "parameters": ["", "7", "7b", "7 B", "0B", "0.0B", "0.5K", "-7B", "7G", "B", "100000B", 7, 7e9,
                   None, True, [], {}],
    "bound": ["", "0.92", ">=", ">= x", "=> 0.9", "≥ 0.9", ">=  0.9", ">= .9", ">= 0.", ">= 1e3",
              ">= nan", "> = 1", 0.92, None, True, [], {}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "value"), [(kind, value) for kind, values in REFUSED.items() for value in values]
)
def test_what_is_refused_is_refused_with_examples(kind: str, value: object) -> None:
    with pytest.raises(ValidationError) as caught:
        parse(kind, value)
    [error] = caught.value.errors()
    assert error["type"] == "quantity"
    examples = error["ctx"]["examples"]
    assert examples
    assert all(accepted(kind, example) for example in examples)
    assert examples[0] in error["ctx"]["next"]
    assert error["ctx"]["noun"] in error["msg"]


@pytest.mark.parametrize("value", [["24h"], {"hours": 24}])
def test_a_whole_list_is_not_repeated_in_the_message(value: object) -> None:
    with pytest.raises(ValidationError, match="this is not a duration"):
        parse("duration", value)


def texts(kind: str) -> st.SearchStrategy[str]:
    """Legal texts, texts that are nearly so, and anything else."""
    legal = st.from_regex(KINDS[kind][1], fullmatch=True)
    near = legal.flatmap(
        lambda text: st.sampled_from([f" {text}", f"{text} ", f"{text}\n", text[:-1], text * 2])
    )
    return legal | near | st.text(max_size=12)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_the_schema_takes_what_the_type_takes(kind: str, data: st.DataObject) -> None:
    text = data.draw(texts(kind))
    # Python's `$` also stands before a last line break; that of JSON Schema does not.
    legal = SCHEMAS[kind].is_valid(text) and not text.endswith("\n")
    assert accepted(kind, text) == legal


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "cpu"])
@pytest.mark.parametrize("value", [0, 1, 1.5, True, None, [], {}])
def test_nothing_but_text_is_a_quantity(kind: str, value: object) -> None:
    assert not accepted(kind, value)
    assert not SCHEMAS[kind].is_valid(value)


@given(st.integers(1, 9_999_999))
def test_cores_may_be_numbers(thousandths: int) -> None:
    cores = thousandths / 1000
    assert parse("cpu", cores) == thousandths
    assert SCHEMAS["cpu"].is_valid(cores)


@given(st.integers(max_value=0) | st.integers(min_value=10_000))
def test_cores_are_neither_none_nor_endless(cores: int) -> None:
    assert not accepted("cpu", cores)
    assert not SCHEMAS["cpu"].is_valid(cores)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_what_is_written_back_is_read_as_the_same(kind: str, data: st.DataObject) -> None:
    value = parse(kind, data.draw(st.from_regex(KINDS[kind][1], fullmatch=True)))
    written = ADAPTERS[kind].dump_python(value)
    again = parse(kind, written)
    assert again == (pytest.approx(value) if isinstance(value, float) else value)
    assert ADAPTERS[kind].dump_python(again) == written
    assert SCHEMAS[kind].is_valid(written)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (timedelta(seconds=90), "90s"),
        (timedelta(seconds=120), "2m"),
        (timedelta(hours=36), "36h"),
        (timedelta(weeks=2), "14d"),
    ],
)
def test_durations_are_written_shortly(value: timedelta, text: str) -> None:
    assert show_duration(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(80 * 2**30, "80Gi"), (1536 * 2**20, "1536Mi"), (2**50, "1Pi"), (1536, "1536")],
)
def test_memory_is_written_as_kubernetes_does(value: int, text: str) -> None:
    assert show_memory(value) == text


@pytest.mark.parametrize(("value", "text"), [(500, "500m"), (2000, "2"), (1500, "1500m")])
def test_cores_are_written_as_kubernetes_does(value: int, text: str) -> None:
    assert show_cpu(value) == text


@given(st.from_regex(units.MEMORY, fullmatch=True) | st.from_regex(units.CPU, fullmatch=True))
def test_kubernetes_reads_them_too(text: str) -> None:
    """The grammar of a quantity of Kubernetes, as far as it is not an exponent."""
    kind = "memory" if text.endswith("i") else "cpu"
    written = ADAPTERS[kind].dump_python(parse(kind, text))
    assert re.fullmatch(r"[0-9]+(\.[0-9]{1,3})?(m|[KMGTP]i)?", written)


@given(st.integers(1, 999), st.integers(1, 999), st.sampled_from(["Mi", "Gi", "Ti", "Pi"]))
def test_a_fraction_is_kept_to_the_unit_below(whole: int, part: int, unit: str) -> None:
    text = f"{whole}.{part:03}{unit}"
    one = parse("memory", f"1{unit}")
    assert abs(parse("memory", text) - (whole + part / 1000) * one) <= one / 1024
