"""Runs a program against the monitor, in an event loop and a context of its own."""

from __future__ import annotations

import asyncio
import contextvars
import json
import os
from collections.abc import Awaitable, Callable, Mapping
from inspect import isawaitable
from types import MappingProxyType
from typing import Any

from pulumi._utils import ContextProperty
from pulumi.runtime import set_all_config
from pulumi.runtime.settings import SETTINGS, Settings, configure, set_root_resource
from pulumi.runtime.stack import run_in_stack

from modelyard.recorder.graph import Graph
from modelyard.recorder.log import Log
from modelyard.recorder.monitor import Lookup, Mode, Monitor
from modelyard.recorder.process import prepared
from modelyard.recorder.source import task_with_source
from modelyard.settling import settle

Program = Callable[[], Awaitable[None] | None]

# Its attributes are properties of a kind that type checkers cannot read.
_SDK: Any = SETTINGS
_NOTHING: Mapping[str, Any] = MappingProxyType({})
_DENY = "pulumi:disable-default-providers"


def record(
    program: Program,
    *,
    project: str,
    stack: str,
    config: Mapping[str, str] = _NOTHING,
    mode: Mode = Mode.PREVIEW,
    lookups: Mapping[str, Lookup] = _NOTHING,
) -> Graph:
    """Run `program` without an engine and return the resources it asks for.

    `config` is the stack's configuration with full keys (`project:key`). `lookups` answers
    provider functions by token; any other raises UnmodelledLookupError. An exception of the
    program, inside `apply` too, comes out as it is. Nothing of a run is left behind. Not to be
    called while an event loop runs in this thread.
    """
    denied = frozenset(json.loads(config.get(_DENY, "[]")))
    monitor = Monitor(project, stack, mode, lookups, denied)
    _refuse_running_loop()

    def run() -> None:
        _configure(monitor, project, stack, config, mode)
        _run(program)

    with prepared():
        contextvars.copy_context().run(run)
    return monitor.graph()


def _refuse_running_loop() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise RuntimeError("record() was called while an event loop runs; call it from a thread.")


def _configure(
    monitor: Monitor, project: str, stack: str, config: Mapping[str, str], mode: Mode
) -> None:
    """Point the SDK, in this context only, at the monitor."""
    for setting in vars(Settings).values():
        if isinstance(setting, ContextProperty):
            # The first value set in a context also becomes the default of all others.
            setting._data.set(_NOTHING)
    settings = Settings(
        project=project,
        stack=stack,
        monitor=monitor,
        engine=Log(),
        dry_run=mode is Mode.PREVIEW,
        organization="organization",
        root_directory=os.getcwd(),
    )
    configure(settings)
    set_root_resource(None)  # type: ignore[arg-type]
    set_all_config(dict(config), [])


def _run(program: Program) -> None:
    """Run the program to its end; of several errors, raise the one that came first."""
    failures: list[BaseException] = []
    loop = _InlineLoop()
    loop.set_task_factory(task_with_source)
    # Errors of tasks nobody waits for any more follow from the one that is raised.
    loop.set_exception_handler(lambda loop, context: None)
    try:
        loop.run_until_complete(run_in_stack(lambda: _settled(program, failures)))
    except BaseException as error:
        failures.append(_original(error))
    finally:
        _close(loop)
    if failures:
        raise failures[0]


class _InlineLoop(asyncio.SelectorEventLoop):
    """Answers requests where they are made: the monitor is in this thread and never waits."""

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> asyncio.Future[Any]:
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future


async def _settled(program: Program, failures: list[BaseException]) -> None:
    """Run the program and wait until all it began is done; on failure, drop what is left."""
    try:
        result = program()
        if isawaitable(result):
            await result
        await settle()
    except BaseException as error:
        failures.append(_original(error))
        _SDK.rpc_manager.clear()
        _SDK.outputs.clear()
        raise


def _original(error: BaseException) -> BaseException:
    """The program's exception: the SDK wraps some kinds, and prints the values in question."""
    while error.__cause__ is not None and str(error).startswith("While processing "):
        error = error.__cause__
    return error


def _close(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what still waits: without a word, as the engine's own host does."""
    pending = asyncio.all_tasks(loop)
    for task in pending:
        task.cancel()
    if pending:
        loop.run_until_complete(asyncio.wait(pending))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
