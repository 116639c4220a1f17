"""What a diff says of exposure, access, data, supply and controls: told apart, and which way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from tests.review.small import plan

from modelyard.blueprint.team import Data
from modelyard.catalog.controls import controls as known_controls
from modelyard.catalog.policies import rule_texts
from modelyard.policies.verdict import Broken, Verdict
from modelyard.review.data.store import Store
from modelyard.review.exposure.way import Exposure
from modelyard.review.grant import Grant
from modelyard.review.sections import Sections
from modelyard.review.shifts import access, controls, data, exposure, supply
from modelyard.review.shifts.shift import TOPICS, Shift
from modelyard.review.shifts.shifts import Shifts, control_shifts
from modelyard.review.supply import UNKNOWN, Artefact

WAY = Exposure(
    "core",
    "load balancer",
    "yard-lb",
    "HTTPS:443",
    ("10.0.0.0/8", "192.0.2.0/24"),
    ("TLS", "login"),
    ("Service a/b",),
    ("web firewall",),
    "urn:a",
)
RIGHT = Grant("role scorer", "core", ("read", "write"), ("s3 a/*", "s3 b/*"), "IAM", urn="urn:a")
STORE = Store("core", "bucket", "yard-data", "eu-west-1", "data", "platform", ("versioned",), "u")
IMAGE = Artefact(
    "image", "ghcr.io/a/b", "1.2", "sha256:aa", "MIT", "ghcr.io", "", ("core",), ("yard-b",)
)


def one(found: Iterable[Shift]) -> Shift:
    (only,) = found
    return only


@pytest.mark.parametrize(
    ("changed", "looser", "told"),
    [
        ({"sources": ("internet",)}, True, "-> internet"),
        ({"sources": ("10.1.0.0/16", "192.0.2.7/32")}, False, "-> 10.1.0.0/16 and 192.0.2.7/32"),
        ({"sources": ("10.0.0.0/7",)}, True, "-> 10.0.0.0/7"),
        ({"sources": ("2001:db8::/32",)}, True, "-> 2001:db8::/32"),
        ({"sources": ("site plant",)}, True, "-> site plant"),
        ({"sources": ()}, False, "-> nothing"),
        ({"authentication": ("TLS", "none")}, True, "TLS and login -> TLS and none"),
        ({"authentication": ("TLS", "login", "IAM")}, False, "-> TLS, login and IAM"),
        ({"authentication": ("login",)}, True, "-> login"),
        ({"guards": ()}, True, "past web firewall -> nothing"),
        ({"behind": ("Service c/d",)}, False, "leads to Service a/b -> Service c/d"),
    ],
)
def test_a_way_in_that_changes(changed: dict[str, Any], looser: bool, told: str) -> None:
    found = one(exposure.shifts([WAY], [replace(WAY, **changed)]))
    assert (found.verb, found.looser) == ("changes", looser)
    assert told in found.what


def test_a_way_in_that_comes_and_goes() -> None:
    come = one(exposure.shifts([], [WAY]))
    assert (come.verb, come.looser, come.after) == ("comes", True, WAY.json())
    for word in ("10.0.0.0/8", "web firewall", "login", "Service a/b"):
        assert word in come.what
    gone = one(exposure.shifts([WAY], []))
    assert (gone.verb, gone.looser, gone.before) == ("goes", False, WAY.json())
    inside = replace(WAY, sources=("the site's network",))
    assert not one(exposure.shifts([], [inside])).looser


def test_from_the_internet_everybody_was_let_in() -> None:
    public = replace(WAY, sources=("internet",))
    assert not one(exposure.shifts([public], [WAY])).looser


def test_a_link_that_carries_more_is_looser() -> None:
    link = replace(WAY, path="link", behind=("metrics",))
    more = replace(link, behind=("metrics", "features"))
    assert one(exposure.shifts([link], [more])).looser
    assert not one(exposure.shifts([more], [link])).looser


def test_the_same_way_by_another_resource_is_no_change() -> None:
    assert not list(exposure.shifts([WAY], [replace(WAY, urn="urn:b")]))
    assert not list(access.shifts([RIGHT], [replace(RIGHT, urn="urn:b")]))


def test_rights_gained_and_lost() -> None:
    gained = one(access.shifts([], [RIGHT]))
    assert (gained.verb, gained.looser, gained.about) == ("comes", True, "core role scorer")
    assert gained.what == "now may read and write s3 a/*, s3 b/*"
    lost = one(access.shifts([RIGHT], []))
    assert (lost.verb, lost.looser) == ("goes", False)
    assert lost.what.startswith("no longer may read and write")


def test_a_right_that_is_narrowed_is_not_looser() -> None:
    narrow = replace(RIGHT, verbs=("read",), on=("s3 a/*",), conditions=("aws:SourceAccount",))
    still, lost = access.shifts([RIGHT], [narrow])
    assert still.what.startswith("still may read s3 a/*")
    assert lost.what.startswith("no longer may read and write")
    assert not still.looser
    assert not lost.looser
    wider, _ = access.shifts([narrow], [RIGHT])
    assert wider.looser


def test_a_condition_that_goes_makes_a_right_wider() -> None:
    held = replace(RIGHT, conditions=("aws:SourceAccount",))
    assert [each.looser for each in access.shifts([held], [RIGHT])] == [True, False]


def test_a_denial_that_goes_is_looser_and_one_that_comes_is_not() -> None:
    denial = replace(RIGHT, denied=True)
    assert one(access.shifts([denial], [])).looser
    assert not one(access.shifts([], [denial])).looser


def test_rights_that_differ_in_their_namespace_are_told_at_once() -> None:
    two = [replace(RIGHT, within=name) for name in ("a", "b")]
    said = {each.what for each in access.shifts([], two)}
    assert said == {"now may read and write s3 a/*, s3 b/* in a and b"}


def _sections(*stores: Store, abroad: tuple[Store, ...] = (), of: Data | None = None) -> Sections:
    return Sections((), (), of or Data(), stores, abroad, ())


@pytest.mark.parametrize(
    ("changed", "looser", "told"),
    [
        ({"key": "logs"}, False, "key platform: data -> platform: logs"),
        ({"key": "arn:k", "owner": "attached"}, False, "-> attached arn:k"),
        ({"key": "", "owner": "provider"}, True, "-> provider"),
        ({"key": "", "owner": "none"}, True, "-> none"),
        ({"key": "", "owner": "unknown"}, True, "-> unknown"),
        ({"kept": ()}, True, "kept by versioned -> nothing"),
        ({"kept": ("versioned", "protected")}, False, "-> versioned and protected"),
        ({"region": "us-east-1"}, False, "region eu-west-1 -> us-east-1"),
    ],
)
def test_data_that_rest_in_another_way(changed: dict[str, Any], looser: bool, told: str) -> None:
    found = one(data.shifts(_sections(STORE), _sections(replace(STORE, **changed))))
    assert (found.verb, found.looser) == ("changes", looser)
    assert told in found.what


@pytest.mark.parametrize(
    ("was", "now", "looser"),
    [
        ("locked for 365 days", "locked for 30 days", True),
        ("locked for 30 days", "locked for 365 days", False),
        ("kept for ever", "kept 30 days", True),
        ("backups", "7 backups", True),
    ],
)
def test_how_long_they_are_kept(was: str, now: str, looser: bool) -> None:
    old, new = (replace(STORE, kept=(each,)) for each in (was, now))
    assert one(data.shifts(_sections(old), _sections(new))).looser is looser


def test_data_that_come_to_rest() -> None:
    come = one(data.shifts(_sections(), _sections(STORE)))
    assert (come.verb, come.looser) == ("comes", False)
    assert "in eu-west-1" in come.what
    bare = replace(STORE, owner="none", key="")
    assert one(data.shifts(_sections(), _sections(bare))).looser
    assert not one(data.shifts(_sections(bare), _sections())).looser


def test_data_that_go_where_they_may_not() -> None:
    away = replace(STORE, region="us-east-1")
    for before in (_sections(STORE), _sections()):
        found = one(data.shifts(before, _sections(away, abroad=(away,))))
        assert found.looser
        assert "outside of where the data may rest" in found.what
    strayed = _sections(away, abroad=(away,))
    assert not list(data.shifts(strayed, strayed))


@pytest.mark.parametrize(
    ("old", "new", "looser"),
    [
        ({"classification": "restricted"}, {"classification": "internal"}, True),
        ({"classification": "internal"}, {"classification": "restricted"}, False),
        ({"pii": True}, {"pii": False}, True),
        ({"residency": ("a", "b")}, {"residency": ("a",)}, False),
        ({"residency": ("a",)}, {"residency": ()}, True),
        ({"residency": ("a",)}, {"residency": ("a", "b")}, True),
        ({"residency": ()}, {"residency": ("a",)}, False),
        ({"sites": ("a",)}, {"sites": ("b",)}, True),
    ],
)
def test_what_is_said_of_the_data(old: Any, new: Any, looser: bool) -> None:
    sides = (_sections(of=Data.model_validate(each)) for each in (old, new))
    found = one(data.shifts(*sides))
    assert (found.about, found.looser) == ("the data", looser)


@pytest.mark.parametrize(
    ("changed", "looser", "told"),
    [
        ({"version": "1.3", "digest": "sha256:bb"}, False, "version 1.2 -> 1.3; digest sha256:aa"),
        ({"digest": ""}, True, "digest sha256:aa -> nothing"),
        ({"registry": "quay.io"}, True, "from ghcr.io -> quay.io"),
        ({"licence": UNKNOWN}, True, f"licence MIT -> {UNKNOWN}"),
        ({"licence": "Apache-2.0"}, False, "licence MIT -> Apache-2.0"),
    ],
)
def test_a_version_that_changes(changed: dict[str, Any], looser: bool, told: str) -> None:
    found = one(supply.shifts([IMAGE], [replace(IMAGE, **changed)]))
    assert (found.verb, found.looser) == ("changes", looser)
    assert told in found.what


def test_who_uses_it_is_no_change() -> None:
    assert not list(supply.shifts([IMAGE], [replace(IMAGE, sites=(), used_by=("x",))]))


def test_an_image_from_where_nothing_came() -> None:
    strange = replace(IMAGE, name="evil.example/b", registry="evil.example", used_by=())
    found = one(supply.shifts([IMAGE], [IMAGE, strange]))
    assert (found.verb, found.looser) == ("comes", True)
    assert "nothing came from there before" in found.what
    near = replace(IMAGE, name="ghcr.io/a/c", used_by=())
    assert not one(supply.shifts([IMAGE], [IMAGE, near])).looser


def test_an_image_without_digest_in_place_of_one_with() -> None:
    loose = replace(IMAGE, name="ghcr.io/a/c", digest="")
    come, gone = supply.shifts([IMAGE], [loose])
    assert (come.looser, gone.looser) == (True, False)
    assert "did so by digest" in come.what


def test_models_are_pulled_too() -> None:
    found = [each for each in supply.models(plan()) if each.kind == "model"]
    assert [each.name for each in found] == ["churn"]
    other = replace(found[0], version="models:/churn@challenger")
    assert "-> models:/churn@challenger" in one(supply.shifts(found, [other])).what


RULE = next(text for text in rule_texts().values() if text.controls)


def _verdict(*failed: str, kept: tuple[str, ...] = (RULE.id,)) -> Verdict:
    broken = tuple(Broken(rule_texts()[id], None, None, ("x",)) for id in failed)  # type: ignore[arg-type]
    return Verdict(dict.fromkeys(kept, 1), broken, (), {}, ())


def test_a_control_that_is_lost_and_gained() -> None:
    control = RULE.controls[0]
    profile = [control.profile]
    lost = list(controls.shifts(profile, profile, _verdict(), _verdict(RULE.id)))
    assert control.id in {str(each.before and each.before["id"]) for each in lost}
    assert all(each.looser and each.what.endswith("kept -> broken") for each in lost)
    gained = list(controls.shifts(profile, profile, _verdict(RULE.id), _verdict()))
    assert len(gained) == len(lost)
    assert not any(each.looser for each in gained)
    unseen = list(controls.shifts(profile, profile, _verdict(), _verdict(kept=())))
    assert all(each.looser and each.what.endswith("not looked at") for each in unseen)


def test_a_profile_that_goes_is_looser() -> None:
    profile = next(iter(known_controls().values())).profile
    assert one(controls.shifts([profile], [], _verdict(), _verdict())).looser
    come = one(controls.shifts([], [profile], _verdict(), _verdict(RULE.id)))
    assert (come.verb, come.looser) == ("comes", False)


def test_what_cannot_be_compared_is_null() -> None:
    assert control_shifts(["soc2"], ["soc2"], None, _verdict()) is None
    assert Shifts({}).json() == dict.fromkeys(TOPICS)
    assert list(Shifts({}).first()) == list(Shifts({}).rest()) == []


def _many(topic: str, count: int) -> tuple[Shift, ...]:
    return tuple(Shift(topic, f"{topic} {i}", "x", looser=True) for i in range(count))


def test_a_long_topic_does_not_push_another_out() -> None:
    crowded = Shifts({"access": _many("access", 900), "controls": _many("controls", 2)})
    (table,) = crowded.first()
    assert [topic for topic, _ in table.rows].count("controls") == 2
    assert len(table.rows) == 25
    assert table.note.startswith("and 877 more")


def test_what_is_said_of_the_same_is_one_line() -> None:
    said = [Shift("access", "user eve", f"now may {i}", looser=True) for i in range(6)]
    (table,) = Shifts({"access": (*said, said[0])}).first()
    (row,) = table.rows
    assert row[1].count("now may") == 4
    assert row[1].endswith("; and 2 more")
