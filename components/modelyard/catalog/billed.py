"""What each type of a cloud's resources is billed for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

import yaml

from modelyard.catalog.sheet import texts

_SHEET = Path(__file__).with_name("billed.yaml")


@dataclass(frozen=True, slots=True)
class Billed:
    """Items of the price list; `cache/*` is any kind of machine. What is free has none."""

    priced: tuple[str, ...] = ()
    """What the plan counts."""
    by_use: tuple[str, ...] = ()
    """What depends on use, or on how many of it the parts of a platform ask for."""


@cache
def billed() -> Mapping[str, Billed]:
    """By type of resource, such as `aws:kms/key:Key`; a type that is missing is not classified."""
    sheet = yaml.safe_load(_SHEET.read_bytes())
    priced, by_use = sheet["priced"], sheet["by_use"]
    tokens = dict.fromkeys((*priced, *by_use, *sheet["free"]))
    found = {t: Billed(texts(priced.get(t)), texts(by_use.get(t))) for t in tokens}
    return MappingProxyType(found)
