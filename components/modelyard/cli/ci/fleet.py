"""Many reviews at a time: each apart from the others, within its time and its memory."""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, as_completed
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import dataclass
from typing import Any, cast

from modelyard.blueprint.errors import one_line
from modelyard.cli.ci.outcome import Outcome, Status
from modelyard.cli.ci.task import Task

_BEFORE_RENEWAL = 25
"""Reviews after which a process gives way to a new one: what leaks, leaks no further."""

Done = Callable[[tuple[Outcome, ...]], None]


@dataclass(frozen=True)
class Fleet:
    """Processes that review blueprints."""

    processes: int
    seconds: float
    """For one blueprint, in all of its environments."""
    mib: int
    """Of memory, for one process."""

    def review(self, tasks: Sequence[Task], root: str, done: Done) -> list[Outcome]:
        """The outcomes in the order of the tasks; `done` is told of each task as it ends.

        A task whose process dies, or that takes too long, is an outcome like any other.
        """
        if not tasks:
            return []
        from pebble import ProcessPool

        from modelyard.cli.ci.reviewing import review

        pool = ProcessPool(
            max_workers=max(1, min(self.processes, len(tasks))),
            max_tasks=_BEFORE_RENEWAL,
            initializer=_prepare,
            initargs=(root, self.mib),
            # Forked while threads run, a child may wait for ever.
            context=cast(Any, multiprocessing.get_context("spawn")),
        )
        with pool:
            given = [pool.schedule(review, (task,), timeout=self.seconds) for task in tasks]
            futures = cast("list[Future[Any]]", given)
            try:
                found = dict(self._ended(futures, tasks, done))
            except BaseException:
                pool.stop()
                raise
        return [outcome for future in futures for outcome in found[future]]

    def _ended(
        self, futures: Sequence[Future[Any]], tasks: Sequence[Task], done: Done
    ) -> Iterator[tuple[Future[Any], tuple[Outcome, ...]]]:
        """Each as it ends."""
        by_future = dict(zip(futures, tasks, strict=True))
        for future in as_completed(futures):
            outcomes = self._outcomes(future, by_future[future])
            done(outcomes)
            yield future, outcomes

    def _outcomes(self, future: Future[Any], task: Task) -> tuple[Outcome, ...]:
        from pebble import ProcessExpired

        try:
            return future.result()
        except TookTooLong:
            why = f"it took longer than {self.seconds:g} seconds"
        except ProcessExpired as error:
            why = f"its process ended by itself, with exit code {error.exitcode}"
        except MemoryError:
            why = f"it needs more than {self.mib:,} MiB of memory"
        except Exception as error:
            why = one_line(f"{type(error).__name__}: {error}")[:200]
        touched = task.touched
        return (Outcome(touched.path, None, Status.FAILED, touched.reasons, why),)


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _prepare(root: str, mib: int) -> None:
    """In each process, before its first review."""
    os.chdir(root)
    gc.set_threshold(50_000, 20, 20)
    _bound(mib * 2**20)


def _bound(most: int) -> None:
    """Where the system can; `RLIMIT_DATA` counts what is written to, not what is mapped."""
    try:
        import resource
    except ImportError:
        return
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (bound, hard))
