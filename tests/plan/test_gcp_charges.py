"""What Google Cloud bills a platform for: by the region, by the size, by what is asked for."""

from __future__ import annotations

from functools import partial

import pytest
from tests.plan.blueprints import blueprint

from modelyard.blueprint.blueprint import Blueprint
from modelyard.catalog.prices import prices
from modelyard.plan.bill import OWN, bill, rule
from modelyard.plan.capability import Capability as C
from modelyard.plan.charge import Charge
from modelyard.plan.charges import RULES
from modelyard.plan.facilities import NATIVE
from modelyard.plan.placement import Placement

Quantity = tuple[float, float] | None
GCP = "kind: gcp, region: us-central1, project: acme-ml"
RESTRICTED = "data: {classification: restricted}"


def made(settings: str = "", rest: str = "") -> Blueprint:
    """A blueprint with one site on Google Cloud with these settings (YAML of a flow mapping)."""
    more = f", {settings}" if settings else ""
    return blueprint(f"sites: {{cloud: {{{GCP}{more}}}}}\nregistry: {{}}\n{rest}")


def charges(of: Blueprint, capability: C, engine: str = NATIVE) -> tuple[Charge, ...]:
    """The bill of one part, whether it is offered already or not."""
    part = Placement(capability, engine, "cloud", "somewhere:Part", (), (), (), "asked for")
    return bill(of, (), (part,))


def quantities(of: Blueprint, capability: C, engine: str = NATIVE) -> dict[str, Quantity]:
    """What is counted, by item; what is only billed by use is None."""
    found: dict[str, Quantity] = {}
    for charge in charges(of, capability, engine):
        found[charge.item] = found.get(charge.item) or charge.quantity
    return found


VPC = partial(quantities, capability=C.VPC)


@pytest.mark.parametrize("network", ["", "network: {zones: 4}", "network: {nat: single}"])
def test_one_gateway_of_the_region_is_billed_by_machines(network: str) -> None:
    found = VPC(made(network))
    assert found["network/nat"] == (3, 3)
    assert found["network/address"] == found["network/endpoint"] == (1, 1)
    assert found["network/nat-data"] is None


def test_one_endpoint_reaches_all_of_google_with_a_way_out_or_without() -> None:
    found = VPC(made("network: {nat: none, zones: 4}"))
    assert found["network/endpoint"] == (1, 1)
    assert not {"network/nat", "network/address", "network/nat-data"} & set(found)


@pytest.mark.parametrize("cluster", ["{mode: auto}", "{attach: {name: ours}}"])
def test_machines_that_are_not_the_platform_s_are_behind_the_gateway_by_use(cluster: str) -> None:
    found = VPC(made(f"cluster: {cluster}"))
    assert found["network/nat"] is None
    assert found["network/address"] == (1, 1)


def test_keys_are_in_hardware_where_data_need_care() -> None:
    assert quantities(made(), C.KMS)["keys/key"] == (3, 3)
    found = quantities(made(rest=RESTRICTED), C.KMS)
    assert found["keys/hardware-key"] == (3, 3)
    assert "keys/key" not in found


def test_a_cluster_s_own_nodes_and_their_disks_are_there_all_month() -> None:
    found = quantities(made("cluster: {nodes: {architecture: arm64}}"), C.CLUSTER, "standard")
    assert found["machine/c4a-standard-2"] == (3, 3)
    assert found["disk/ssd"] == (150, 150)
    assert "messages/queue" not in found


def test_autopilot_bills_pods() -> None:
    found = quantities(made("cluster: {mode: auto}"), C.CLUSTER, "auto")
    assert found["cluster/control-plane"] == (1, 1)
    assert not [item for item in found if item.startswith("machine/")]
    assert {"cluster/pod-cpu", "cluster/pod-memory"} <= set(found)


@pytest.mark.parametrize(
    ("settings", "rest", "item", "number"),
    [
        ("cache: {engine: redis}", "", "redis/1", 1),
        ("cache: {engine: redis, replicas: 1}", "", "redis/5", 2),
        ("cache: {engine: redis}", RESTRICTED, "redis/5", 2),
        ("cache: {engine: redis, machine: '11'}", "", "redis/11", 1),
        ("cache: {engine: valkey}", "", "valkey/SHARED_CORE_NANO", 1),
        ("cache: {engine: valkey}", RESTRICTED, "valkey/STANDARD_SMALL", 2),
        ("cache: {engine: valkey, replicas: 2}", "", "valkey/SHARED_CORE_NANO", 3),
    ],
)
def test_redis_is_sold_by_the_gigabyte_and_with_copies_from_five_on(
    settings: str, rest: str, item: str, number: int
) -> None:
    found = quantities(made(settings, rest), C.CACHE, item.partition("/")[0])
    assert found[f"cache/{item}"] == (number, number)


def test_a_database_stands_behind_an_endpoint_of_its_own() -> None:
    found = quantities(made("database: {size: 100Gi, standby: true}"), C.DATABASE)
    assert found["database/db-custom-1-3840"] == (2, 2)
    assert found["database/storage"] == (200, 200)
    assert found["network/endpoint"] == (1, 1)


def test_a_kafka_is_bought_by_processors() -> None:
    asked = "ingestion: {engine: managed-kafka, topics: [{name: a}], brokers: {per_zone: 2}}"
    found = quantities(made(rest=asked), C.INGESTION, "managed-kafka")
    assert found["kafka/compute"] == (6, 6)
    assert found["kafka/storage"] == (600, 600)


@pytest.mark.parametrize("key", OWN["gcp"], ids=str)
def test_every_item_of_google_s_own_is_in_its_price_list(key: tuple[C, str]) -> None:
    found = {charge.item for charge in charges(made(), *key)}
    assert found or key[0] is C.SERVING
    assert found <= set(prices("gcp"))
    assert rule("gcp", *key) is OWN["gcp"][key]


@pytest.mark.parametrize("key", RULES, ids=str)
def test_every_item_that_all_clouds_bill_is_in_google_s_price_list(key: tuple[C, str]) -> None:
    capability, engine = key
    site = f"ingress: {{}}, cache: {{engine: {engine if capability is C.CACHE else 'valkey'}}}"
    found = {charge.item for charge in charges(made(site), capability, engine)}
    assert found <= set(prices("gcp"))


@pytest.mark.parametrize(
    ("asked", "machines"), [("engine: alloydb", 1), ("engine: alloydb, standby: true", 2)]
)
def test_alloydb_is_billed_by_its_machines_and_by_what_is_in_it(asked: str, machines: int) -> None:
    found = quantities(made(f"database: {{{asked}}}"), C.DATABASE, "alloydb")
    assert found["database/n2-highmem-2"] == (machines, machines)
    assert found["database/alloydb-storage"] is None
    assert "database/storage" not in found
