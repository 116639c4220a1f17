"""Windows of rows: read from files wherever they lie, cut to their time, and what is wrong said."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from modelyard_jobs.captured import is_captured, unfolded
from modelyard_jobs.config import Config, Data
from modelyard_jobs.errors import JobError, Misconfigured, Unavailable
from modelyard_jobs.judging import undecided
from modelyard_jobs.verdict import Finding, Report, Verdict

if TYPE_CHECKING:
    import pandas as pd

REFERENCE, CURRENT = "reference", "current"
MILLISECONDS = 1e11
"""Timestamps that are numbers are seconds since 1970; from here on (the year 5138) milliseconds."""


@dataclass(frozen=True)
class Window:
    """Rows, and what was to be said of them."""

    name: str
    frame: pd.DataFrame
    doubled: tuple[str, ...] = ()
    """Columns that were there twice: which one is meant nobody knows, so neither is here."""
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.frame)

    def lacks(self, *columns: str | None) -> str:
        """Why this window cannot be used with `columns`; empty where it can."""
        for column in columns:
            if column is None or column in self.frame:
                continue
            if column in self.doubled:
                return f"column {column} is there twice in {self.name}"
            return f"column {column} is missing in {self.name}"
        return ""


def looked_at(
    config: Config, windows: Iterable[Window], measured: Callable[[], Iterable[Finding]]
) -> Report:
    """The report of a job on windows: what is wrong with them, and what was measured where each has
    the rows that it takes.
    """
    windows = tuple(windows)
    notes = [undecided("rows", note, each.name) for each in windows for note in each.notes]
    short = [_short(each, config.data.minimum) for each in windows]
    too_few = [finding for finding in short if finding]
    findings = (*notes, *(too_few or measured()))
    samples = {each.name: len(each) for each in windows}
    return Report(config.job, config.model.name, findings, samples)


def compared(config: Config, measured: Callable[[Window, Window], Iterable[Finding]]) -> Report:
    """The report of a job that holds `data.current` against `data.reference`."""
    reference, current = window(REFERENCE, config.data), window(CURRENT, config.data)
    return looked_at(config, (reference, current), lambda: measured(reference, current))


def _short(window: Window, minimum: int) -> Finding | None:
    rows = len(window)
    if rows >= max(minimum, 1):
        return None
    reason = f"{rows} rows, and fewer than {minimum} are not judged" if rows else "no rows"
    return Finding("rows", Verdict.UNDECIDED, window.name, rows, minimum, reason)


def features(data: Data, *windows: Window) -> tuple[str, ...]:
    """Columns to look at: those named, or all that have no other role."""
    if data.features:
        return data.features
    other = {data.timestamp, data.target, data.prediction, data.score, data.embedding}
    columns = (str(c) for each in windows for c in (*each.frame.columns, *each.doubled))
    return tuple(dict.fromkeys(c for c in columns if c not in other | set(data.sensitive)))


@dataclass
class _Found:
    frames: list[pd.DataFrame] = field(default_factory=list)
    doubled: dict[str, None] = field(default_factory=dict)
    untimed: int = 0
    unknown: int = 0


def window(name: str, data: Data, now: datetime | None = None) -> Window:
    """`data.reference` or `data.current`; without rows where there are no files.

    Only `current` is cut to `data.window`. Raises `Misconfigured` where there is nothing to cut it
    by and `Unavailable` where a file cannot be read.
    """
    import pandas as pd

    address = getattr(data, name)
    if address is None:
        return Window(name, pd.DataFrame(), notes=(f"no data.{name} is given",))
    since = _since(data, now) if name == CURRENT else None
    found = _read(address, data, since)
    frame = pd.concat(found.frames, ignore_index=True) if found.frames else pd.DataFrame()
    return Window(
        name,
        frame.drop(columns=[*found.doubled], errors="ignore"),
        tuple(found.doubled),
        tuple(_notes(name, address, found)),
    )


def _since(data: Data, now: datetime | None) -> datetime | None:
    if data.window is None:
        return None
    if data.timestamp is None:
        raise Misconfigured(
            "data.window is given without data.timestamp", "name the column that tells a row's time"
        )
    return (now or datetime.now(UTC)) - timedelta(seconds=data.window)


def _notes(name: str, address: str, found: _Found) -> Iterator[str]:
    if not found.frames:
        yield f"there is no row of {name} in {address}"
    for column in found.doubled:
        yield f"column {column} is there twice in {name}: left out"
    if found.unknown:
        yield f"{found.unknown} captured requests of {name} are of no known form: left out"
    if found.untimed:
        yield f"{found.untimed} rows of {name} have no time that can be read: left out"


def _read(address: str, data: Data, since: datetime | None) -> _Found:
    found = _Found()
    for system, path in _files(address, since):
        frame = _frame(system, path)
        if is_captured(frame):
            frame, unknown = unfolded(frame, data)
            found.unknown += unknown
        again = frame.columns.duplicated(keep=False)
        found.doubled.update(dict.fromkeys(map(str, frame.columns[again])))
        frame = frame.loc[:, ~again]
        if since is not None:
            times = _times(frame, data.timestamp)
            found.untimed += int(times.isna().sum())
            frame = frame[times >= since]
        if len(frame):
            found.frames.append(frame)
    return found


def _times(frame: pd.DataFrame, timestamp: str | None) -> pd.Series:
    import pandas as pd

    if timestamp in frame:
        return moments(frame[timestamp])
    return pd.Series(pd.NaT, index=frame.index, dtype="datetime64[ns, UTC]")


def moments(column: pd.Series) -> pd.Series:
    """Times in UTC: of text with or without a zone (none is UTC), or of seconds since 1970."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column):
        seconds = column.astype("float64").where(column.abs() < MILLISECONDS, column / 1000)
        return pd.to_datetime(seconds, unit="s", utc=True, errors="coerce")
    # By `ISO8601`, pandas 2.3 gives what has no zone the zone of the row before.
    return pd.to_datetime(column, utc=True, errors="coerce", format="mixed")


