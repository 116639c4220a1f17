"""What a preview says would change, resource by resource."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pulumi.automation.events import EngineEvent, OpType, StepEventMetadata

from modelyard.engine.parts import Parts
from modelyard.recorder.urn import STACK_TYPE

VERBS: Mapping[OpType, str] = {
    OpType.CREATE: "create",
    OpType.UPDATE: "update",
    OpType.REPLACE: "replace",
    OpType.DELETE: "delete",
    OpType.IMPORT: "import",
}
"""Operations that a preview counts; the other halves of a replacement are left out."""


@dataclass(frozen=True)
class Change:
    """One resource that would not stay as it is."""

    part: str
    verb: str
    kind: str
    """Type without the package: `apps/v1:Deployment`."""
    name: str
    urn: str
    properties: tuple[str, ...]
    """Paths that differ, where the provider says."""
    protected: bool

    def json(self) -> Mapping[str, object]:
        return {**vars(self), "properties": list(self.properties)}


def changes_of(events: Iterable[EngineEvent], parts: Parts) -> tuple[Change, ...]:
    """The changes among the events of a preview, in the engine's order."""
    steps = (event.resource_pre_event.metadata for event in events if event.resource_pre_event)
    return tuple(_change(step, parts) for step in steps if _counts(step))


def _counts(step: StepEventMetadata) -> bool:
    return step.op in VERBS and step.type != STACK_TYPE


def _change(step: StepEventMetadata, parts: Parts) -> Change:
    paths = step.detailed_diff or step.diffs or ()
    protected = bool(step.old and step.old.protect)
    return Change(
        part=parts[step.urn],
        verb=VERBS[step.op],
        kind=step.type.partition(":")[2],
        name=step.urn.rpartition("::")[2],
        urn=step.urn,
        properties=tuple(sorted(paths)),
        protected=protected,
    )
