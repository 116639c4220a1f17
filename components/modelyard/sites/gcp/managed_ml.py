"""Offers of Vertex AI, which runs outside the cluster."""

from __future__ import annotations

from modelyard.plan.offers import SiteOffers

OFFERS: SiteOffers = {}
