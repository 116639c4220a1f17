"""What an operation of the engine did, by its events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi.automation.events import EngineEvent

from modelyard.engine.stack import FailedError, Stack

_HALVES = {"create-replacement", "delete-replaced", "discard", "discard-replaced", "read-discard"}
"""Steps of a replacement beside the one that is called `replace`."""


@dataclass(frozen=True)
class Run:
    """The events of one operation."""

    events: tuple[EngineEvent, ...]

    @property
    def changes(self) -> Mapping[str, str]:
        """What was done to each resource that did not stay as it is, by URN."""
        done = (event.resource_pre_event.metadata for event in self.events if _is_step(event))
        steps = ((step.urn, str(step.op.value)) for step in done)
        return {urn: op for urn, op in steps if op not in _HALVES | {"same", "refresh", "read"}}

    @property
    def said(self) -> list[str]:
        """All warnings and errors."""
        told = (event.diagnostic_event for event in self.events)
        return [d.message for d in told if d and d.severity in ("warning", "error")]

    @property
    def counted(self) -> Mapping[str, int]:
        """How many resources were made, changed and so on, by the engine's own count."""
        summaries = [event.summary_event for event in self.events if event.summary_event]
        return summaries[-1].resource_changes if summaries else {}


def _is_step(event: EngineEvent) -> bool:
    return event.resource_pre_event is not None


def carried_out(operation: Callable[..., Any], **options: Any) -> Run:
    """Run an operation of a stack to its end. Raises FailedError with all that the engine said."""
    events: list[EngineEvent] = []
    try:
        operation(events.append, **options)
    except FailedError as error:
        error.add_note("\n".join(Run(tuple(events)).said))
        raise
    return Run(tuple(events))


def deployment(stack: Stack) -> Mapping[str, Any]:
    """The state as the engine keeps it."""
    return stack.exported().deployment


def only(changes: Mapping[str, str], op: str) -> set[str]:
    """The URNs to which that was done."""
    return {urn for urn, done in changes.items() if done == op}


def names(urns: Iterable[str]) -> list[str]:
    """Logical names, for messages that people read."""
    return sorted(urn.rpartition("::")[2] for urn in urns)
