"""What a run changes for the whole process while it lasts, and puts back."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_ERROR_ON_TEXT = "PULUMI_ERROR_OUTPUT_STRING"
_TURN = threading.Lock()


@contextmanager
def prepared() -> Iterator[None]:
    """Prepare the process for one run. Runs in other threads wait for their turn."""
    with _TURN, _collector_off(), _outputs_are_not_text(), _short_stacks():
        yield


@contextmanager
def _collector_off() -> Iterator[None]:
    """A run makes many small objects and frees few: collecting meanwhile costs a tenth more."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def _outputs_are_not_text() -> Iterator[None]:
    """Make an Output inside an f-string an error, where the SDK would write a warning into it."""
    before = os.environ.get(_ERROR_ON_TEXT)
    os.environ[_ERROR_ON_TEXT] = "true"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_ERROR_ON_TEXT]
        else:
            os.environ[_ERROR_ON_TEXT] = before


@contextmanager
def _short_stacks() -> Iterator[None]:
    """The SDK extracts the whole stack for each resource, a quarter of its time; `source` does not
    need it, and exceptions keep their whole traceback all the same.
    """
    before = getattr(sys, "tracebacklimit", None)
    sys.tracebacklimit = 1
    try:
        yield
    finally:
        if before is None:
            del sys.tracebacklimit
        else:
            sys.tracebacklimit = before
