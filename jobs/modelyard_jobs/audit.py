"""What was done to a model's versions: one object for each act, in a folder that only grows. As a
job it says whether the records still hold.

Each record has the hash of the one before, so that none can be changed, taken out or slipped in
between without a trace. Only the newest could be taken away unseen: keep `head` elsewhere as well.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import uuid4

from pydantic import ValidationError

from modelyard_jobs.config import Config, Section
from modelyard_jobs.data import answering
from modelyard_jobs.errors import Unavailable
from modelyard_jobs.verdict import Finding, Report, Verdict

HEAD = "modelyard.audit"
"""Tag of the model in the registry: the hash of the newest record of its trail."""
_TRIES = 20


class Settings(Section):
    folder: str
    """Of audit trails."""


class Gate(Section):
    """A finding by which a version was let in."""

    measure: str
    subject: str = ""
    value: float | None = None
    limit: float | None = None
    verdict: str
    reason: str = ""


class Act(Section):
    """What was done, by whom, and why it was allowed."""

    event: str
    """`promoted` or `rolled-back`."""
    model: str
    """In the registry."""
    alias: str
    origin: str | None = None
    """Of what was let in, as it was proposed: `models:/churn-candidate/7`."""
    before: str | None
    """The version that the alias named."""
    after: str
    by: str
    approver: str | None = None
    why: str = ""
    run: str
    """Of what carried it out; a run does one act, however often it is tried."""
    gates: tuple[Gate, ...] = ()
    digests: dict[str, str] = {}
    """Of the model and of the configuration."""


class Record(Section):
    """An act with its place in the chain."""

    sequence: int
    time: str
    previous: str | None
    """SHA-256 of the record before, as it lies there; none before the first."""
    act: Act


def run(config: Config, settings: Settings) -> Report:
    from modelyard_jobs import registry

    model = registry.registered(config.model)
    trail = Trail(settings.folder, model)
    wrong = trail.wrong(registry.tag_of(model, HEAD))
    verdict = Verdict.BREACHED if wrong else Verdict.PASSED
    found = Finding("breaks", verdict, value=len(wrong), limit=0, reason="; ".join(wrong))
    return Report(config.job, config.model.name, (found,), {"records": len(trail)})


class Trail:
    """The records of one model, in a folder of an object store (`s3://`, `gs://`) or on a disk."""

    def __init__(self, folder: str, model: str) -> None:
        import fsspec

        self._store, path = fsspec.core.url_to_fs(folder)
        self._folder = f"{path.rstrip('/')}/{model}"

    def append(self, act: Act, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Record:
        """Write an act down, once for each run that does it.

        Raises `Unavailable` where the trail does not hold, or others write to it all the time.
        """
        for _ in range(_TRIES):
            lines = self._sound()
            if done := _done(lines, act.run, act.event):
                return done
            last = lines[-1] if lines else None
            record = Record(
                sequence=len(lines) + 1,
                time=now().isoformat(timespec="milliseconds"),
                previous=sha256(last).hexdigest() if last is not None else None,
                act=act,
            )
            if self._created(record):
                return record
        raise Unavailable(f"{self._folder} is written to by others all the time", "try again")

    def _sound(self) -> list[bytes]:
        lines = self._lines()
        if wrong := list(_breaks(lines)):
            what = f"the audit trail {self._folder} does not hold: {'; '.join(wrong)}"
            raise Unavailable(what, "bring its objects back, from the store's older versions")
        return lines

    def done(self, run: str, event: str) -> Act | None:
        """What a run has written down already."""
        record = _done(self._sound(), run, event)
        return record.act if record else None

    def _created(self, record: Record) -> bool:
        """Whether there was no such object yet: none is ever written over."""
        name = f"{self._folder}/{record.sequence:08d}.json"
        text = json.dumps(record.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        with answering(self._folder):
            self._store.makedirs(self._folder, exist_ok=True)
            try:
                self._place(name, text.encode())
            except FileExistsError:
                return False
        return True

    def _place(self, name: str, content: bytes) -> None:
        """Raises FileExistsError. A store shows an object whole; a disk shows a file that is being
        written, save where it gets its name afterwards.
        """
        if "file" not in self._store.protocol:
            self._store.pipe_file(name, content, mode="create")
            return
        whole = f"{name}.{uuid4()}"
        self._store.pipe_file(whole, content)
        try:
            os.link(whole, name)
        finally:
            self._store.rm_file(whole)

    def _lines(self) -> list[bytes]:
        """The records as they lie there, in the order of their names."""
        self._store.invalidate_cache()
        with answering(self._folder):
            if not self._store.isdir(self._folder):
                return []
            names = sorted(self._store.ls(self._folder, detail=False))
            return [self._store.cat_file(name) for name in names if name.endswith(".json")]

    def __len__(self) -> int:
        return len(self._lines())

    def records(self) -> tuple[Record, ...]:
        return tuple(Record.model_validate_json(line) for line in self._lines())

    def head(self) -> str | None:
        """What the newest record adds up to; kept elsewhere, it tells when that one is gone."""
        lines = self._lines()
        return sha256(lines[-1]).hexdigest() if lines else None

    def wrong(self, head: str | None = None) -> list[str]:
        """What does not hold: a gap, a change, an end that is not `head`."""
        lines = self._lines()
        found = list(_breaks(lines))
        if head is not None and (not lines or sha256(lines[-1]).hexdigest() != head):
            found.append("the newest record is not the one that was last written")
        return found


def _done(lines: list[bytes], run: str, event: str) -> Record | None:
    for record in map(Record.model_validate_json, reversed(lines)):
        if (record.act.run, record.act.event) == (run, event):
            return record
    return None


def _breaks(lines: list[bytes]) -> Iterator[str]:
    before: bytes | None = None
    for place, line in enumerate(lines, start=1):
        yield from _break(place, line, before)
        before = line


def _break(place: int, line: bytes, before: bytes | None) -> Iterator[str]:
    try:
        record = Record.model_validate_json(line)
    except ValidationError:
        yield f"record {place} is not one"
        return
    if record.sequence != place:
        yield f"record {record.sequence} stands where {place} should: one is missing or was added"
    if record.previous != (sha256(before).hexdigest() if before is not None else None):
        yield f"record {record.sequence} does not follow from the one before it: that was changed"


def digest_of(document: Any) -> str:
    """SHA-256 of a JSON value, whatever the order of its keys."""
    return f"sha256:{sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()}"
