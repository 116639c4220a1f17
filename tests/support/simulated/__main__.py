"""`python -m tests.support.simulated FILE`: serve a cloud; prints the port, ends with us."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from pathlib import Path

import grpc
from pulumi.runtime.proto import provider_pb2_grpc
from tests.support.simulated.cloud import Cloud
from tests.support.simulated.server import Server

_LARGEST = 400 * 2**20
"""Bytes of a message, as the engine has it."""


async def serve(file: Path) -> None:
    """Answer until the parent is gone, however it went."""
    cloud = Cloud(file)
    sizes = [(f"grpc.max_{way}_message_length", _LARGEST) for way in ("send", "receive")]
    server = grpc.aio.server(options=sizes)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Server(cloud), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(0.5)
    await server.stop(None)
    cloud.close()


if __name__ == "__main__":
    # Everything here is freed by its count; walking the heap would cost a tenth of the time.
    gc.disable()
    asyncio.run(serve(Path(sys.argv[1])))
