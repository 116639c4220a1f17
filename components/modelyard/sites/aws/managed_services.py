"""Offers of AWS's other managed services."""

from __future__ import annotations

from modelyard.plan.capability import Capability as C
from modelyard.plan.offers import Offer, SiteOffers

_HERE = "modelyard.sites.aws.services"
_CLUSTER = (C.ACCOUNT, C.KMS, C.CLUSTER, C.IDENTITY)

OFFERS: SiteOffers = {
    C.INGESTION: {
        "msk": Offer(f"{_HERE}.kafka:Msk", (*_CLUSTER, C.VPC), (C.PIPELINES,)),
    },
}
