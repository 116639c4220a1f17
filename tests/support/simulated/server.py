"""The providers' gRPC service: every package behind one port.

The engine has a connection for each provider of a program, so a connection is known by the cluster
that was configured on it.
"""

# ruff: noqa: N802 the methods are named by the service

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import grpc
from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc
from tests.support.simulated import objects, others
from tests.support.simulated.cloud import Cloud
from tests.support.simulated.cluster import Cluster
from tests.support.simulated.difference import diff
from tests.support.simulated.orders import Book, OrderedError, UnreadyError
from tests.support.simulated.unready import not_ready
from tests.support.simulated.values import decoded

VERSION = "999.0.0"
"""Newer than any that a program asks for: one process stands for plugins of several versions."""

Answer = TypeVar("Answer")


class Server(provider_pb2_grpc.ResourceProviderServicer):
    """Answers the engine out of a cloud."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud, self._book = cloud, Book(cloud)
        self._clusters: dict[str, Cluster] = {}

    async def Handshake(self, request: Any, context: Any) -> Any:
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    async def Attach(self, request: Any, context: Any) -> Any:
        return Empty()

    async def Cancel(self, request: Any, context: Any) -> Any:
        return Empty()

    async def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=VERSION)

    async def GetSchema(self, request: Any, context: Any) -> Any:
        return provider_pb2.GetSchemaResponse(schema="{}")

    async def CheckConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    async def DiffConfig(self, request: Any, context: Any) -> Any:
        """Another cluster is another provider; all else is the same one, set up anew."""
        old = request.old_inputs if request.HasField("old_inputs") else request.olds
        return diff(decoded(old), decoded(request.news), ("clusterIdentifier",))

    async def Configure(self, request: Any, context: Any) -> Any:
        self._clusters[context.peer()] = Cluster.configured(decoded(request.args))
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    async def Invoke(self, request: Any, context: Any) -> Any:
        """No program of ours looks anything up."""
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, f"nothing answers {request.tok}")

    async def Check(self, request: Any, context: Any) -> Any:
        def act() -> Any:
            inputs = request.news
            if _is_object(request):
                name = request.name or request.urn.rpartition("::")[2]
                inputs = objects.check(_type(request), name, inputs)
            return provider_pb2.CheckResponse(inputs=inputs)

        return await self._carried_out("Check", request, context, act)

    async def Diff(self, request: Any, context: Any) -> Any:
        def act() -> Any:
            type, old, new = _type(request), request.old_inputs, request.news
            if _is_object(request):
                cluster = self._cluster(context)
                return objects.differs(cluster, type, old, new, request.ignoreChanges)
            changeless = diff({}, {}) if old == new else None
            return changeless or diff(
                decoded(old), decoded(new), others.immutable(type), request.ignoreChanges
            )

        return await self._carried_out("Diff", request, context, act)

    async def Create(self, request: Any, context: Any) -> Any:
        def act() -> Any:
            if request.preview:
                said = others.planned(_type(request), request.urn, request.properties)
                return provider_pb2.CreateResponse(properties=said)
            type, cluster, inputs = _type(request), self._cluster(context), request.properties
            if _is_object(request):
                id, state = objects.create(self._cloud, cluster, type, inputs)
            else:
                id, state = others.create(self._cloud, cluster.place, type, request.urn, inputs)
            return provider_pb2.CreateResponse(id=id, properties=state)

        return await self._carried_out("Create", request, context, act)

    async def Update(self, request: Any, context: Any) -> Any:
        def act() -> Any:
            if request.preview:
                said = others.planned(_type(request), request.urn, request.news)
                return provider_pb2.UpdateResponse(properties=said)
            type, cluster = _type(request), self._cluster(context)
            if _is_object(request):
                state = objects.update(self._cloud, cluster, type, request.id, request.news)
            else:
                place = cluster.place
                state = others.update(
                    self._cloud, place, type, request.urn, request.id, request.news
                )
            return provider_pb2.UpdateResponse(properties=state)

        return await self._carried_out("Update", request, context, act)

    async def Read(self, request: Any, context: Any) -> Any:
        def act() -> Any:
            found = self._found(request, self._cluster(context))
            if found is None:
                return provider_pb2.ReadResponse()
            state, inputs = found
            return provider_pb2.ReadResponse(id=request.id, properties=state, inputs=inputs)

        return await self._carried_out("Read", request, context, act)

    def _found(self, request: Any, cluster: Cluster) -> tuple[Struct, Struct] | None:
        type = _type(request)
        if _is_object(request):
            return objects.read(self._cloud, cluster, type, request.id, request.inputs)
        place = cluster.place
        known = request.properties
        state = others.read(self._cloud, place, type, request.urn, request.id, known)
        return None if state is None else (state, request.inputs)

    async def Delete(self, request: Any, context: Any) -> Any:
        def act() -> Any:
            type, cluster = _type(request), self._cluster(context)
            if _is_object(request):
                objects.delete(self._cloud, cluster, type, request.id)
            else:
                others.delete(self._cloud, cluster.place, type, request.id)
            return Empty()

        return await self._carried_out("Delete", request, context, act)

    async def _carried_out(
        self, method: str, request: Any, context: Any, act: Callable[[], Answer]
    ) -> Answer | None:
        """Answer a call, and do with it what was ordered."""
        begin, type = time.perf_counter(), _type(request)
        orders = self._book.meant(method, type)
        answer: Any = None
        try:
            await self._book.obey(orders, after=False)
            answer = act()
            await self._book.obey(orders, after=True)
        except UnreadyError as error:
            await not_ready(context, str(error), answer, request)
        except (objects.RefusedError, OrderedError) as error:
            await context.abort(grpc.StatusCode.UNKNOWN, str(error))
        self._cloud.log(method, type, request.urn, time.perf_counter() - begin)
        return answer

    def _cluster(self, context: Any) -> Cluster:
        """What the connection's provider was told; only those of Kubernetes make anything of it."""
        return self._clusters[context.peer()]


def _type(request: Any) -> str:
    return request.type or request.urn.split("::")[2].rpartition("$")[2]


def _is_object(request: Any) -> bool:
    return others.is_object(_type(request))
