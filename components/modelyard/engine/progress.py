"""How far the engine is, part by part, as its events tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pulumi.automation.events import EngineEvent, OpType, StepEventMetadata

from modelyard.engine.parts import Parts
from modelyard.recorder.urn import STACK_TYPE

DONE: Mapping[OpType, str] = {
    OpType.CREATE: "created",
    OpType.UPDATE: "updated",
    OpType.DELETE: "deleted",
    OpType.CREATE_REPLACEMENT: "replaced",
    OpType.IMPORT: "imported",
}
"""What an operation has done to a resource, in one word; the rest change nothing that a person
sees (half of a replacement, or a look)."""
TO_DO: Mapping[OpType, str] = {
    OpType.CREATE: "to create",
    OpType.UPDATE: "to update",
    OpType.DELETE: "to delete",
    OpType.CREATE_REPLACEMENT: "to replace",
    OpType.IMPORT: "to import",
}
"""The same in a preview."""

_LOGICAL = {OpType.REPLACE, OpType.DELETE_REPLACED, OpType.DISCARD_REPLACED}
"""Steps beside another one of the same resource that says it all."""


@dataclass
class PartProgress:
    """One part: how many of its resources are done, what was done, what is under way."""

    name: str
    total: int
    done: int = 0
    changes: Counter[str] = field(default_factory=Counter[str])
    failed: int = 0
    under_way: dict[str, str] = field(default_factory=dict[str, str])
    """By URN, what the provider last said of it."""
    began: float | None = None
    ended: float | None = None

    @property
    def finished(self) -> bool:
        return self.done + self.failed >= self.total and not self.under_way

    def elapsed(self, now: float) -> float:
        """Seconds since its first operation, until its last where all are done."""
        if self.began is None:
            return 0.0
        return (self.ended if self.finished and self.ended else now) - self.began

    @property
    def said(self) -> str:
        """The newest word on what is under way: the last resource that was begun and waits."""
        waiting = [f"{_short(urn)} {words}".strip() for urn, words in self.under_way.items()]
        return waiting[-1] if waiting else ""


@dataclass
class Progress:
    """The parts of a run. `take` each event with the time it came at."""

    parts: Parts
    by_part: dict[str, PartProgress]
    words: Mapping[OpType, str]

    @classmethod
    def over(
        cls, parts: Parts, urns: Iterable[str], words: Mapping[OpType, str] = DONE
    ) -> Progress:
        """Over these resources."""
        totals = parts.counts(urns)
        return cls(parts, {part: PartProgress(part, n) for part, n in totals.items()}, words)

    def take(self, event: EngineEvent, now: float) -> PartProgress | None:
        """Follow an event; returns the part that it is about."""
        if event.resource_pre_event:
            return self._begin(event.resource_pre_event.metadata, now)
        if event.res_outputs_event:
            return self._end(event.res_outputs_event.metadata, now, failed=False)
        if event.res_op_failed_event:
            return self._end(event.res_op_failed_event.metadata, now, failed=True)
        if (said := event.diagnostic_event) and said.urn and said.severity.startswith("info"):
            part = self._part(said.urn)
            if said.urn in part.under_way:
                part.under_way[said.urn] = " ".join(said.message.split())
            return part
        return None

    def changes(self) -> Counter[str]:
        """What was done in all."""
        return sum((part.changes for part in self.by_part.values()), Counter[str]())

    def _begin(self, step: StepEventMetadata, now: float) -> PartProgress | None:
        if step.op in _LOGICAL or step.type == STACK_TYPE:
            return None
        part = self._part(step.urn)
        part.began = now if part.began is None else part.began
        part.under_way[step.urn] = ""
        if step.op is OpType.SAME:
            return self._count(part, step, now)
        return part

    def _end(self, step: StepEventMetadata, now: float, *, failed: bool) -> PartProgress | None:
        part = self._part(step.urn)
        if step.op in _LOGICAL or step.urn not in part.under_way:
            return None
        if failed:
            part.failed += 1
            part.ended = now
            del part.under_way[step.urn]
            return part
        return self._count(part, step, now)

    def _count(self, part: PartProgress, step: StepEventMetadata, now: float) -> PartProgress:
        del part.under_way[step.urn]
        part.done += 1
        part.ended = now
        if change := self.words.get(step.op):
            part.changes[change] += 1
        return part

    def _part(self, urn: str) -> PartProgress:
        name = self.parts[urn]
        return self.by_part.setdefault(name, PartProgress(name, 0))


def _short(urn: str) -> str:
    """`Deployment registry-mlflow` of a URN: the kind and the logical name."""
    chain, _, name = urn.rpartition("::")
    return f"{chain.rpartition(':')[2]} {name}"
