"""On-prem, promotion is that of any cluster."""

from __future__ import annotations

from modelyard.sites.kubernetes.promotion import open_promoter

__all__ = ["open_promoter"]
