"""Prices are one for each item, dated where their source is, and never a guess without a mark."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from modelyard.catalog.machines import machines
from modelyard.catalog.prices import HOURS_A_MONTH, Price, prices
from modelyard.catalog.sheet import rows

AWS, GCP = prices("aws"), prices("gcp")
ALL = (*AWS.values(), *GCP.values())
EACH = pytest.mark.parametrize("price", ALL, ids=lambda price: f"{price.provider}/{price.item}")


@EACH
def test_a_price_is_coherent(price: Price) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*/[a-z0-9.-]+(/[A-Za-z0-9._-]+)?", price.item)
    assert price.what
    assert price.unit
    assert price.source
    assert price.region == {"aws": "us-east-1", "gcp": "us-central1"}[price.provider]
    assert price.usd is None or 0 <= price.usd < 150
    assert re.fullmatch(r"(20\d\d-\d\d(-\d\d)?)?", price.as_of)


@EACH
def test_what_is_confirmed_has_a_figure_and_a_date(price: Price) -> None:
    if price.confirmed:
        assert price.usd is not None
        assert price.as_of
        assert "memory" not in price.source


def test_an_item_has_one_price() -> None:
    table = Path("components/modelyard/catalog/prices.csv").read_text(encoding="utf-8")
    ids = Counter(tuple(line.split(",")[:2]) for line in table.splitlines())
    assert ids.most_common(1)[0][1] == 1


def test_a_provider_without_a_price_list_has_none() -> None:
    assert not prices("onprem")


@pytest.mark.parametrize(
    ("item", "usd"),
    [
        ("cluster/control-plane", 0.10),
        ("network/nat", 0.045),
        ("network/endpoint", 0.01),
        ("keys/key", 1),
        ("object-store/storage", 0.023),
        ("database/db.t4g.medium", 0.065),
        ("database/db.r7g.4xlarge", 1.913),
        ("cache/valkey/cache.t4g.small", 0.0256),
        ("cache/valkey/cache.r7g.large", 0.1752),
        ("machine/m7i.xlarge", 0.2016),
        ("machine/m7g.large", 0.0816),
        ("kafka/kafka.m7g.large", 0.204),
        ("detection/management-events", 4),
        ("inference/ml.g5.xlarge", 1.408),
    ],
)
def test_known_prices(item: str, usd: float) -> None:
    assert AWS[item].confirmed
    assert AWS[item].usd == pytest.approx(usd)


@pytest.mark.parametrize(
    ("item", "usd"),
    [
        ("cluster/control-plane", 0.10),
        ("network/nat", 0.0014),
        ("network/endpoint", 0.01),
        ("keys/key", 0.06),
        ("object-store/storage", 0.02),
        ("database/db-custom-1-3840", 0.06755),
        ("cache/valkey/STANDARD_SMALL", 0.1425),
        ("machine/e2-standard-4", 0.13402284),
        ("kafka/compute", 0.09),
        ("inference/g2-standard-4", 0.81293),
        ("guardrails/tokens", 0.1),
    ],
)
def test_known_prices_of_google_s(item: str, usd: float) -> None:
    assert GCP[item].confirmed
    assert GCP[item].usd == pytest.approx(usd)


TIER = re.compile(r"db-custom-(\d+)-(\d+)")


def test_a_database_of_google_s_is_billed_by_processors_and_memory() -> None:
    """And its name has both: megabytes in whole 256, up to 6.5 GiB for each processor."""
    tiers = {item: found for item in GCP if (found := TIER.search(item))}
    assert len(tiers) > 5
    for item, found in tiers.items():
        vcpu, megabytes = int(found[1]), int(found[2])
        assert GCP[item].usd == pytest.approx(vcpu * 0.0413 + megabytes / 1024 * 0.007)
        assert megabytes % 256 == 0
        assert 0.9 <= megabytes / 1024 / vcpu <= 6.5


@pytest.mark.parametrize("family", ["e2", "n2", "n2d", "n4", "c3", "c4a", "t2a"])
def test_a_machine_of_google_s_costs_by_its_size(family: str) -> None:
    four, eight = (GCP[f"machine/{family}-standard-{n}"].usd or 0 for n in (4, 8))
    assert eight == pytest.approx(2 * four)


def test_every_default_of_google_s_has_a_price_but_alloydb_s() -> None:
    machines = rows(Path("components/modelyard/catalog/defaults.yaml"), "machines")["gcp"]
    wanted = {
        "database": "database/{}",
        "cache": "cache/valkey/{}",
        "redis": "cache/redis/{}",
        "vectors": "vectors/{}",
        "node": "machine/{}",
        "system": "machine/{}",
    }
    assert set(machines) == {*wanted, "alloydb"}
    for service, item in wanted.items():
        for machine in machines[service].values():
            assert GCP[item.format(machine)].usd


@pytest.mark.parametrize("family", ["m7i", "m7g", "c7i", "c7g", "r7i", "r7g"])
def test_a_machine_of_twice_the_size_costs_twice_as_much(family: str) -> None:
    large, twice = (AWS[f"machine/{family}.{size}"].usd or 0 for size in ("large", "xlarge"))
    assert twice == pytest.approx(2 * large, rel=0.01)


def test_valkey_costs_four_fifths_of_redis() -> None:
    for item, price in AWS.items():
        same = AWS.get(item.replace("cache/valkey/", "cache/redis/"))
        if item.startswith("cache/valkey/") and same and same.usd:
            assert price.usd == pytest.approx(0.8 * same.usd, rel=0.01)


@pytest.mark.parametrize(("provider", "prefix"), [("aws", "ml."), ("gcp", "")])
def test_managed_endpoints_cost_more_than_the_machines_under_them(
    provider: str, prefix: str
) -> None:
    own = {f"inference/{prefix}{row.machine}": row.usd_per_hour for row in machines(provider)}
    known = prices(provider)
    both = [(known[item].usd or 0, usd) for item, usd in own.items() if item in known and usd]
    assert len(both) > 15
    assert all(managed > usd for managed, usd in both)


def test_an_hour_s_price_counts_all_the_hours_of_a_month() -> None:
    assert AWS["cluster/control-plane"].monthly == pytest.approx(0.10 * HOURS_A_MONTH)
    assert AWS["keys/key"].monthly == 1
    assert AWS["tracking/small"].monthly is None


def test_what_is_billed_by_use_has_no_month() -> None:
    with pytest.raises(AssertionError, match="by use"):
        _ = AWS["keys/requests"].monthly


@pytest.mark.parametrize(
    ("item", "rate"),
    [
        ("object-store/storage", "$0.023 per GB-month"),
        ("keys/key", "$1.00 per month"),
        ("object-store/reads", "$0.0004 per 1k requests"),
        ("functions/time", "$0.0000166667 per GB-second"),
        ("tracking/small", "no price"),
    ],
)
def test_a_rate_in_words(item: str, rate: str) -> None:
    assert AWS[item].rate == rate
