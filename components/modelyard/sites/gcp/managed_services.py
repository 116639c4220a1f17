"""Offers of Google's other managed services."""

from __future__ import annotations

from modelyard.plan.offers import SiteOffers

OFFERS: SiteOffers = {}
