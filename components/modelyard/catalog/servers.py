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
_GATEWAY = "envoy-gateway"
_KSERVE_PYTHON = (".joblib", ".pkl", ".pickle", ".bst", ".ubj", ".lgb", ".pmml")
"""Files of scikit-learn, XGBoost, LightGBM and PMML: KServe has a Python server for each."""


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

    def known(self) -> Mapping[str, str]:
        """What is told, by the names above."""
        return {name: text for name, text in asdict(self).items() if text is not None}

    def at(self, series: str, route: str) -> Mapping[str, str]:
        """What is told of one model: label matchers for its own series, and for its route."""
        matchers = {"at": series, "route": route}
        return {name: Template(text).substitute(matchers) for name, text in self.known().items()}


def told(engine: str, model_type: str, source: str, *, at_gateway: bool) -> Server:
    """What the server of a model tells, and the gateway where requests come through it.

    A server that is not in the catalog tells nothing.
    """
    id = _of_kserve(model_type, source) if engine == "kserve" else engine
    own = _servers().get(id, Server())
    if not at_gateway:
        return own
    gateway = _servers()[_GATEWAY]
    # Errors are divided by requests: both have to come from the same place.
    first, rest = (own, gateway) if own.errors else (gateway, own)
    return Server(**{**rest.known(), **first.known()})


def _of_kserve(model_type: str, source: str) -> str:
    """KServe has a server for each format of a model, and not all of them tell the same."""
    if model_type == "llm":
        return "kserve-llm"
    python = model_type == "predictive" and source.endswith(_KSERVE_PYTHON)
    return "kserve-python" if python else ""


@cache
def _servers() -> Mapping[str, Server]:
    found = {id: Server(**row) for id, row in rows(_SHEET, "servers").items()}
    return MappingProxyType(found)
