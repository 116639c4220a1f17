"""Asks an AWS account whether a plan can be carried out; nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from modelyard.blueprint.errors import NotReadyError

if TYPE_CHECKING:
    from modelyard.contracts.preflight import Preflight, PreflightArgs
    from modelyard.sites.aws.preflight.planned import AwsPreflightArgs


def open_preflight(args: PreflightArgs) -> Preflight:
    """What asks a site of this kind. Raises NotReadyError where boto3 is missing."""
    try:
        import boto3  # noqa: F401
    except ModuleNotFoundError:
        next = "install it: pip install 'modelyard[aws]'"
        raise NotReadyError(
            f"boto3, which asks the account, is not installed. Next: {next}"
        ) from None
    from modelyard.sites.aws.preflight.interview import Interview

    return Interview(cast("AwsPreflightArgs", args))
