"""Names on Google Cloud are legal and stay apart, for every legal blueprint.

What the components make of them is read from recorded platforms with names that go to the limits.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from tests.support import gcp_ground
from tests.support.facilities import stood

from modelyard.blueprint.blueprint import Blueprint
from modelyard.blueprint.gpus import Capacity
from modelyard.blueprint.section import Name, PlatformName
from modelyard.blueprint.site import GcpSite
from modelyard.catalog.machines import machines
from modelyard.contracts.context import Context
from modelyard.plan.plan import make_plan
from modelyard.plan.tags import Tags
from modelyard.recorder import Graph
from modelyard.sites import offers
from modelyard.sites.gcp import names
from modelyard.sites.gcp.secret_names import prefix

LABEL = r"[a-z]([a-z0-9-]{0,%d}[a-z0-9])?"
RFC1035 = LABEL % 61
"""At most 63 characters; source: Compute Engine API reference, names of resources."""
BUCKET = r"(?!goog)(?!.*(google|g[o0]{2}gle))[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]"
"""Source: Cloud Storage guide, bucket naming requirements."""
ACCOUNT = r"[a-z][a-z0-9-]{4,28}[a-z0-9]"
"""Source: IAM API reference, projects.serviceAccounts.create."""
TOPIC = r"(?!goog)[A-Za-z][\w.~+%-]{2,254}"
"""Source: Pub/Sub API reference, Topic."""
SUFFIX = "a0b1"
"""Stands for the digits that are known once the platform is deployed."""

NAMED: dict[str, tuple[str, str]] = {
    "accesscontextmanager/servicePerimeter:ServicePerimeter": (
        "name",
        r"accessPolicies/[0-9]+/servicePerimeters/[A-Za-z][A-Za-z0-9_]{0,49}",
    ),
    "alloydb/cluster:Cluster": ("clusterId", RFC1035),
    "alloydb/instance:Instance": ("instanceId", RFC1035),
    "artifactregistry/repository:Repository": ("repositoryId", RFC1035),
    "billing/budget:Budget": ("displayName", r".{1,60}"),
    "compute/address:Address": ("name", RFC1035),
    "compute/firewall:Firewall": ("name", RFC1035),
    "compute/forwardingRule:ForwardingRule": ("name", RFC1035),
    "compute/globalAddress:GlobalAddress": ("name", RFC1035),
    # Source: VPC guide, access Google APIs through endpoints.
    "compute/globalForwardingRule:GlobalForwardingRule": ("name", r"[a-z][a-z0-9]{0,19}"),
    "compute/network:Network": ("name", RFC1035),
    "compute/regionSecurityPolicy:RegionSecurityPolicy": ("name", RFC1035),
    "compute/regionSslPolicy:RegionSslPolicy": ("name", RFC1035),
    "compute/router:Router": ("name", RFC1035),
    "compute/routerNat:RouterNat": ("name", RFC1035),
    "compute/subnetwork:Subnetwork": ("name", RFC1035),
    "container/cluster:Cluster": ("name", LABEL % 38),
    "dns/managedZone:ManagedZone": ("name", RFC1035),
    "kms/keyHandle:KeyHandle": ("name", r"[A-Za-z0-9_-]{1,63}"),
    "kms/keyRing:KeyRing": ("name", r"[A-Za-z0-9_-]{1,63}"),
    "logging/projectSink:ProjectSink": ("name", r"[\w.-]{1,100}"),
    # Source: Memorystore for Valkey API reference, instances.create: 4 to 63 characters.
    "memorystore/instance:Instance": ("instanceId", r"[a-z][a-z0-9-]{2,61}[a-z0-9]"),
    "networkconnectivity/serviceConnectionPolicy:ServiceConnectionPolicy": ("name", RFC1035),
    "orgpolicy/customConstraint:CustomConstraint": ("name", r"custom\.[A-Za-z0-9]{1,62}"),
    "pubsub/topic:Topic": ("name", TOPIC),
    "redis/instance:Instance": ("name", LABEL % 38),
    "serviceaccount/account:Account": ("accountId", ACCOUNT),
    # With the project and a colon before it at most 98; source: Cloud SQL admin API.
    "sql/databaseInstance:DatabaseInstance": ("name", LABEL % 65),
    "storage/bucket:Bucket": ("name", BUCKET),
}
"""By type: the property with its name, and what is legal. Each is the only one of that name in its
project or organisation, or in the world.
"""
INSIDE = {
    "container/nodePool:NodePool": ("name", LABEL % 38),
    "kms/cryptoKey:CryptoKey": ("name", r"[A-Za-z0-9_-]{1,63}"),
}
"""Names inside of something that has a name of the platform's."""
OF_OTHERS = {"in", "out", "weights"}
"""Buckets that the blueprint itself names."""


