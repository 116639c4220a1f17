"""Offers of AWS's own services: ml."""

from __future__ import annotations

from modelyard.plan.offers import SiteOffers

OFFERS: SiteOffers = {}
