"""A month of a platform: 730 hours of the machines its models need."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from tests.plan.blueprints import blueprint, blueprints, llm, plan

from modelyard.blueprint.blueprint import Blueprint
from modelyard.catalog.machines import prices_as_of
from modelyard.plan.cost import HOURS_A_MONTH, Cost, Monthly, cost_of
from modelyard.plan.placement import place
from modelyard.plan.plan import make_plan
from modelyard.plan.serving import plan_models
from modelyard.sites import offers

LLAMA = "hf://meta-llama/Llama-3.1-8B"
PAIR = "gpu: {accelerator: l40s, count: 2}"
NODES = "{name: n, accelerator: l40s, per_node: 4, count: 5, usd_per_hour: 10}"
MACHINE = 10 * HOURS_A_MONTH


@pytest.mark.parametrize(
    ("replicas", "machines"),
    [
        ("{min: 1, max: 1}", (1, 1)),
        ("{min: 1, max: 2}", (1, 1)),
        ("{min: 2, max: 3}", (1, 2)),
        ("{min: 3, max: 9}", (2, 5)),
    ],
)
def test_two_replicas_of_two_share_a_machine_of_four(
    replicas: str, machines: tuple[int, int]
) -> None:
    found = plan(llm(LLAMA, f"{PAIR}, replicas: {replicas}", NODES)).cost.monthly
    assert (found.minimum, found.maximum) == tuple(MACHINE * count for count in machines)


def test_a_batch_run_costs_nothing_between_runs() -> None:
    serve = f"{PAIR}, mode: batch, input: 's3://b/i.jsonl', output: 's3://b/o.jsonl'"
    assert plan(llm(LLAMA, serve, NODES)).cost.monthly == Monthly(0, MACHINE)


def two(first: str, second: str, nodes: str = NODES) -> str:
    return f"""
        sites: {{local: {{kind: kubernetes, gpus: {{nodes: [{nodes}]}}}}}}
        models:
          - {{name: a, type: llm, source: "{LLAMA}", serve: {{{first}}}}}
          - {{name: b, type: llm, source: "{LLAMA}", serve: {{{second}}}}}
    """


def test_models_on_one_machine_share_its_price_by_what_they_use() -> None:
    """Three of four accelerators are used: one machine, of which one model pays two thirds."""
    cost = plan(two(PAIR, "gpu: {accelerator: l40s, count: 1}")).cost
    assert cost.monthly == Monthly(MACHINE, MACHINE)
    shares = {name: monthly.minimum for name, monthly in cost.by("model").items()}
    assert shares == {"a": pytest.approx(MACHINE * 2 / 3), "b": pytest.approx(MACHINE / 3)}


def test_the_minimum_and_the_maximum_are_shared_each_by_its_own_replicas() -> None:
    cost = plan(two(f"{PAIR}, replicas: {{min: 1, max: 4}}", PAIR)).cost
    assert cost.monthly == Monthly(MACHINE, 3 * MACHINE)
    assert cost.by("model")["a"] == Monthly(MACHINE / 2, pytest.approx(3 * MACHINE * 4 / 5))


def test_models_on_machines_of_two_kinds_do_not_share() -> None:
    other = "{name: h, accelerator: h100, per_node: 8, count: 1, usd_per_hour: 30}"
    cost = plan(two(PAIR, "gpu: {accelerator: h100}", f"{NODES}, {other}")).cost
    assert cost.by("model")["b"].minimum == 30 * HOURS_A_MONTH
    assert cost.monthly.minimum == 40 * HOURS_A_MONTH


def test_what_has_no_price_is_listed_and_not_counted() -> None:
    cost = plan(llm(LLAMA, "", "{name: n, accelerator: l40s}")).cost
    assert cost.monthly == Monthly(0, 0)
    assert cost.items == ()
    assert "n for chat: no price" in cost.unpriced


def test_a_price_of_nothing_is_a_price() -> None:
    cost = plan(llm(LLAMA, "", "{name: n, accelerator: l40s, usd_per_hour: 0}")).cost
    assert [item.model for item in cost.items] == ["chat"]
    assert not [each for each in cost.unpriced if each.startswith("n for")]


def test_the_cluster_s_own_share_is_always_listed() -> None:
    cost = plan("registry: {}").cost
    [share] = cost.unpriced
    assert share.startswith("CPU, memory and storage on local (kubernetes): ")


def test_prices_of_the_blueprint_have_no_date_of_the_catalog() -> None:
    cost = plan(llm(LLAMA, PAIR, NODES)).cost
    assert cost.prices_as_of == "the blueprint"
    assert cost.price_sources == ("n on local: usd_per_hour in the blueprint",)


CLOUD = f"""
    sites:
      cloud: {{kind: aws, region: us-east-1, account: "123456789012"}}
      local: {{kind: kubernetes, gpus: {{nodes: [{NODES}]}}}}
    models:
      - {{name: a, type: llm, source: "{LLAMA}", on: cloud}}
      - {{name: b, type: llm, source: "{LLAMA}", on: local}}
