"""What a site has for another one over a link: by certificate, or as a service of its cloud."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelyard.blueprint.serve import Exposure
from modelyard.blueprint.site import Carries, LinkVia
from modelyard.plan.far import carrier, watching
from modelyard.plan.standing import site_of_model, site_of_registry

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.site import Link

REGISTRY, METRICS = "mlflow", "metrics"
"""The first parts of their host names."""
LABEL = "links"
"""The part of a domain under which sites find what others offer them."""


def offered(blueprint: Blueprint, link: Link, end: str) -> tuple[str, ...]:
    """What one end of a link has for the other; nothing over a link that asks no certificate."""
    return asked(blueprint, link, end) if link.via is LinkVia.PUBLIC_MTLS else ()


def published(blueprint: Blueprint, link: Link, end: str) -> tuple[str, ...]:
    """What one end has for the other as a service of its cloud; nothing over any other link."""
    return asked(blueprint, link, end) if link.via is LinkVia.PRIVATE_SERVICE else ()


def asked(blueprint: Blueprint, link: Link, end: str) -> tuple[str, ...]:
    """What of one end the other may ask for over a link."""
    site, far = blueprint.sites[end], link.to if end == link.from_ else link.from_
    if site.ingress is None or site.ingress.attach:
        return ()
    has = {
        Carries.ARTIFACTS: (REGISTRY,) if site_of_registry(blueprint) == end else (),
        Carries.METRICS: (METRICS,) if _gathers(blueprint, end, far) else (),
        Carries.REQUESTS: exposed(blueprint, end),
        Carries.FEATURES: (),
    }
    over = (each for each in link.carries if carrier(blueprint, end, far, each) == link)
    return tuple(name for carried in over for name in has[carried])


def _gathers(blueprint: Blueprint, end: str, far: str) -> bool:
    gathered = blueprint.monitoring is not None and watching(blueprint) == end
    return gathered and carrier(blueprint, far, end, Carries.METRICS) is not None


def exposed(blueprint: Blueprint, site: str) -> tuple[str, ...]:
    """The models on a site that are asked through its gateway."""
    every = [place for m in blueprint.models for place in (m, m.standing_in()) if place]
    return tuple(
        model.name
        for model in every
        if site_of_model(blueprint, model) == site and model.serve.expose is Exposure.GATEWAY
    )


@dataclass(frozen=True)
class Hospitality:
    """What one site has for others."""

    guests: tuple[str, ...]
    """The sites that it is offered to."""
    names: frozenset[str]


def hospitality(blueprint: Blueprint) -> Mapping[str, Hospitality]:
    """By site, what it offers to others that show a certificate."""
    found: dict[str, dict[str, tuple[str, ...]]] = {site: {} for site in blueprint.sites}
    for link in blueprint.links:
        for end, far in ((link.from_, link.to), (link.to, link.from_)):
            if names := offered(blueprint, link, end):
                found[end][far] = names
    return {
        site: Hospitality(tuple(to), frozenset(name for names in to.values() for name in names))
        for site, to in found.items()
    }


def by_certificate(blueprint: Blueprint, near: str, far: str, carried: Carries) -> bool:
    """Whether a site reaches what another one has by showing a certificate."""
    link = carrier(blueprint, near, far, carried)
    return link is not None and link.via is LinkVia.PUBLIC_MTLS


def host(domain: str, name: str) -> str:
    """What the other site calls it."""
    return f"{name}.{LABEL}.{domain}"
