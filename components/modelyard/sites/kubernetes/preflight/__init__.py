"""Asks a cluster that is there already whether a plan can be carried out; nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelyard.sites.kubernetes.preflight.interview import Interview

if TYPE_CHECKING:
    from modelyard.contracts.preflight import Preflight, PreflightArgs


def open_preflight(args: PreflightArgs) -> Preflight:
    """What asks a site of this kind."""
    return Interview(args)
