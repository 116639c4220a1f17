"""Names that fit where a cloud allows only so many characters."""

from __future__ import annotations

from hashlib import sha256

_DIGITS = 8


def fitted(name: str, most: int) -> str:
    """The name if it fits, else its beginning and a hash of all of it.

    So two long names that begin alike stay apart.
    """
    if len(name) <= most:
        return name
    return f"{name[: most - _DIGITS - 1].rstrip('-')}-{digest(name)}"


def digest(name: str) -> str:
    """Eight hexadecimal digits that tell names apart."""
    return sha256(name.encode()).hexdigest()[:_DIGITS]
