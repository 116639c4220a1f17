"""What a cloud bills a platform for: how many of what, by what the blueprint says."""

from __future__ import annotations

import pytest
from tests.plan.blueprints import blueprint

from modelyard.catalog.prices import prices
from modelyard.plan.bill import OWN, bill
from modelyard.plan.capability import Capability as C
from modelyard.plan.charge import Charge
from modelyard.plan.charges import RULES
from modelyard.plan.placement import place
from modelyard.plan.serving import plan_models
from modelyard.sites import offers

AWS = 'kind: aws, region: us-east-1, account: "123456789012"'
REST = "registry: {}\nfeatures: {online: valkey, offline: postgres, repo: 'git@x:y.git'}"


def charges(settings: str = "", rest: str = REST) -> tuple[Charge, ...]:
    """The bill of one AWS site with these settings (YAML of a flow mapping)."""
    more = f", {settings}" if settings else ""
    made = blueprint(f"sites: {{cloud: {{{AWS}{more}}}}}\n{rest}")
    return bill(made, plan_models(made)[0], place(made, offers())[0])


def quantities(settings: str = "", rest: str = REST) -> dict[str, tuple[float, float] | None]:
    return {charge.item: charge.quantity for charge in charges(settings, rest)}


@pytest.mark.parametrize(
    ("network", "gateways"),
    [
        ("", 3),
        ("network: {zones: 2}", 2),
        ("network: {nat: single}", 1),
        ("network: {nat: none}", None),
        ("network: {zones: 4, nat: per-zone}", 4),
    ],
)
def test_a_gateway_and_its_address_for_each_way_out(network: str, gateways: int | None) -> None:
    found = quantities(network)
    quantity = (gateways, gateways) if gateways else None
    assert found.get("network/nat") == found.get("network/address") == quantity
    assert ("network/nat-data" in found) is bool(gateways)


def test_without_a_way_out_an_endpoint_is_billed_in_each_zone() -> None:
    assert "network/endpoint" not in quantities()
    without = "network: {{nat: none, zones: {}}}"
    two, four = (quantities(without.format(n))["network/endpoint"] for n in (2, 4))
    assert two
    assert four
    assert four[0] == 2 * two[0] > 0


def test_a_standby_is_a_second_machine_with_storage_of_its_own() -> None:
    one = quantities("database: {size: 100Gi}")
    two = quantities("database: {size: 100Gi, standby: true}")
    assert (one["database/db.t4g.medium"], one["database/storage"]) == ((1, 1), (100, 100))
    assert (two["database/db.t4g.medium"], two["database/storage"]) == ((2, 2), (200, 200))


def test_data_that_need_care_get_steady_machines_with_a_copy() -> None:
    found = quantities(rest=f"{REST}\ndata: {{classification: restricted}}")
    assert found["database/db.m7g.large"] == (2, 2)
    assert found["cache/valkey/cache.m7g.large"] == (2, 2)


def test_the_blueprint_s_own_machines_are_billed() -> None:
    found = quantities(
        "database: {machine: db.r7g.xlarge}, "
        "cache: {engine: redis, machine: cache.r7g.large, replicas: 2}"
    )
    assert found["database/db.r7g.xlarge"] == (1, 1)
    assert found["cache/redis/cache.r7g.large"] == (3, 3)


def test_a_size_between_two_gibibytes_is_billed_as_the_larger() -> None:
    assert quantities("database: {size: 20.5Gi}")["database/storage"] == (21, 21)


@pytest.mark.parametrize(
    ("settings", "spared"),
    [
        ("network: {attach: {network: vpc-1}}", C.VPC),
        ("cluster: {attach: {name: ours}}", C.CLUSTER),
        ("encryption: {attach: 'arn:aws:kms:us-east-1:123456789012:key/1'}", C.KMS),
        ("object_store: {attach: {bucket: ours}}", C.OBJECT_STORE),
        ("database: {attach: {host: db.example, secret: 'secret://db'}}", C.DATABASE),
        ("cache: {attach: {host: c.example, secret: 'secret://c'}}", C.CACHE),
    ],
)
def test_what_is_attached_is_on_somebody_else_s_bill(settings: str, spared: C) -> None:
    assert spared in {charge.capability for charge in charges()}
    assert spared not in {charge.capability for charge in charges(settings)}


