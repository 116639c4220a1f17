"""An on-prem cluster is looked at as any other."""

from __future__ import annotations

from modelyard.sites.kubernetes.inventory import open_inventory

__all__ = ["open_inventory"]
