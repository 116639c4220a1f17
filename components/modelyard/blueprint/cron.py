"""Cron schedules as clouds write them."""

from __future__ import annotations

import re

_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_FIELDS = 5
_FIRST = ("0", "0", "1", "1")
"""Where steps over all of a field begin."""


def aws_cron(text: str) -> str | None:
    """`0 2 * * 1-5` as EventBridge writes it; None for what it cannot say.

    EventBridge wants a `?` for either the day of the month or the day of the week, so that a
    schedule that names both cannot be said. Source: EventBridge Scheduler user guide, schedule
    types.
    """
    fields = text.split()
    if len(fields) != _FIELDS or not all(re.fullmatch(r"[0-9A-Za-z*/,-]+", f) for f in fields):
        return None
    minute, hour, day, month = map(_steps, fields, _FIRST)
    weekday = _weekday(fields[4])
    if weekday == "*":
        weekday = "?"
    elif day == "*":
        day = "?"
    else:
        return None
    return f"cron({minute} {hour} {day} {month} {weekday} *)"


def _steps(field: str, start: str) -> str:
    return f"{start}{field[1:]}" if field.startswith("*/") else field


def _weekday(field: str) -> str:
    """By name: EventBridge counts from 1, cron from 0."""
    head, slash, step = field.partition("/")
    named = re.sub(r"[0-7]", lambda found: _DAYS[int(found.group())], head)
    return f"{named.upper()}{slash}{step}"
