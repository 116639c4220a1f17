"""What an unquoted word of YAML means: the core schema of YAML 1.2.

Source: https://yaml.org/spec/1.2.2/#103-core-schema. So `on`, `yes` and `12:30` are text, and
`1.30` is a number.
"""

from __future__ import annotations

import re
from math import isinf

_NULL = {"", "~", "null", "Null", "NULL"}
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_LONGEST = 40
_LARGEST = 2**63


def resolve(text: str) -> str | int | float | bool | None:
    """The value of an unquoted scalar. Raises ValueError, in plain words, for a number that is
    not finite or too large to be meant.
    """
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _INT.fullmatch(text):
        return _integer(text)
    if _FLOAT.fullmatch(text):
        return _finite(text)
    if _NOT_FINITE.fullmatch(text):
        raise ValueError(f"{text} is not a number that can be used")
    return text


def _integer(text: str) -> int:
    if len(text) > _LONGEST:  # Python itself refuses to convert thousands of digits
        raise ValueError(f"a number of {len(text):,} digits is too large")
    base = {"0o": 8, "0x": 16}.get(text[:2], 10)
    value = int(text, base)
    if abs(value) >= _LARGEST:
        raise ValueError(f"{text} does not fit in 64 bits")
    return value


def _finite(text: str) -> float:
    value = float(text)
    if isinf(value):
        raise ValueError(f"{text[:_LONGEST]} is too large a number")
    return value
