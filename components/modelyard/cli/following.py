"""Runs an operation of the engine, shows how far it is, and passes Ctrl-C on to it."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any

from pulumi.automation.events import EngineEvent

from modelyard.cli.display import Display
from modelyard.engine.progress import Progress
from modelyard.engine.stack import Stack

_TICK = 0.25
"""Seconds between two looks at the clock while nothing happens."""


@dataclass
class Run:
    """What happened in one run of the engine."""

    events: list[EngineEvent] = field(default_factory=list[EngineEvent])
    error: BaseException | None = None
    interrupted: bool = False
    seconds: float = 0.0


def follow(
    stack: Stack,
    operation: Callable[[Callable[[EngineEvent], Any]], None],
    progress: Progress,
    display: Display,
) -> Run:
    """Run the operation to its end, however it ends; the error is in the result, not raised."""
    heard: SimpleQueue[EngineEvent | None] = SimpleQueue()
    run, began = Run(), time.monotonic()

    def work() -> None:
        try:
            operation(heard.put)
        except BaseException as error:
            run.error = error
        finally:
            heard.put(None)

    worker = threading.Thread(target=work, daemon=True)
    with display, _signals_passed_on(stack, run, display):
        worker.start()
        for event in _until_done(heard, display):
            run.events.append(event)
            display.changed(progress.take(event, time.monotonic()))
    worker.join()
    run.seconds = time.monotonic() - began
    return run


def _until_done(heard: SimpleQueue[EngineEvent | None], display: Display) -> Iterator[EngineEvent]:
    while True:
        try:
            event = heard.get(timeout=_TICK)
        except Empty:
            display.tick()
            continue
        if event is None:
            return
        yield event


@contextmanager
def _signals_passed_on(stack: Stack, run: Run, display: Display) -> Iterator[None]:
    """The first Ctrl-C lets the engine finish what is under way, a second one stops it at once."""

    def pass_on(number: int, frame: object) -> None:
        display.say("stopping at once" if run.interrupted else _STOPPING)
        run.interrupted = True
        stack.command.interrupt()

    before = {number: signal.signal(number, pass_on) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_STOPPING = "stopping: what is under way is finished first; once more to stop at once"
