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


WITHOUT = {"aws": {"budget"}, "gcp": {"audit", "load-balancer", "metrics"}}
CLOUDS = pytest.mark.parametrize("provider", ["aws", "gcp"])


def _items(row: Billed) -> tuple[str, ...]:
    return (*row.priced, *row.by_use)


@pytest.mark.parametrize(("token", "row"), BILLED.items(), ids=list(BILLED))
def test_every_item_is_in_the_price_list(token: str, row: Billed) -> None:
    known = prices(token.partition(":")[0])
    for pattern in _items(row):
        assert any(fnmatchcase(item, pattern) for item in known), pattern


def test_what_is_free_is_billed_for_nothing() -> None:
    assert not set(SHEET["free"]) & (set(SHEET["priced"]) | set(SHEET["by_use"]))
    assert not [token for token in SHEET["free"] if _items(BILLED[token])]


def test_a_type_is_named_once() -> None:
    assert Counter(SHEET["free"]).most_common(1)[0][1] == 1


@CLOUDS
def test_every_service_of_the_price_list_bills_some_type(provider: str) -> None:
    """But for what no resource stands for: the data that cross the network, and machines.

    On Google Cloud GKE makes what stands before a cluster and what gathers its metrics.
    """
    services = {item.partition("/")[0] for item in prices(provider)}
    own = [row for token, row in BILLED.items() if token.startswith(f"{provider}:")]
    used = {item.partition("/")[0] for row in own for item in _items(row)}
    assert services - used <= WITHOUT[provider]


@CLOUDS
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_every_type_is_one_of_the_sdk(provider: str) -> None:
    assert load_sdk(provider)
    tokens = [token for token in BILLED if token.startswith(f"{provider}:")]
    assert tokens
    assert not [token for token in tokens if token not in declared(token)[0]]
