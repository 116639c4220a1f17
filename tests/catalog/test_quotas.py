"""Quotas: every machine that may be chosen counts against one, and every code is a code."""

from __future__ import annotations

import re

import pytest

from modelyard.catalog.machines import machines
from modelyard.catalog.quotas import Quota, quota, quota_of_machine, quotas
from modelyard.recorder.sdk import load_sdk, resource_class


@pytest.mark.parametrize("each", quotas().values(), ids=lambda each: each.id)
def test_a_quota_says_what_it_is_and_what_counts(each: Quota) -> None:
    assert re.fullmatch(r"L-[0-9A-F]{8}", each.code)
    assert each.name
    assert each.source
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", each.as_of)
    assert bool(each.types) != bool(each.families), "by the piece, or by the machine"
    assert (each.unit == "vCPUs") == bool(each.families)
    assert each.confirmed or each.note


@pytest.mark.parametrize("capacity", ["on-demand", "spot"])
def test_every_machine_of_the_catalog_has_a_quota(capacity: str) -> None:
    without = [m.machine for m in machines("aws") if not quota_of_machine(m.machine, capacity)]
    assert without == []


@pytest.mark.parametrize(
    ("machine", "capacity", "id"),
    [
        ("g5.xlarge", "on-demand", "g-and-vt"),
        ("gr6.4xlarge", "spot", "spot-g-and-vt"),
        ("g5g.xlarge", "on-demand", "g-and-vt"),
        ("p6-b200.48xlarge", "on-demand", "p"),
        ("p4de.24xlarge", "spot", "spot-p"),
        ("p5en.48xlarge", "spot", "spot-p5"),
        ("p6-b300.48xlarge", "spot", "spot-p6"),
        ("trn1n.32xlarge", "on-demand", "trn"),
        ("inf2.xlarge", "spot", "spot-inf"),
        ("m7gd.large", "on-demand", "standard"),
        ("im4gn.large", "on-demand", "standard"),
        ("is4gen.large", "spot", "spot-standard"),
        ("x2idn.16xlarge", "on-demand", "x"),
    ],
)
def test_a_machine_counts_by_its_family(machine: str, capacity: str, id: str) -> None:
    assert quota_of_machine(machine, capacity) == quota(id)


@pytest.mark.parametrize("machine", ["u-6tb1.metal", "ml.g5.xlarge", "", "5"])
def test_what_has_no_quota_here_has_none(machine: str) -> None:
    assert quota_of_machine(machine, "on-demand") is None


def test_no_code_stands_for_two_things() -> None:
    named: dict[tuple[str, str], str] = {}
    for each in quotas().values():
        assert named.setdefault((each.service, each.code), each.name) == each.name


def test_no_family_counts_twice() -> None:
    counted = [(each.capacity, family) for each in quotas().values() for family in each.families]
    assert len(counted) == len(set(counted))


@pytest.mark.filterwarnings("ignore::DeprecationWarning:pulumi_aws.*")
def test_what_counts_by_the_piece_is_a_type_of_the_sdk() -> None:
    assert load_sdk("aws")
    tokens = {token for each in quotas().values() for token in each.types}
    assert {token for token in tokens if _class(token) is None} == set()


def _class(token: str) -> object:
    """Importing the submodule registers it."""
    import importlib

    importlib.import_module(f"pulumi_aws.{token.split(':')[1].split('/')[0]}")
    return resource_class(token)


def test_an_id_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(KeyError, match="g-and-vt"):
        quota("gpus")
