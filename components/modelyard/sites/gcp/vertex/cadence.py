"""Cadences for which cron has no words: it ticks, and a run looks whether it is time."""

from __future__ import annotations

from datetime import timedelta
from zlib import crc32

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)


def tick(every: timedelta) -> timedelta:
    """How often the clock looks: the longest of day and hour that divides the cadence."""
    return _HOUR if every % _DAY else _DAY


def ticks(called: str, every: timedelta) -> str:
    """The schedule. Models look at different times, so that they do not all train at once."""
    own = crc32(called.encode())
    minute, hour = own % 60, own // 60 % 6
    return f"{minute} * * * *" if tick(every) == _HOUR else f"{minute} {hour} * * *"


def enough(every: timedelta) -> int:
    """Seconds since the last run after which the next one is due: half a tick less than asked, so
    that a run that began a moment late counts as in time.
    """
    return int((every - tick(every) / 2).total_seconds())
