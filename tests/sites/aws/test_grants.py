"""Grants let in where they say, and nowhere beside it."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelyard.blueprint.site import AwsSite
from modelyard.sites.aws.grants import READ, WRITE, statements

SITE = AwsSite.model_validate({"kind": "aws", "region": "eu-west-1", "account": "1" * 12})
KEY = "arn:aws:kms:eu-west-1:111111111111:key/1"
PATHS = st.from_regex(r"([a-c]{1,2}/){0,2}([a-c]{1,2})?", fullmatch=True)


def allowed(found: list[Any], action: str, arn: str) -> bool:
    return any(
        action in each["Action"] and any(fnmatchcase(arn, r) for r in each["Resource"])
        for each in found
    )


@given(PATHS, PATHS)
def test_an_object_is_read_if_it_is_the_address_or_lies_under_it(path: str, other: str) -> None:
    found = statements(SITE, [f"s3://bucket/{path}"], [], None)
    under = other == path or path == "" or other.startswith(path.rstrip("/") + "/")
    if path.endswith("/"):
        under = other.startswith(path)
    assert allowed(found, "s3:GetObject", f"arn:aws:s3:::bucket/{other}") is under
    assert not allowed(found, "s3:PutObject", f"arn:aws:s3:::bucket/{other}")


def test_who_writes_reads_there_too_and_nowhere_else() -> None:
    found = statements(SITE, ["s3://in/a.csv"], ["s3://out/scores/"], KEY)
    for action in (*READ, *WRITE):
        assert allowed(found, action, "arn:aws:s3:::out/scores/b.csv")
        assert not allowed(found, action, "arn:aws:s3:::out/other")
    assert allowed(found, "s3:GetObject", "arn:aws:s3:::in/a.csv")
    assert not allowed(found, "s3:PutObject", "arn:aws:s3:::in/a.csv")


def test_a_key_is_used_through_s3_alone() -> None:
    [key] = [s for s in statements(SITE, ["s3://b/"], [], KEY) if KEY in s["Resource"]]
    assert key["Action"] == ["kms:Decrypt"]
    via = {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}
    assert key["Condition"] == via


def test_without_an_address_there_is_nothing() -> None:
    assert statements(SITE, [], [], KEY) == []


@pytest.mark.parametrize(
    ("address", "prefixes"), [("s3://b/a", ["a", "a/*"]), ("s3://b/a/", ["a/*"]), ("s3://b/", None)]
)
def test_what_is_listed_is_narrowed_to_the_prefix(address: str, prefixes: list[str] | None) -> None:
    [listing] = [s for s in statements(SITE, [address], [], None) if "s3:ListBucket" in s["Action"]]
    assert listing["Resource"] == ["arn:aws:s3:::b"]
    condition = listing.get("Condition", {}).get("StringLike", {}).get("s3:prefix")
    assert condition == prefixes
