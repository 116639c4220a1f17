"""Feast's servers: what each is started with, where it listens, and who may come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from modelyard.contracts.context import Purpose

NAME = "feast"
METRICS = 8000


@dataclass(frozen=True, kw_only=True)
class Server:
    """One of Feast's servers."""

    part: str
    command: Sequence[str]
    port: int
    health: str | int
    """Path that answers 200, or the port where nothing speaks HTTP."""
    clients: Sequence[Purpose]
    scheme: str = "grpc"
    metrics: bool = False
    scaled: bool = False
    """Whether it follows the load: online features are read with every prediction."""

    @property
    def name(self) -> str:
        return f"{NAME}-{self.part}"

    @property
    def ports(self) -> Mapping[str, int]:
        return {"server": self.port, **({"metrics": METRICS} if self.metrics else {})}


REGISTRY = Server(
    part="registry",
    command=("serve_registry", "-p", "6570"),
    port=6570,
    health=6570,
    clients=(Purpose.TRAINING,),
)
ONLINE = Server(
    part="online",
    command=("serve", "-h", "0.0.0.0", "-p", "6566", "--workers", "2", "--metrics"),
    port=6566,
    health="/health",
    clients=(Purpose.TRAINING, Purpose.PRODUCTION),
    scheme="http",
    metrics=True,
    scaled=True,
)
OFFLINE = Server(
    part="offline",
    command=("serve_offline", "-h", "0.0.0.0", "-p", "8815"),
    port=8815,
    health=8815,
    clients=(Purpose.TRAINING,),
)
SERVERS = (REGISTRY, ONLINE, OFFLINE)
