"""A YAML sheet of the catalog: `defaults`, and one mapping of entries by id."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Entry = TypeVar("Entry")


def content(path: Path) -> Mapping[str, Any]:
    """All of a sheet, by the parser in C where there is one: people wait for it."""
    return yaml.load(path.read_bytes(), Loader=_LOADER)


def rows(path: Path, key: str) -> dict[str, dict[str, Any]]:
    """The entries under `key` by id, each laid over the sheet's `defaults`."""
    sheet = content(path)
    defaults: Mapping[str, Any] = sheet.get("defaults", {})
    return {key: {**defaults, **row} for key, row in sheet[key].items()}


def texts(value: Any) -> tuple[str, ...]:
    """A list cell as a tuple of strings; an absent one is empty."""
    return tuple(str(item) for item in value or ())


def entry(entries: Mapping[str, Entry], id: str, noun: str) -> Entry:
    """The entry of an id. Raises KeyError, naming the ids there are, if there is none."""
    try:
        return entries[id]
    except KeyError:
        known = ", ".join(entries)
        raise KeyError(f"no {noun} '{id}' in the catalog; there are: {known}") from None