def name(kind: Any) -> st.SearchStrategy[str]:
    """Names of the blueprint's own kind; those that Google minds are among them."""
    schema = TypeAdapter(kind).json_schema()
    words = st.lists(st.sampled_from(["goog", "google", "g00gle", "a", "-", "9"]), max_size=9)
    some = st.from_regex(schema["pattern"], fullmatch=True) | words.map("".join)
    return some.filter(
        lambda text: (
            len(text) <= schema["maxLength"] and bool(re.fullmatch(schema["pattern"][:-1], text))
        )
    )


PLATFORMS, NAMES = name(PlatformName), name(Name)
PROJECTS = st.sampled_from(["acme-1", "a" * 30])
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


CONTEXTS = st.builds(context, PLATFORMS, st.none() | NAMES, site=st.none() | NAMES)
SITES = PROJECTS.map(
    lambda project: GcpSite.model_validate(
        {"kind": "gcp", "region": "europe-west1", "project": project}
    )
)
PARTS = st.lists(NAMES, min_size=1, max_size=3)


def whole(where: Context) -> str:
    return "-".join(filter(None, (where.platform, where.environment, where.site)))


@given(CONTEXTS, SITES, NAMES)
def test_buckets_are_legal(where: Context, site: GcpSite, use: str) -> None:
    assert re.fullmatch(BUCKET, names.bucket_name(where, site, use))


@given(CONTEXTS, PARTS)
def test_accounts_are_legal(where: Context, parts: list[str]) -> None:
    assert re.fullmatch(ACCOUNT, names.account_id(where, *parts))


@given(CONTEXTS, PARTS)
def test_topics_are_legal(where: Context, parts: list[str]) -> None:
    assert re.fullmatch(TOPIC, names.topic_name(where, *parts))


@given(CONTEXTS, st.lists(NAMES, max_size=2), st.sampled_from([30, 40, 58, 60, 63]))
def test_names_are_legal(where: Context, parts: list[str], most: int) -> None:
    assert re.fullmatch(LABEL % (most - 2), names.scoped(where, *parts, most=most))


@given(CONTEXTS, st.integers(16, 62))
def test_what_knows_no_hyphens_gets_none(where: Context, most: int) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9]*", names.solid(names.scoped(where), most))
    assert len(names.solid(names.scoped(where), most)) <= most


@given(CONTEXTS, NAMES)
def test_secrets_are_legal(where: Context, secret: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,255}", f"{prefix(where)}{secret}")


@given(CONTEXTS, CONTEXTS)
def test_nobody_s_secrets_begin_like_another_s(one: Context, other: Context) -> None:
    if whole(one) != whole(other):
        assert not prefix(one).startswith(prefix(other))


@given(CONTEXTS, CONTEXTS, SITES, st.sampled_from(["data", "goog"]))
def test_different_platforms_have_different_names(
    one: Context, other: Context, site: GcpSite, use: str
) -> None:
    same = whole(one) == whole(other)
    for made in (
        lambda it: names.bucket_name(it, site, use),
        lambda it: names.account_id(it, "nodes"),
        lambda it: names.topic_name(it, use),
        lambda it: names.solid(names.scoped(it), 20),
        lambda it: names.underscored(names.scoped(it, most=50)),
        lambda it: names.scoped(it, most=40),
    ):
        assert (made(one) == made(other)) is same


