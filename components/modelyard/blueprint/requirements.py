"""Lines of a `requirements.txt`, as far as a service takes them apart."""

from __future__ import annotations

import re

_LINE = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*"
    r"(?P<extras>\[[A-Za-z0-9._, -]+\])?\s*"
    r"(?P<versions>(?:[=!<>~]=?=?\s*[A-Za-z0-9.*+!_-]+\s*,?\s*)*)"
)
"""Source: PEP 508, without addresses and markers."""


def requirement(line: str) -> tuple[str, str] | None:
    """`pandas[gcp]>=2.2` is (`pandas`, `[gcp]>=2.2`); None for what has another form."""
    found = _LINE.fullmatch(line.strip())
    if found is None:
        return None
    extras, versions = found["extras"] or "", found["versions"]
    return found["name"].lower(), (extras + versions).replace(" ", "")