def _files(address: str, since: datetime | None) -> list[tuple[Any, str]]:
    """Files of a folder in the order of their names; those not written since then have no row."""
    import fsspec

    with answering(address):
        system, path = fsspec.core.url_to_fs(address)
        if system.isfile(path):
            return [(system, path)]
        inside = [p for p in system.find(path) if not _hidden(p[len(path) :])]
        known = sorted(p for p in inside if _reader(p))
        return [(system, p) for p in known if since is None or _modified(system, p) >= since]


@contextmanager
def answering(address: str) -> Iterator[None]:
    """Whatever the systems of files have for an error becomes one of ours, about `address`."""
    try:
        yield
    except JobError:
        raise
    except ImportError as error:
        raise Unavailable(f"{address}: {error}", "install modelyard-jobs[data]") from error
    except ValueError as error:
        raise Misconfigured(f"{address}: {error}", "give s3://, gs:// or a path") from error
    except Exception as error:
        # Each cloud's client has a tree of errors of its own, and none of them is a bug of ours.
        raise Unavailable(
            f"{address} does not answer: {error or type(error).__name__}",
            "see that it exists, that this job may read it, and that nothing is in between",
        ) from error


def _hidden(path: str) -> bool:
    return any(part.startswith(("_", ".")) for part in path.split("/"))


def _modified(system: Any, path: str) -> datetime:
    moment = system.modified(path)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _frame(system: Any, path: str) -> pd.DataFrame:
    reader = _reader(path)
    if reader is None:
        raise Misconfigured(
            f"{path} is of no known form", "give .parquet, .csv, .jsonl or .json (JSON lines)"
        )
    with answering(path), system.open(path, "rb") as file:
        content = io.BytesIO(file.read())
    try:
        return reader(content)
    except (ValueError, OSError, csv.Error) as error:
        raise Unavailable(
            f"{path} cannot be read: {error}", "write the file again, whole and as UTF-8"
        ) from error


def _reader(path: str) -> Callable[[io.BytesIO], pd.DataFrame] | None:
    readers = {
        ".parquet": _parquet,
        ".csv": _csv,
        ".jsonl": _lines,
        ".ndjson": _lines,
        ".json": _lines,
    }
    return next((read for suffix, read in readers.items() if path.endswith(suffix)), None)


def _parquet(content: io.BytesIO) -> pd.DataFrame:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    # `read_table` refuses a file that has a column twice.
    table = ParquetFile(content).read()
    # Exact decimals would come as objects, and no statistic of them is one.
    kinds = [pa.float64() if pa.types.is_decimal(kind) else kind for kind in table.schema.types]
    schema = pa.schema(list(zip(table.schema.names, kinds, strict=True)))
    frame = table.replace_schema_metadata().cast(schema).to_pandas()
    # An index that pandas wrote is no column of anybody's.
    return frame.loc[:, ~frame.columns.str.startswith("__index_level_")]


def _csv(content: io.BytesIO) -> pd.DataFrame:
    import pandas as pd

    text = content.read().decode("utf-8-sig")
    header = next(csv.reader(io.StringIO(text, newline="")), [])
    if not header:
        return pd.DataFrame()
    frame = pd.read_csv(io.StringIO(text, newline=""), index_col=False, low_memory=False)
    # A second `a` is called `a.1` by now.
    return frame.set_axis(header, axis="columns")


def _lines(content: io.BytesIO) -> pd.DataFrame:
    import pandas as pd

    return pd.read_json(content, lines=True, convert_dates=False, dtype=False)
