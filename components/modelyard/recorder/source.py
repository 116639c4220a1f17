"""Where in the program a resource was made: `file:line` of the code that named it.

The SDK's own positions count constructors and miss resources made by functions, and a request is
sent by a task long after the call. So the position is taken when that task is made, while the
program is still on the stack, and travels to the monitor in the task's context.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextvars import ContextVar, copy_context
from typing import Any

_SOURCE: ContextVar[str | None] = ContextVar("modelyard_source", default=None)

# The task that the SDK makes for each request (pulumi.runtime.rpc_manager).
REQUEST = "rpc_wrapper"

# What makes objects on behalf of others is not where they come from.
_MACHINERY = ("pulumi", "asyncio", "modelyard.objects")


def current() -> str | None:
    """The position that led to the request being handled."""
    return _SOURCE.get()


def task_with_source(
    loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any
) -> asyncio.Task[Any]:
    """A task factory: tasks that carry a request know which line asked for it."""
    if getattr(coroutine, "__name__", "") == REQUEST:
        context = copy_context()
        context.run(_SOURCE.set, _position())
        options["context"] = context
    return asyncio.Task(coroutine, loop=loop, **options)


def _position() -> str | None:
    frame = sys._getframe(2)
    while frame is not None:
        if not _is_machinery(frame.f_globals.get("__name__", "")):
            return f"{_short(frame.f_code.co_filename)}:{frame.f_lineno}"
        frame = frame.f_back
    return None


def _is_machinery(module: str) -> bool:
    return module.startswith("pulumi_") or any(
        module == name or module.startswith(f"{name}.") for name in _MACHINERY
    )


def _short(path: str) -> str:
    """The path from the working directory, if the file is below it."""
    here = os.getcwd() + os.sep
    return path.removeprefix(here)
