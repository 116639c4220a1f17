"""An on-prem cluster is asked as any other."""

from __future__ import annotations

from modelyard.sites.kubernetes.preflight import open_preflight

__all__ = ["open_preflight"]
