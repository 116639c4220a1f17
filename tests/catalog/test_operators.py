"""Operators: the catalog names every one that a blueprint or an offer can, and in which order."""

from __future__ import annotations

import pytest

from modelyard.blueprint.site import Operator
from modelyard.catalog.operators import PROMETHEUS, operator, operators, with_needs
from modelyard.sites import offers


def test_every_operator_of_the_blueprint_is_there() -> None:
    assert {str(id) for id in Operator} <= set(operators())


def test_every_operator_that_an_offer_asks_for_can_be_installed() -> None:
    asked = {
        id
        for site in offers().values()
        for engines in site.values()
        for offer in engines.values()
        for id in offer.operators
    }
    assert asked
    assert not [id for id in asked if not operator(id).charts]


def test_an_unknown_one_is_named_with_those_there_are() -> None:
    with pytest.raises(KeyError, match="no operator 'nagios' in the catalog; there are: cert-mana"):
        operator("nagios")


def test_each_comes_after_what_it_needs() -> None:
    order = with_needs(["opencost", "kserve-llmisvc", "keda", PROMETHEUS])
    assert order[0] == PROMETHEUS
    assert order.index("cert-manager") < order.index("kserve") < order.index("kserve-llmisvc")
    assert len(order) == len(set(order)) == 6


def test_what_is_there_needs_nothing_more() -> None:
    assert with_needs(["kserve"], there=["kserve"]) == ("kserve",)


def test_order_does_not_depend_on_how_it_is_asked() -> None:
    ids = ["keda", "kserve", "opencost", "envoy-gateway", PROMETHEUS]
    assert with_needs(ids) == with_needs(ids[::-1])


def test_groups_have_one_operator_but_for_the_two_halves_of_kserve() -> None:
    owners: dict[str, list[str]] = {}
    for each in operators().values():
        for group in each.groups:
            owners.setdefault(group, []).append(each.id)
    shared = {group: ids for group, ids in owners.items() if len(ids) > 1}
    assert shared == {"serving.kserve.io": ["kserve", "kserve-llmisvc"]}


def test_an_image_that_is_named_has_the_chart_s_own_version() -> None:
    (item,) = operator("kueue").charts
    image = item.values["controllerManager"]["manager"]["image"]
    assert f"{image['repository']}:{image['tag']}" in item.chart.images


def test_every_looser_namespace_says_why() -> None:
    loose = [each for each in operators().values() if each.pod_security == "privileged"]
    assert loose
    assert all(each.note for each in loose)
