"""Makes the resources of a cloud's provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

Shape = Mapping[str, Any]
"""Outputs by name, with their types: `{"arn": str, "masterUserSecrets": [{"secretArn": str}]}`.

A list has as many items as are read.
"""

ARN: Shape = {"arn": str}
NOTHING: Shape = {}

_read: dict[str, dict[str, Any]] = {}


class CloudResource(pulumi.CustomResource):
    """A resource of any type of a provider; inputs are named as on the wire (`cidrBlock`).

    The typed classes cost up to three seconds to import and check no value; inputs and outputs are
    held against them in the tests instead. `outputs` are those that somebody reads besides `id`:
    `resource["arn"]`.
    """

    def __init__(
        self,
        token: str,
        name: str,
        inputs: Mapping[str, Any],
        opts: pulumi.ResourceOptions | None = None,
        outputs: Shape = ARN,
    ) -> None:
        reads(token, outputs)
        given = {key: value for key, value in inputs.items() if value is not None}
        super().__init__(token, name, {**dict.fromkeys(outputs), **given}, opts)

    def __getitem__(self, output: str) -> pulumi.Output[Any]:
        return self.__dict__[output]


def reads(token: str, outputs: Shape) -> None:
    """Say which outputs of a type some program reads."""
    _read.setdefault(token, {}).update(outputs)


def outputs_read(token: str) -> Shape:
    """The outputs of a type that some program reads, with their types."""
    return _read.get(token, {})
