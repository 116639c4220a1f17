"""Quantities as people write them: `24h`, `5%`, `80Gi`, `70B`, `>= 0.92`.

Each is parsed once, into a plain value that the plan can compute with, and written back the same
way in the schema and in messages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import isclose
from typing import Annotated, Any

from pydantic_core import PydanticCustomError, core_schema

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_BYTES = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50}
_IN_ORDER = "as year, month and day"
_COUNTS = {"K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}

# Each pattern holds no more digits than its value keeps, so that what is written back is legal too.
DURATION = r"^([1-9][0-9]{0,5}(s|m|h|d)|[1-9][0-9]{0,4}w)$"
PERCENT = r"^(100(\.0{1,6})?|[0-9]{1,2}(\.[0-9]{1,6})?)%$"
MEMORY = r"^([1-9][0-9]{0,6}|[1-9][0-9]{0,2}\.[0-9]{1,3})(Ki|Mi|Gi|Ti|Pi)$"
CPU = (
    r"^([1-9][0-9]{0,6}m|[1-9][0-9]{0,3}(\.[0-9]{1,3})?"
    r"|0\.([1-9][0-9]{0,2}|0[1-9][0-9]?|00[1-9]))$"
)
PARAMETERS = r"^([1-9][0-9]{0,4}(\.[0-9]{1,4})?(K|M|B|T)|0\.0{0,3}[1-9][0-9]{0,3}(B|T))$"
DAY = r"^2[0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
THRESHOLD = r"^(>=|<=|>|<|==) ?-?[0-9]{1,9}(\.[0-9]{1,6})?$"


@dataclass(frozen=True)
class Threshold:
    """A bound on a metric, such as `>= 0.92`."""

    operator: str
    value: float

    def __str__(self) -> str:
        return f"{self.operator} {_digits(self.value, 6)}"

    def holds(self, found: float) -> bool:
        """Whether a value keeps the bound; what is no number keeps none."""
        return {
            ">=": found >= self.value,
            ">": found > self.value,
            "<=": found <= self.value,
            "<": found < self.value,
            "==": found == self.value,
        }[self.operator]


@dataclass(frozen=True, eq=False)
class _Quantity:
    """One kind of quantity: how it is read, written back and described.

    One step for the validator and one for the serializer, since both are built for every field of
    that kind, whenever a command starts.
    """

    noun: str
    pattern: str
    examples: Sequence[str]
    read: Callable[[str], Any]
    write: Callable[[Any], str]
    schema: Mapping[str, Any]
    """What JSON Schema says of it."""
    how: str = "with its unit"
    bare: bool = False
    """Whether it may be a number as well; all others are always text."""

    def parse(self, value: Any) -> Any:
        """The value that is meant. Raises PydanticCustomError."""
        text = str(value) if self.bare and type(value) in (int, float) else value
        if not isinstance(text, str) or not re.fullmatch(self.pattern, text):
            raise _wrong(self.noun, text, self.examples, self.how)
        return self.read(text)

    def __get_pydantic_core_schema__(self, kind: Any, handler: Any) -> core_schema.CoreSchema:
        back = core_schema.plain_serializer_function_ser_schema(self.write)
        return core_schema.no_info_plain_validator_function(self.parse, serialization=back)

    def __get_pydantic_json_schema__(self, inner: Any, handler: Any) -> dict[str, Any]:
        return dict(self.schema)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _wrong("a day of the calendar", text, ["2027-06-30"], _IN_ORDER) from None


def _wrong(noun: str, value: Any, examples: Sequence[str], how: str) -> PydanticCustomError:
    return PydanticCustomError(
        "quantity",
        "{written} is not {noun}",
        {
            "written": "this" if isinstance(value, (list, dict)) else repr(value),
            "noun": noun,
            "examples": list(examples),
            "next": f"write it {how}, such as {examples[0]}",
        },
    )


def _duration(text: str) -> timedelta:
    return timedelta(seconds=int(text[:-1]) * _SECONDS[text[-1]])


def _memory(text: str) -> int:
    """Bytes. A fraction is rounded to the unit below, which is what can be written back."""
    unit = _BYTES[text[-2:]]
    if "." not in text:
        return int(text[:-2]) * unit
    below = max(2**10, unit >> 10)
    return round(float(text[:-2]) * unit / below) * below


def _cpu(text: str) -> int:
    return int(text[:-1]) if text.endswith("m") else round(float(text) * 1000)


def _threshold(text: str) -> Threshold:
    operator = re.match(r"[<>=]+", text)
    assert operator  # the pattern has matched
    return Threshold(operator.group(), float(text[operator.end() :]))


def show_duration(value: timedelta) -> str:
    """The shortest way to write a duration: `1d`, `36h`, `90s`."""
    seconds = int(value.total_seconds())
    for unit in ("d", "h", "m"):
        if seconds % _SECONDS[unit] == 0:
            return f"{seconds // _SECONDS[unit]}{unit}"
    return f"{seconds}s"


def show_memory(value: int) -> str:
    """A Kubernetes quantity for a number of bytes: `80Gi`."""
    for unit in ("Pi", "Ti", "Gi", "Mi", "Ki"):
        if value % _BYTES[unit] == 0:
            return f"{value // _BYTES[unit]}{unit}"
    return str(value)


def show_cpu(value: int) -> str:
    """A Kubernetes quantity for a number of thousandths of a core."""
    return f"{value // 1000}" if value % 1000 == 0 else f"{value}m"


def show_percent(value: float) -> str:
    return f"{_digits(value * 100, 6)}%"


def show_parameters(value: float) -> str:
    """In the largest unit that takes four decimals at most: `350M`, `70.55B`."""
    filled = (unit for unit in ("T", "B", "M") if value >= _COUNTS[unit])
    unit = next(
        (u for u in filled if isclose(value, round(value / _COUNTS[u], 4) * _COUNTS[u])), "K"
    )
    return f"{_digits(value / _COUNTS[unit], 4)}{unit}"


def _digits(value: float, places: int) -> str:
    """A number without an exponent and without trailing zeros."""
    return f"{value:.{places}f}".rstrip("0").rstrip(".")


Duration = Annotated[
    timedelta,
    _Quantity(
        "a duration",
        DURATION,
        ["90s", "15m", "24h", "30d"],
        _duration,
        show_duration,
        {"type": "string", "pattern": DURATION, "examples": ["24h", "30d"]},
    ),
]
"""A length of time: `90s`, `15m`, `24h`, `30d`, `2w`."""

Percent = Annotated[
    float,
    _Quantity(
        "a percentage",
        PERCENT,
        ["5%", "80%"],
        lambda text: float(text[:-1]) / 100,
        show_percent,
        {"type": "string", "pattern": PERCENT, "examples": ["5%"]},
    ),
]
"""A share of one, written with its sign: `5%` is 0.05."""

Memory = Annotated[
    int,
    _Quantity(
        "an amount of memory or storage",
        MEMORY,
        ["512Mi", "80Gi", "2Ti"],
        _memory,
        show_memory,
        {"type": "string", "pattern": MEMORY, "examples": ["80Gi"]},
    ),
]
"""Bytes, in binary units: `512Mi`, `80Gi`."""

Cpu = Annotated[
    int,
    _Quantity(
        "a number of CPU cores",
        CPU,
        ["500m", "2", "1.5"],
        _cpu,
        show_cpu,
        {
            "anyOf": [
                {"type": "string", "pattern": CPU},
                {"type": "number", "minimum": 0.001, "maximum": 9999.999},
            ]
        },
        bare=True,
    ),
]
"""Thousandths of a core: `500m`, or cores: `2`."""

Parameters = Annotated[
    float,
    _Quantity(
        "a number of parameters",
        PARAMETERS,
        ["7B", "350M"],
        lambda text: float(text[:-1]) * _COUNTS[text[-1]],
        show_parameters,
        {"type": "string", "pattern": PARAMETERS, "examples": ["7B"]},
    ),
]
"""How many weights a model has: `7B`, `350M`."""

Bound = Annotated[
    Threshold,
    _Quantity(
        "a bound",
        THRESHOLD,
        [">= 0.92", "<= 0.1"],
        _threshold,
        str,
        {"type": "string", "pattern": THRESHOLD, "examples": [">= 0.92"]},
    ),
]
"""A comparison that a metric has to pass: `>= 0.92`."""

Day = Annotated[
    date,
    _Quantity(
        "a day",
        DAY,
        ["2027-06-30"],
        _day,
        date.isoformat,
        {"type": "string", "format": "date", "pattern": DAY},
        _IN_ORDER,
    ),
]
"""A day: `2027-06-30`."""
