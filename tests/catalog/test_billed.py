"""Each type of resource is billed for items that have a price, or for nothing."""

from __future__ import annotations

from collections import Counter
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
import yaml

from modelyard.catalog.billed import Billed, billed
from modelyard.catalog.prices import prices
from modelyard.recorder.sdk import declared, load_sdk

SHEET = yaml.safe_load(Path("components/modelyard/catalog/billed.yaml").read_bytes())
BILLED = billed()


def _items(row: Billed) -> tuple[str, ...]:
    return (*row.priced, *row.by_use)


@pytest.mark.parametrize("row", BILLED.values(), ids=list(BILLED))
def test_every_item_is_in_the_price_list(row: Billed) -> None:
    for pattern in _items(row):
        assert any(fnmatchcase(item, pattern) for item in prices("aws")), pattern


def test_what_is_free_is_billed_for_nothing() -> None:
    assert not set(SHEET["free"]) & (set(SHEET["priced"]) | set(SHEET["by_use"]))
    assert not [token for token in SHEET["free"] if _items(BILLED[token])]


def test_a_type_is_named_once() -> None:
    assert Counter(SHEET["free"]).most_common(1)[0][1] == 1


def test_every_service_of_the_price_list_bills_some_type() -> None:
    """But for what no resource stands for: the data that cross the network, and machines."""
    services = {item.partition("/")[0] for item in prices("aws")}
    used = {item.partition("/")[0] for row in BILLED.values() for item in _items(row)}
    assert services - used <= {"budget"}


def test_every_type_is_one_of_the_sdk() -> None:
    assert load_sdk("aws")
    assert not [token for token in BILLED if token not in declared(token)[0]]
