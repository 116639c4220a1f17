"""Models on two sites: whether the one's gateway can hand requests on to the other's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding
from modelyard.blueprint.checks.fleets import fleets_of
from modelyard.blueprint.checks.serving import HOSTED, engine_of
from modelyard.blueprint.serve import Exposure
from modelyard.blueprint.site import Carries, ClusterSite
from modelyard.plan.far import carrier
from modelyard.plan.offered import by_certificate, host
from modelyard.plan.standing import site_of_model

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.model import Model
    from modelyard.plan.serving import ModelPlan

ENVOY = "envoy-gateway"
FAILOVER = "failover"
"""Part of a stack's configuration in which it says, by model, to which site all requests go."""
_Said = tuple[str, str]
"""What is in the way, and what to do about it."""


def overflows(blueprint: Blueprint) -> Iterator[Finding]:
    """What keeps a model's second site from taking what its own does not."""
    for i, model in enumerate(blueprint.models):
        there = model.standing_in()
        if there is None:
            continue
        near, far = site_of_model(blueprint, model), site_of_model(blueprint, there)
        reasons = (*_of_model(blueprint, model, far), *_between(blueprint, near, far))
        for what, next in reasons:
            path = ("models", i, "serve", "fallback")
            yield Finding(path, f"'{model.name}' cannot fall back on '{far}': {what}", next)
        if blueprint.sites[near].operators.get(ENVOY) == "attach":  # pyright: ignore[reportArgumentType]
            what = f"the Envoy Gateway of '{near}' is somebody else's, and knows no Backend unasked"
            next = "have its owner set `extensionApis: {enableBackend: true}`"
            yield Finding(("sites", near, "operators"), what, next, severity="warning")


def _of_model(blueprint: Blueprint, model: Model, far: str) -> Iterator[_Said]:
    if model.serve.expose is not Exposure.GATEWAY:
        yield "requests come to it without a gateway", "set `expose: gateway`"
    if (engine := engine_of(model)) in HOSTED:
        yield f"{engine} serves outside the cluster", "choose an engine that runs in it"
    if model.source.startswith(("s3://", "gs://")):
        next = "take it from a registry (`models:/…`) or from the hub"
        yield "each site has a bucket of its own, and artifacts are in one", next
    stand = _standing(blueprint, far)
    for name in model.depends_on:
        if name not in stand:
            next = f"give '{name}' the same fallback, or remove it from `depends_on`"
            yield f"it reads '{name}', which does not stand there", next


def _standing(blueprint: Blueprint, site: str) -> set[str]:
    """The models that stand on a site, be it for others."""
    every = [place for m in blueprint.models for place in (m, m.standing_in()) if place]
    return {place.name for place in every if site_of_model(blueprint, place) == site}


def _between(blueprint: Blueprint, near: str, far: str) -> Iterator[_Said]:
    """A gateway of ours at both ends, a link, and a certificate that everybody trusts."""
    if near == far:
        yield "that is its own site", "name another one"
        return
    if far in fleets_of(blueprint):
        yield "there are several of it", "name a site of which there is one"
    if carrier(blueprint, near, far, Carries.REQUESTS) is None:
        link = f"{{from: {near}, to: {far}, via: vpn, carries: [requests]}}"
        yield "no link between the two carries requests", f"add `links: [{link}]`"
    for site in (near, far):
        ingress = blueprint.sites[site].ingress
        if ingress is None:
            yield f"'{site}' has no way in", f"add `ingress: {{domain: …}}` to '{site}'"
        elif ingress.attach:
            yield f"the gateway of '{site}' is somebody else's", "leave `ingress: {attach}` out"
    if not by_certificate(blueprint, near, far, Carries.REQUESTS):
        yield from _trust(blueprint, far)


def _trust(blueprint: Blueprint, far: str) -> Iterator[_Said]:
    site = blueprint.sites[far]
    cluster = isinstance(site, ClusterSite)
    trusted = site.keys.attach if cluster else site.ingress and site.ingress.certificate
    if site.ingress and not trusted:
        key = "keys: {attach: {issuer: …}}" if cluster else "certificate: …"
        yield "nobody outside trusts the certificate of its gateway", f"name one: `{key}`"


@dataclass(frozen=True)
class Elsewhere:
    """The same model at its second site, as its own site reaches it."""

    host: str
    by_certificate: str | None = None
    """The second site, where a certificate has to be shown there."""


def elsewhere(blueprint: Blueprint, model: ModelPlan) -> Elsewhere | None:
    """The model at its second site; None for one that has none, or that is it."""
    fallback = blueprint.model(model.name).serve.fallback
    if fallback is None or model.stands_in:
        return None
    ingress = blueprint.sites[fallback.on].ingress
    assert ingress is not None  # planned only where there is a way in
    if by_certificate(blueprint, model.site, fallback.on, Carries.REQUESTS):
        return Elsewhere(host(ingress.domain, model.name), fallback.on)
    return Elsewhere(f"{model.name}.{ingress.domain}")


def hands_on(blueprint: Blueprint, entry: str) -> bool:
    """Whether the gateway of a site hands some model's requests on to another one's."""
    return any(
        site_of_model(blueprint, model) == entry
        for model in blueprint.models
        if model.serve.fallback
    )
