"""Valkey or Redis in the cluster, or one that is there already."""

from __future__ import annotations

import pulumi

from modelyard.blueprint.site import ClusterSite
from modelyard.blueprint.units import show_memory
from modelyard.contracts.cache import CacheArgs
from modelyard.contracts.context import Purpose
from modelyard.contracts.endpoint import Endpoint, Peer
from modelyard.contracts.secrets import Gathered, SecretHandle
from modelyard.objects.manifests import network_policy, selector, service, stateful_set
from modelyard.objects.objects import Objects
from modelyard.objects.pods import Container, Pod, Resources
from modelyard.sites.kubernetes.references import secret_name

_NAME = "cache"
_PORT = 6379
_USER = 999
_MIB = 2**20


class CacheServer(pulumi.ComponentResource):
    """One server, Valkey or Redis, that writes what it holds to a volume."""

    tls = False
    authority: str | None = None

    def __init__(
        self, name: str, args: CacheArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:cache:CacheServer", name, None, opts)
        self.endpoint = _endpoint(args)
        self.secret = _serve(self, name, args)
        self.register_outputs({"endpoint": self.endpoint.url})


class AttachedCache(pulumi.ComponentResource):
    """A Valkey or Redis server that is there already."""

    authority: str | None = None

    def __init__(
        self, name: str, args: CacheArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:cache:AttachedCache", name, None, opts)
        attach = args.site.cache.attach
        assert attach is not None  # placed only where the blueprint names a server
        self.tls = attach.tls
        scheme = "rediss" if attach.tls else "redis"
        self.endpoint = Endpoint(host=attach.host, port=attach.port, scheme=scheme)
        wanted = Gathered(name=secret_name(attach.secret), keys=("password",))
        self.secret = args.secrets.gather(wanted, args.identity.namespaces[Purpose.PLATFORM])
        self.register_outputs({"endpoint": self.endpoint.url})


def _endpoint(args: CacheArgs) -> Endpoint:
    namespace = args.identity.namespaces[Purpose.PLATFORM].name
    peer = Peer(namespace, selector(_NAME))
    return Endpoint(host=f"{_NAME}.{namespace}.svc", port=_PORT, scheme="redis", peer=peer)


def _serve(parent: pulumi.Resource, name: str, args: CacheArgs) -> SecretHandle:
    """The server, its Service and who may reach it; returns the Secret with its password."""
    namespace = args.identity.namespaces[Purpose.PLATFORM]
    software = args.engine
    labels = args.context.labels(software)
    objects = Objects(parent, name, args.cluster, namespace, labels)
    identity = args.identity.workload(_NAME, Purpose.PLATFORM, parent)
    password = args.secrets.password(_NAME, parent)
    assert isinstance(args.site, ClusterSite)  # offered on such sites alone
    memory = args.site.cache.memory
    config = password.apply(lambda known: server_config(known, memory))
    values = {"password": password, "server.conf": config}
    secret = args.secrets.store(_NAME, namespace, values, parent)
    pod = Pod(
        containers=[_server(args.cluster.image(software), software, memory, secret)],
        service_account=identity.name,
        volumes={"config": {"secret": {"secretName": secret.name}}},
        labels={**labels, **selector(_NAME)},
        user=_USER,
    )
    clients = [Peer(namespace.name)]
    objects.add(network_policy(_NAME, selector(_NAME), ingress={_PORT: clients}))
    objects.add(service(_NAME, {"redis": _PORT}))
    objects.add(
        # Twice the memory: the log of writes and its successor are there at the same time.
        stateful_set(
            _NAME, pod, {"data": show_memory(2 * memory)}, args.cluster.facts.storage_class
        ),
        after=[identity.resource, secret.resource],
        stateful=args.context.protect,
    )
    return secret


def server_config(password: str, memory: int) -> str:
    """Keys without a time to live are never evicted: a feature gone would be a wrong one."""
    lines = (
        f"requirepass {password}",
        f"port {_PORT}",
        "dir /data",
        "appendonly yes",
        "appendfsync everysec",
        f"maxmemory {memory}",
        "maxmemory-policy volatile-lru",
        "",
    )
    return "\n".join(lines)


def _server(image: str, software: str, memory: int, secret: SecretHandle) -> Container:
    # Rewriting the log forks: pages that change meanwhile are there twice.
    limit = show_memory(-(-memory * 3 // 2 // _MIB) * _MIB)
    return Container(
        name=software,
        image=image,
        command=[f"{software}-server", f"/etc/{software}/server.conf"],
        environment={"REDISCLI_AUTH": secret.key("password")},
        ports={"redis": _PORT},
        health=["sh", "-c", f"{software}-cli ping | grep -q PONG"],
        mounts={"/data": "data", f"/etc/{software}": "config"},
        resources=Resources(cpu="250m", memory=limit),
    )
