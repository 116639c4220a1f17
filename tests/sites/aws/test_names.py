"""Names on AWS are legal, stay apart and stay the same, for every legal blueprint."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelyard.blueprint.site import AwsSite
from modelyard.contracts.context import Context
from modelyard.plan.tags import Tags
from modelyard.sites.aws import names
from modelyard.sites.aws.account import tag_value, tags

BUCKET = re.compile(r"(?!.*\.\.)(?!xn--)(?!.*-s3alias$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
"""Source: Amazon S3 user guide, bucket naming rules."""
ROLE = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
"""Source: IAM API reference, CreateRole."""
TAG = re.compile(r"[\w\s.:/=+@-]{0,256}")
"""Source: AWS general reference, tag naming limits."""

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def name(most: int) -> st.SearchStrategy[str]:
    return st.from_regex(r"[a-z]([a-z0-9-]*[a-z0-9])?", fullmatch=True).filter(
        lambda text: len(text) <= most
    )


REGIONS = st.sampled_from(["eu-west-1", "ap-southeast-4", "us-gov-west-1", "cn-northwest-1"])
SITES = st.builds(
    lambda region, account: AwsSite.model_validate(
        {"kind": "aws", "region": region, "account": account}
    ),
    REGIONS,
    st.from_regex(r"[0-9]{12}", fullmatch=True).filter(str.isascii),
)
TAGS = Tags("demo", "ml@example.com", "ml", "internal", "30d", "schedule.drift")


def context(
    platform: str, environment: str | None, tagged: Tags = TAGS, site: str | None = None
) -> Context:
    return Context(
        platform=platform,
        environment=environment,
        tags=tagged,
        cost_center="cc-1",
        compliance=(),
        sensitive=False,
        protect=True,
        site=site,
    )


CONTEXTS = st.builds(context, name(24), st.none() | name(40), site=st.none() | name(40))
PARTS = st.lists(name(40), min_size=1, max_size=3)


@given(CONTEXTS, SITES, name(40))
def test_buckets_are_legal(where: Context, site: AwsSite, use: str) -> None:
    assert BUCKET.fullmatch(names.bucket_name(where, site, use))


@given(CONTEXTS, PARTS)
def test_roles_are_legal(where: Context, parts: list[str]) -> None:
    assert ROLE.fullmatch(names.role_name(where, *parts))


@given(CONTEXTS, PARTS, PARTS)
def test_different_roles_have_different_names(
    where: Context, one: list[str], other: list[str]
) -> None:
    same = "-".join(one) == "-".join(other)
    assert (names.role_name(where, *one) == names.role_name(where, *other)) is same


SERVER = re.compile(r"[a-z](-?[a-z0-9])*")
"""Source: API references of RDS (CreateDBInstance) and ElastiCache (CreateReplicationGroup)."""
BALANCER = re.compile(r"(?!internal-)[a-z]([a-z0-9-]*[a-z0-9])?")
"""Source: API reference of Elastic Load Balancing, CreateLoadBalancer."""


@given(CONTEXTS, st.lists(name(10), max_size=1), st.sampled_from([names.DATABASE, names.CACHE]))
def test_servers_are_legal(where: Context, parts: list[str], most: int) -> None:
    made = names.server_name(where, *parts, most=most)
    assert len(made) <= most
    assert SERVER.fullmatch(made)


@pytest.mark.parametrize("other", ["a-b", "a---b"])
def test_servers_stay_apart_where_hyphens_are_taken_out(other: str) -> None:
    one, two = (names.server_name(context(each, None), most=40) for each in ("a--b", other))
    assert one != two


@given(st.builds(context, name(24) | st.just("internal-x"), st.none() | name(40)))
def test_load_balancers_are_legal(where: Context) -> None:
    made = names.balancer_name(where)
    assert len(made) <= names.BALANCER
    assert BALANCER.fullmatch(made)


@given(st.text("abc-", min_size=1, max_size=200), st.integers(16, 100))
def test_what_is_cut_keeps_its_beginning_and_gets_a_hash(text: str, most: int) -> None:
    fitted = names.fitted(text, most)
    assert len(fitted) <= most
    if len(text) <= most:
        assert fitted == text
    else:
        assert re.fullmatch(r".*-[0-9a-f]{8}", fitted)
        assert text.startswith(fitted[:-9])


def test_long_names_that_begin_alike_stay_apart() -> None:
    long = "a" * 60
    assert names.fitted(f"{long}-one-and-more", 64) != names.fitted(f"{long}-two-and-more", 64)


def test_a_name_never_changes() -> None:
    """Every one of these is the name of something that stands somewhere."""
    where = context("fraud", "prod")
    site = AwsSite.model_validate({"kind": "aws", "region": "eu-west-1", "account": "1" * 12})
    assert names.bucket_name(where, site, "artifacts") == (
        "fraud-prod-artifacts-111111111111-eu-west-1"
    )
    assert names.role_name(where, "production", "fraud-scorer") == (
        "fraud-prod-production-fraud-scorer"
    )
    long = context("p" * 24, "e" * 40)
    assert names.role_name(long, "training", "runner") == f"{'p' * 24}-{'e' * 30}-c52e9e55"


@given(CONTEXTS, SITES, name(40))
def test_buckets_differ_by_account_and_region(where: Context, site: AwsSite, use: str) -> None:
    elsewhere = site.model_copy(update={"account": site.account[::-1]})
    if elsewhere.account != site.account:
        assert names.bucket_name(where, site, use) != names.bucket_name(where, elsewhere, use)


@pytest.mark.parametrize(
    ("region", "start"),
    [
        ("eu-west-1", "arn:aws:"),
        ("us-gov-east-1", "arn:aws-us-gov:"),
        ("cn-north-1", "arn:aws-cn:"),
    ],
)
def test_arns_name_the_partition(region: str, start: str) -> None:
    site = AwsSite.model_validate({"kind": "aws", "region": region, "account": "1" * 12})
    for made in (
        names.arn(site, "eks", "cluster/x"),
        names.iam_arn(site, "role/x"),
        names.bucket_arn(site, "x"),
    ):
        assert made.startswith(start)


@given(st.text(max_size=400))
def test_tags_are_legal_whatever_the_blueprint_says(text: str) -> None:
    assert TAG.fullmatch(tag_value(text))


@given(CONTEXTS)
def test_everything_is_tagged_with_the_four_tags_and_the_cost_centre(where: Context) -> None:
    found = tags(where)
    for key in ("domain", "owner", "team", "compliance-class", "retraining-cadence", "cost-center"):
        assert f"modelyard.dev/{key}" in found
    assert all(len(key) <= 128 and TAG.fullmatch(value) for key, value in found.items())
