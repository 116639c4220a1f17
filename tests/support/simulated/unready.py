"""How a provider says that a resource is there and does not become ready."""

from __future__ import annotations

from typing import Any

import grpc
from google.protobuf.any_pb2 import Any as Packed
from pulumi.runtime.proto import provider_pb2, status_pb2


async def not_ready(context: Any, reason: str, answer: Any, request: Any) -> None:
    """End the call as `partialError` of pulumi-kubernetes does: with the state that there is."""
    detail = provider_pb2.ErrorResourceInitFailed(
        id=getattr(answer, "id", "") or request.id,
        properties=answer.properties,
        inputs=getattr(request, "news", None) or request.properties,
        reasons=[reason],
    )
    packed = Packed()
    packed.Pack(detail)
    status = status_pb2.Status(
        code=grpc.StatusCode.UNKNOWN.value[0], message=reason, details=[packed]
    )
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    await context.abort(grpc.StatusCode.UNKNOWN, reason)
