"""Networks as routers and firewalls take them: a first address, and how many bits of it are fixed.

`10.30.0.1/16` is an address in a network, not a network: one cloud refuses it, another means
10.30.0.0/16, and nobody can tell which of the two numbers was mistaken.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_interface
from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from modelyard.blueprint.section import SOME

_FOUR = r"([0-9]{1,3}\.){3}[0-9]{1,3}"
CIDR = rf"^{_FOUR}/[0-9]{{1,2}}$"
SIZED = rf"^{_FOUR}/(1[6-9]|2[0-4])$"
TUNNEL = r"^169\.254\.[0-9]{1,3}\.[0-9]{1,3}/28$"
POOL = r"^[0-9a-fA-F.:]+[-/][0-9a-fA-F.:]+$"


def _network(text: str, example: str) -> IPv4Network | IPv6Network:
    """The network that is written, and not one that an address lies in."""
    size = text.partition("/")[2]
    try:
        own = ip_interface(text)
    except ValueError:
        own = None
    if own is None or not (size or "0").isdecimal():  # a mask in full is another notation
        raise _wrong(text, "is not a network in CIDR notation", f"write {example}")
    if not size:
        alone = f"say how large it is: {own.network} is that address alone"
        raise _wrong(text, "is an address, not a network", alone)
    if own.ip != own.network.network_address:
        what = f"is an address in a network: a /{size} does not begin there"
        raise _wrong(text, what, f"write {own.network}")
    return own.network


def _four(text: str) -> str:
    """An IPv4 network. The clouds' rules, routes and firewalls are made for these alone."""
    example = "an IPv4 network, such as 10.40.0.0/16"
    if ":" in text:
        raise _wrong(text, "is IPv6, and only IPv4 is provisioned here", f"write {example}")
    return str(_network(text, example))


def _matching(pattern: str, noun: str, example: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if re.fullmatch(pattern, text) is None:
            raise _wrong(text, f"is not {noun}", f"write one, such as {example}")
        return text

    return parse


def _pool(text: str) -> str:
    """A network, or the first and the last address of a range."""
    example = "10.0.0.240/28 or 10.0.0.240-10.0.0.250"
    if "-" not in text:
        return str(_network(text, example))
    try:
        first, last = map(ip_address, text.split("-"))
    except ValueError:
        raise _wrong(text, "is not a range of addresses", f"write {example}") from None
    if first.version != last.version or int(first) > int(last):
        what = "does not lead from one address to a later one"
        raise _wrong(text, what, "write the first, a hyphen and the last, of one family")
    return text


def _wrong(text: str, what: str, next: str) -> PydanticCustomError:
    told = {"value": text, "what": what, "next": next}
    return PydanticCustomError("cidr", "{value} {what}", told)


Cidr = Annotated[
    str,
    AfterValidator(_four),
    WithJsonSchema({"type": "string", "pattern": CIDR, "examples": ["10.40.0.0/16"]}),
]
"""An IPv4 network: `10.40.0.0/16`; one address is `203.0.113.7/32`."""

Cidrs = Annotated[tuple[Cidr, ...], Field(max_length=SOME)]

OwnCidr = Annotated[
    Cidr,
    AfterValidator(_matching(SIZED, "of a size from /16 to /24", "10.20.0.0/16")),
    WithJsonSchema({"type": "string", "pattern": SIZED, "examples": ["10.20.0.0/16"]}),
]
"""The network of a site: large enough to be divided, and no larger than clouds make one."""

TunnelCidr = Annotated[
    Cidr,
    AfterValidator(_matching(TUNNEL, "a /28 within 169.254.0.0/16", "169.254.200.0/28")),
    WithJsonSchema({"type": "string", "pattern": TUNNEL, "examples": ["169.254.200.0/28"]}),
]
"""The addresses inside tunnels, which mean something at their two ends alone."""

Pool = Annotated[
    str,
    AfterValidator(_pool),
    WithJsonSchema({"type": "string", "pattern": POOL, "examples": ["10.0.0.240-10.0.0.250"]}),
]
"""Addresses to hand out, IPv4 or IPv6: `10.0.0.240/28`, or the first and the last."""
