"""What the platform's secrets are called in Secret Manager."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelyard.sites.gcp.names import SECRET, scoped

if TYPE_CHECKING:
    from modelyard.contracts.context import Context


def prefix(context: Context) -> str:
    """Before every name: names there have no folders. `secret://NAME` is `<platform>_NAME`."""
    return f"{scoped(context, most=SECRET)}_"
