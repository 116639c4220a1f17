"""Cron schedules as clouds write them."""

from __future__ import annotations

import re
from datetime import timedelta

_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_FIELDS = 5
_FIELD = r"[0-9A-Za-z*/,-]+"
_FIRST = ("0", "0", "1", "1")
"""Where steps over all of a field begin."""
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


def cron(every: timedelta) -> str | None:
    """A cadence as cron writes it; None for what it cannot say: it begins anew every day."""
    if every == 7 * _DAY:
        return "0 3 * * 0"
    if every == _DAY:
        return "0 3 * * *"
    if not every or every % _HOUR or _DAY % every:
        return None
    hours = every // _HOUR
    return "0 * * * *" if hours == 1 else f"0 */{hours} * * *"


def five_fields(text: str) -> bool:
    """Whether this is a schedule of five fields, as cron itself has them."""
    fields = text.split()
    return len(fields) == _FIELDS and all(re.fullmatch(_FIELD, field) for field in fields)


def aws_cron(text: str) -> str | None:
    """`0 2 * * 1-5` as EventBridge writes it; None for what it cannot say.

    EventBridge wants a `?` for either the day of the month or the day of the week, so that a
    schedule that names both cannot be said. Source: EventBridge Scheduler user guide, schedule
    types.
    """
    if not five_fields(text):
        return None
    fields = text.split()
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
