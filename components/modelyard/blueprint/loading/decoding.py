"""Bytes to text: UTF-8, and nothing in it that cannot be seen."""

from __future__ import annotations

import re
from collections.abc import Iterator

from modelyard.blueprint.errors import BlueprintError, Location, Problem

FORBIDDEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff"
    "\ud800-\udfff]"
)
_BOMS = {
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}


def decode(content: bytes, file: str) -> str:
    """The text of a file, without its byte order mark. Raises BlueprintError."""
    for bom, name in _BOMS.items():
        if content.startswith(bom):
            raise BlueprintError([_encoding(Location(file, 1, 1), f"the file is in {name}")])
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8")) + 1
        where = Location(file, before.count(b"\n") + 1, column)
        found = f"the byte 0x{content[error.start]:02x} is not UTF-8"
        raise BlueprintError([_encoding(where, found)]) from None


def _encoding(where: Location, what: str) -> Problem:
    return Problem(where, "", what, next="save the file as UTF-8")


def forbidden(text: str, file: str) -> Iterator[Problem]:
    """Control characters, and marks that make text read otherwise than it is written."""
    for found in FORBIDDEN.finditer(text):
        before = text[: found.start()]
        where = Location(file, before.count("\n") + 1, found.start() - before.rfind("\n"))
        what = f"the invisible character U+{ord(found.group()):04X} may not stand in a blueprint"
        yield Problem(where, "", what, next="remove it; the file must be plain UTF-8")