ALIKE = {
    "but for a hyphen": (("a-b", None), ("ab", None)),
    "but for hyphens": (("a--b", None), ("a-b", None)),
    "but for Google's own word": (("google-a", None), ("gg-a", None)),
    "but for a letter of Google's": (("goog-a", None), ("g00g-a", None)),
    "but for the end": (("p" * 24, "e" * 39 + "1"), ("p" * 24, "e" * 39 + "2")),
}
"""Platforms that are called alike."""


MAKING = [site for site in gcp_ground.SITES if site not in ("as it comes", "among what is there")]
"""Sites that make all that there is, between them."""


@cache
def made(platform: str, environment: str | None) -> tuple[Graph, ...]:
    """The ground of platforms of that name, with every setting."""
    return tuple(_recorded(site, platform, environment) for site in MAKING)


def _recorded(site: str, platform: str, environment: str | None) -> Graph:
    written = gcp_ground.platform_plan(site).blueprint.model_dump(by_alias=True, exclude_unset=True)
    blueprint = Blueprint.model_validate({**written, "modelyard": 1, "name": platform})
    return stood(make_plan(blueprint, offers(), environment), deployed=False)[0]


def found(graphs: tuple[Graph, ...], table: dict[str, tuple[str, str]]) -> set[tuple[str, str]]:
    """The names of all resources of these types, each with its type."""
    return {
        (kind, re.sub(r"\$\{[^}]*\.hex\}", SUFFIX, str(given[property])))
        for graph in graphs
        for kind, (property, _) in table.items()
        for given in gcp_ground.of(graph, kind).values()
        if given.get(property) not in OF_OTHERS
    }


LIMITS = {
    "short": ("a", None),
    "long": ("p" * 24, "e" * 40),
    "of hyphens": ("a" + "-" * 22 + "a", "b" + "-" * 38 + "b"),
    "Google's own": ("google-goog", "g00gle"),
}


@pytest.mark.parametrize(("platform", "environment"), LIMITS.values(), ids=LIMITS)
def test_every_name_of_a_platform_is_legal(platform: str, environment: str | None) -> None:
    table = {**NAMED, **INSIDE}
    called = found(made(platform, environment), table)
    assert {kind for kind, _ in called} == set(table), "some of it was not made"
    assert [it for it in called if not re.fullmatch(table[it[0]][1], it[1])] == []


@pytest.mark.parametrize(("one", "other"), ALIKE.values(), ids=ALIKE)
def test_platforms_that_are_called_alike_share_no_name(
    one: tuple[str, str | None], other: tuple[str, str | None]
) -> None:
    assert found(made(*one), NAMED) & found(made(*other), NAMED) == set()


def test_every_pool_of_gpus_has_a_legal_name() -> None:
    pools = [
        f"{it.machine}-training-{way}" for it in machines("gcp") for way in (*Capacity, "queued")
    ]
    assert [it for it in pools if not re.fullmatch(LABEL % 38, it)] == []


@given(st.text(max_size=200))
def test_labels_are_legal_whatever_the_blueprint_says(text: str) -> None:
    assert re.fullmatch(r"[a-z0-9_-]{0,63}", names.label_value(text))


@given(CONTEXTS)
def test_everything_has_the_four_tags_and_the_cost_centre(where: Context) -> None:
    known = names.labels(where)
    for key in ("domain", "owner", "team", "compliance-class", "retraining-cadence", "cost-center"):
        assert f"modelyard-dev_{key}" in known
    assert [key for key in known if not re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", key)] == []
    assert [it for it in known.values() if not re.fullmatch(r"[a-z0-9_-]{0,63}", it)] == []
    assert len(known) <= 64


def test_a_name_never_changes() -> None:
    """Every one of these is the name of something that stands somewhere."""
    where = context("fraud", "prod")
    site = GcpSite.model_validate({"kind": "gcp", "region": "europe-west1", "project": "acme-ml"})
    assert names.bucket_name(where, site, "artifacts") == "fraud-prod-artifacts-acme-ml"
    assert names.account_id(where, "nodes") == "fraud-prod-nodes"
    assert names.solid(names.scoped(where), 20) == "fraudprod68ced99d"
    assert prefix(where) == "fraud-prod_"
