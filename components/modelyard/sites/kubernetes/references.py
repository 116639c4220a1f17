"""References to secrets: `secret://NAME` and `secret://NAME/KEY`."""

from __future__ import annotations

from modelyard.contracts.endpoint import SecretKey

VALUE = "value"
"""The key of a reference that names none."""
SECRET = "secret://"


def secret_name(reference: str) -> str:
    """The NAME of a reference."""
    return reference.removeprefix(SECRET).partition("/")[0]


def secret_key(reference: str) -> str | None:
    """The KEY of a reference, None when it has none."""
    return reference.removeprefix(SECRET).partition("/")[2] or None


def landing(reference: str, *, brought: bool) -> SecretKey:
    """Where a reference is found in a namespace.

    What is brought there has a Secret of its own for each key, `NAME-KEY`; what somebody else puts
    there is expected in the Secret NAME.
    """
    name, key = secret_name(reference), secret_key(reference) or VALUE
    return SecretKey(f"{name}-{_legal(key)}" if brought else name, key)


def _legal(key: str) -> str:
    """A key as part of a name, which has neither capitals nor underscores."""
    legal = "".join(letter if letter.isalnum() else "-" for letter in key.lower())
    return legal.strip("-")
