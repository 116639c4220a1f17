"""Asks a Google Cloud project whether a plan can be carried out; nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from modelyard.blueprint.errors import NotReadyError

if TYPE_CHECKING:
    from modelyard.contracts.preflight import Preflight, PreflightArgs
    from modelyard.sites.gcp.preflight.planned import GcpPreflightArgs


def open_preflight(args: PreflightArgs) -> Preflight:
    """What asks a site of this kind. Raises NotReadyError where Google's SDK is missing, and where
    nobody is logged in.
    """
    needs_sdk()
    from modelyard.sites.gcp.preflight.interview import Interview

    return Interview(cast("GcpPreflightArgs", args))


def needs_sdk() -> None:
    """Raises NotReadyError where Google's SDK is missing."""
    try:
        import google.auth  # noqa: F401
        import googleapiclient  # noqa: F401
    except ModuleNotFoundError:
        next = "install it: pip install 'modelyard[gcp]'"
        raise NotReadyError(
            f"Google's SDK, which asks the project, is not installed. Next: {next}"
        ) from None
