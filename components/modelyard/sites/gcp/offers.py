"""What Google Cloud provides: nothing yet."""

from __future__ import annotations

from modelyard.plan.offers import SiteOffers

OFFERS: SiteOffers = {}