"""


def cost(text: str) -> Cost:
    """The cost of such a blueprint."""
    made = blueprint(text)
    return cost_of(made, plan_models(made)[0], place(made, offers())[0])


def test_prices_of_the_catalog_have_the_date_of_the_oldest() -> None:
    found = cost(CLOUD)
    assert found.prices_as_of <= prices_as_of("aws")
    models, services = (
        "g6e.xlarge on cloud: aws on-demand list price, ",
        "services on cloud: aws list prices of us-east-1, ",
    )
    [machine] = [source for source in found.price_sources if source.startswith(models)]
    [rest] = [source for source in found.price_sources if source.startswith(services)]
    assert machine.endswith(prices_as_of("aws"))
    assert found.prices_as_of in rest
    assert "n on local: usd_per_hour in the blueprint" in found.price_sources
    assert found.by("model")["a"].minimum == pytest.approx(1.861 * HOURS_A_MONTH)


def test_a_cloud_s_services_are_in_the_total() -> None:
    found = cost(CLOUD)
    items = found.by("item")
    assert items["cluster/control-plane"] == Monthly(73, 73)
    assert items["network/nat"].minimum == pytest.approx(3 * 0.045 * HOURS_A_MONTH)
    assert found.by("site")["cloud"].minimum > items["g6e.xlarge"].minimum + 73
    assert found.by("capability")["vpc"].minimum > items["network/nat"].minimum


def test_what_is_billed_by_use_is_listed_with_its_rate_and_not_counted() -> None:
    found = cost(CLOUD)
    rates = {rate.what: rate.rate for rate in found.by_use}
    assert rates["NAT gateway, data"] == "$0.045 per GB"
    assert rates["EC2 m7i.xlarge"] == "$0.2016 per hour"
    assert not {"network/nat-data", "machine/m7i.xlarge"} & set(found.by("item"))
    assert found.json()["by_use"][0].keys() >= {"site", "capability", "item", "rate"}


def test_a_rate_that_nobody_confirmed_is_about_so_much() -> None:
    about = {rate.item: rate.rate.startswith("about $") for rate in cost(CLOUD).by_use}
    assert {about["images/storage"], about["keys/requests"]} == {True, False}


def test_prices_are_those_of_one_region_wherever_the_site_is() -> None:
    assert cost(CLOUD.replace("us-east-1", "eu-west-1")).regions == ("us-east-1",)
    assert plan("registry: {}").cost.regions == ()


def test_a_machine_that_the_catalog_does_not_know_is_listed() -> None:
    cloud = 'kind: aws, region: us-east-1, account: "123456789012"'
    found = cost(
        f"sites: {{cloud: {{{cloud}, database: {{machine: db.x9.huge}}}}}}\nregistry: {{}}"
    )
    assert "db.x9.huge on cloud: no price" in found.unpriced
    assert not [item for item in found.by("item") if "db." in item]


def test_a_cloud_that_looks_after_the_machines_takes_a_share_of_their_price() -> None:
    own, theirs = cost(CLOUD), cost(CLOUD.replace('12"}', '12", cluster: {mode: auto}}'))
    machines = own.by("item")["g6e.xlarge"]
    assert theirs.by("item")["cluster/auto-nodes"].minimum == pytest.approx(0.12 * machines.minimum)
    assert theirs.monthly.maximum > own.monthly.maximum
    assert [source for source in theirs.price_sources if "EKS Auto Mode" in source] == [
        "EKS Auto Mode on cloud: not confirmed, factualminds.com pricing guide"
    ]


def test_as_json() -> None:
    cost = plan(llm(LLAMA, PAIR, NODES)).cost.json()
    assert cost["currency"] == "USD"
    assert cost["monthly"] == {"minimum": 7300, "maximum": 7300}
    assert cost["by_site"] == {"local": cost["monthly"]}
    assert cost["by_capability"] == {"serving": cost["monthly"]}
    assert cost["by_model"] == {"chat": cost["monthly"]}
    assert set(cost) >= {"prices_as_of", "unpriced"}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(blueprints())
def test_every_way_to_add_it_up_gives_the_total(blueprint: Blueprint) -> None:
    cost = make_plan(blueprint, offers()).cost
    for key in ("site", "capability", "model", "item"):
        total = sum(cost.by(key).values(), Monthly())
        assert total.minimum == pytest.approx(cost.monthly.minimum)
        assert total.maximum == pytest.approx(cost.monthly.maximum)
    assert 0 <= cost.monthly.minimum <= cost.monthly.maximum + 1e-6


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(blueprints())
def test_nothing_costs_more_at_its_smallest_than_all_the_nodes_there_are(
    blueprint: Blueprint,
) -> None:
    """Models share nodes, so that what is paid for is never more than what stands there."""
    cost = make_plan(blueprint, offers()).cost
    nodes = [n for site in blueprint.sites.values() for n in site.gpus.nodes]  # type: ignore[union-attr]
    everything = sum((n.usd_per_hour or 0) * n.count for n in nodes) * HOURS_A_MONTH
    assert cost.monthly.minimum <= everything + 1e-6


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(blueprints())
def test_every_model_on_a_machine_is_priced_or_listed(blueprint: Blueprint) -> None:
    made = make_plan(blueprint, offers())
    priced = {item.model for item in made.cost.items}
    for model in made.models:
        listed = f"{model.machine} for {model.name}: no price" in made.cost.unpriced
        assert (model.name in priced) + listed == bool(model.count)
