"""What a kind of site can provide: data, readable without importing any SDK."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from modelyard.plan.capability import Capability


@dataclass(frozen=True)
class Offer:
    """One way to provide a capability on one kind of site."""

    implementation: str | None = None
    """`package.module:Class` of the component; None where what asked for it does it itself."""
    needs: tuple[Capability, ...] = ()
    """Capabilities that have to stand on the same site."""
    uses: tuple[Capability, ...] = ()
    """Capabilities that it makes use of where they stand on the same site."""
    operators: tuple[str, ...] = ()
    """Operators (ids of `catalog/operators.yaml`) that have to run in the cluster."""
    brings: tuple[str, ...] = ()
    """Operators that come with it, and are not to be installed."""
    across: tuple[Capability, ...] = ()
    """Of a link's end: what has to stand at the other one."""
    endpoints: tuple[str, ...] = ()
    """The cloud's services that are asked from inside the network, by the names of their
    endpoints (`sagemaker.runtime`)."""


SiteOffers = Mapping[Capability, Mapping[str, Offer]]
"""By capability and engine."""

Offers = Mapping[str, SiteOffers]
"""By kind of site."""


def kinds_offering(offers: Offers, capability: Capability, engine: str) -> tuple[str, ...]:
    """The kinds of site that provide the capability with that engine."""
    return tuple(kind for kind, site in offers.items() if engine in site.get(capability, {}))


def joined(*offers: SiteOffers) -> SiteOffers:
    """Engines of the same capability side by side."""
    capabilities = dict.fromkeys(capability for each in offers for capability in each)
    return {
        capability: {
            engine: offer for each in offers for engine, offer in each.get(capability, {}).items()
        }
        for capability in capabilities
    }