def test_every_way_in_has_a_firewall_with_a_rule_more_for_a_list() -> None:
    inside = quantities("ingress: {}")
    listed = quantities("ingress: {allow: [198.51.100.0/24]}")
    assert inside["load-balancer/hour"] == inside["firewall/acl"] == (1, 1)
    few, more = inside["firewall/rule"], listed["firewall/rule"]
    assert few
    assert more == (few[0] + 1, few[1] + 1)


def test_a_cluster_s_own_nodes_and_their_disks_are_there_all_month() -> None:
    found = quantities("cluster: {nodes: {architecture: arm64}}")
    assert found["machine/m7g.large"] == (2, 2)
    assert "machine/m7g.large" not in quantities("cluster: {mode: auto}")


def test_nodes_that_the_cloud_looks_after_cost_a_share_more() -> None:
    assert "cluster/auto-nodes" not in quantities()
    assert quantities("cluster: {mode: auto}")["cluster/auto-nodes"] is None


@pytest.mark.parametrize(("architecture", "machine"), [("amd64", "m7i"), ("arm64", "m7g")])
def test_nodes_are_billed_by_use_at_the_rate_of_their_architecture(
    architecture: str, machine: str
) -> None:
    found = quantities(f"cluster: {{nodes: {{architecture: {architecture}}}}}")
    assert found[f"machine/{machine}.xlarge"] is None


def test_the_account_is_watched_where_somebody_asks_for_it() -> None:
    assert not [item for item in quantities() if item.startswith("detection/")]
    assert quantities("detection: true")["detection/management-events"] is None
    assert "detection/bucket" in quantities(rest=f"{REST}\ncompliance: [soc2]")


@pytest.mark.parametrize(
    ("brokers", "found"),
    [
        ("", {"kafka/kafka.m7g.large": (3, 3), "kafka/storage": (300, 300)}),
        (
            "brokers: {per_zone: 2, size: 10.5Gi, machine: kafka.m7g.xlarge}",
            {"kafka/kafka.m7g.xlarge": (6, 6), "kafka/storage": (66, 66)},
        ),
        (
            "brokers: {machine: express.m7g.large}",
            {"kafka/express.m7g.large": (3, 3), "kafka/express-data": None},
        ),
    ],
)
def test_brokers_stand_in_every_zone_with_a_volume(
    brokers: str, found: dict[str, tuple[float, float] | None]
) -> None:
    bill_of = quantities(rest=f"ingestion: {{engine: msk, topics: [{{name: a}}], {brokers}}}")
    assert found.items() <= bill_of.items()
    assert ("kafka/storage" in bill_of) is ("kafka/storage" in found)


def test_vectors_in_opensearch_have_a_floor_and_twice_that_with_a_standby() -> None:
    rag = "llm: {rag: {store: opensearch}}"
    assert quantities(rest=rag)["network/endpoint"] == (3, 3)
    floors = [
        charge.quantity
        for more in ("", "\ndata: {pii: true}")
        for charge in charges(rest=rag + more)
        if charge.item == "vectors/compute" and charge.quantity
    ]
    assert floors == [(1, 1), (2, 2)]


def test_every_item_of_a_bill_is_in_the_price_list() -> None:
    settings = (
        "detection: true, network: {nat: none}, cluster: {mode: auto}, "
        "ingress: {public: true, certificate: 'arn:aws:acm:a:b:c'}"
    )
    found = {charge.item for charge in charges(settings)}
    assert len(found) > 30
    assert found <= set(prices("aws"))


def test_a_cluster_has_no_bill() -> None:
    made = blueprint(REST)
    assert bill(made, (), place(made, offers())[0]) == ()


def test_every_rule_is_for_something_that_is_offered() -> None:
    there = {(c, engine) for c, engines in offers()["aws"].items() for engine in engines}
    assert {*RULES, *OWN["aws"]} <= there
