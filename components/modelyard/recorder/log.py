"""The engine's logging service, which the SDK calls whether or not anybody listens."""

from __future__ import annotations

import logging

from pulumi.runtime.proto import engine_pb2

_LOGGER = logging.getLogger("modelyard.recorder")
_LEVELS = {
    engine_pb2.DEBUG: logging.DEBUG,
    engine_pb2.INFO: logging.INFO,
    engine_pb2.WARNING: logging.WARNING,
    engine_pb2.ERROR: logging.ERROR,
}


class Log:
    """Passes the program's messages on to `logging`."""

    def Log(self, request: engine_pb2.LogRequest) -> None:  # noqa: N802 named by the service
        _LOGGER.log(_LEVELS[request.severity], request.message)
