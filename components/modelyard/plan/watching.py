"""Targets that nothing can hold a model to, said aloud."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding, Path
from modelyard.blueprint.checks.serving import HOSTED, engine_of
from modelyard.blueprint.serve import Exposure
from modelyard.catalog.servers import told
from modelyard.plan.capability import Capability as C
from modelyard.plan.standing import site_of_model

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.model import Model
    from modelyard.plan.placement import Placement

NEEDS = {"p95_ms": "p95", "rps": "requests", "availability": "errors"}
"""What a server has to tell for a target to be watched, as `catalog/servers.yaml` names it."""
_NOUNS = {"p95": "how long answers take", "requests": "its requests", "errors": "its errors"}


def unwatched(blueprint: Blueprint, placements: Iterable[Placement]) -> list[Finding]:
    """A warning for each target from which no alert can follow."""
    placed = {(placement.site, placement.capability): placement for placement in placements}
    findings: list[Finding] = []
    for index, model in enumerate(blueprint.models):
        if engine_of(model) in HOSTED:
            continue  # the cloud's own metrics have all of it, and the server brings its alarms
        site, at = site_of_model(blueprint, model), ("models", index, "serve", "target")
        targets = [key for key in NEEDS if getattr(model.serve.target, key) is not None]
        if targets and (site, C.MONITORING) not in placed:
            findings.append(_unmonitored(model, site, at))
            continue
        gateway = placed.get((site, C.INGRESS))
        ours = gateway is not None and "envoy-gateway" in gateway.operators
        findings += [_untold(model, key, at) for key in targets if not _told(model, key, ours)]
    return findings


def _told(model: Model, key: str, gateway: bool) -> bool:
    exposed = gateway and model.serve.expose is Exposure.GATEWAY
    metrics = told(str(engine_of(model)), str(model.type), model.source, at_gateway=exposed)
    return NEEDS[key] in metrics.known()


def _unmonitored(model: Model, site: str, at: Path) -> Finding:
    what = f"nothing on site '{site}' watches the target of '{model.name}'"
    return Finding(at, what, "add a `monitoring` section", severity="warning")


def _untold(model: Model, key: str, at: Path) -> Finding:
    noun = _NOUNS[NEEDS[key]]
    what = f"{engine_of(model)} does not tell {noun}: no alert follows from this target"
    next = "set `expose: gateway`, so that the gateway tells, or choose another engine"
    return Finding((*at, key), what, next, severity="warning")
