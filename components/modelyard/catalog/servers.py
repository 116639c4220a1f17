"""What model servers tell of their requests: the ground that alerts stand on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from string import Template
from types import MappingProxyType

from modelyard.catalog.sheet import rows

_SHEET = Path(__file__).with_name("servers.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What a server tells of its requests, as PromQL templates; None for what it does not."""

    p95: str | None = None
    """Seconds within which 95% of the answers came."""
    requests: str | None = None
    """Selector of the counter of requests."""
    errors: str | None = None
    """Selector of the counter of requests that failed by the server's fault."""
    waiting: str | None = None
    """Selector of the gauge of requests in the queue."""
    kv_cache: str | None = None
    """Selector of the gauge of the used share of the KV cache, from 0 to 1."""

    def at(self, matchers: str) -> Mapping[str, str]:
        """What is told, of the series that these label matchers pick."""
        told = {name: text for name, text in asdict(self).items() if text is not None}
        return {name: Template(text).substitute(at=matchers) for name, text in told.items()}


def server(engine: str, model_type: str) -> Server:
    """What the server of an engine tells; nothing when the catalog does not know it.

    KServe serves language models by another server than the rest.
    """
    id = "kserve-llm" if (engine, model_type) == ("kserve", "llm") else engine
    return _servers().get(id, Server())


def gateway() -> Server:
    """What Envoy tells of the requests to one route."""
    return _servers()["envoy-gateway"]


@cache
def _servers() -> Mapping[str, Server]:
    found = {id: Server(**row) for id, row in rows(_SHEET, "servers").items()}
    return MappingProxyType(found)
