"""Waits for all that a program began, at once."""

from __future__ import annotations

import asyncio
from typing import Any

from pulumi.runtime.settings import SETTINGS

# Its attributes are properties of a kind that type checkers cannot read.
_SDK: Any = SETTINGS


async def settle() -> None:
    """Wait for all requests and outputs; raise the first error among them.

    Registered by `pulumi.run(settle)` as the last of a program. The SDK's own wait, which comes
    after, takes up every open output anew whenever one is done: for 1,000 resources a third more of
    Python's time, for 5,000 half as much again (docs/benchmarks.md).
    """
    await asyncio.sleep(0)
    while pending := [task for task in _tasks() if not task.done()]:
        await asyncio.wait(pending, return_when=asyncio.FIRST_EXCEPTION)
        await asyncio.sleep(0)
        _raise_first()
    _raise_first()


def _tasks() -> list[asyncio.Future[Any]]:
    return [*_SDK.outputs, *_SDK.rpc_manager.rpcs]


def _raise_first() -> None:
    if _SDK.rpc_manager.unhandled_exception is not None:
        raise _SDK.rpc_manager.unhandled_exception
    for task in list(_SDK.outputs):
        if task.done():
            task.result()
