"""Work beside a test, again and again until the test is through with what it is for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def repeated(work: Callable[[], None], seconds: float) -> Iterator[None]:
    """Does the work with so long a pause before each time."""
    over = threading.Event()

    def each_time() -> None:
        while not over.wait(seconds):
            work()

    worker = threading.Thread(target=each_time, daemon=True)
    worker.start()
    try:
        yield
    finally:
        over.set()
        worker.join()
