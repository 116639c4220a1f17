"""What only a new resource can have: every row against the SDKs, and against what is made."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import Any

import pytest
from pulumi import _types
from tests.support import shipped
from tests.support.simulated.immutable import OBJECTS

from modelyard.catalog.immutable import immutable, known, sources, stateful_types
from modelyard.recorder.sdk import PROVIDERS, args_class, load_sdk, members, resource_class

ROWS = immutable()
UNKNOWN = {
    "aws:inspector2/enabler:Enabler",
    *(f"{PROVIDERS}{cloud}" for cloud in ("aws", "gcp", "random", "tls")),
}
"""Types that are made and of which nothing is known; a diff says so."""
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module", autouse=True)
def _sdks() -> None:
    assert all(load_sdk(package) for package in ("aws", "gcp", "kubernetes", "random", "tls"))


@pytest.mark.parametrize("token", ROWS)
def test_every_property_is_an_input_of_the_sdk(token: str) -> None:
    row, kind = ROWS[token], resource_class(token)
    assert kind is not None, "there is such a type"
    args = args_class(kind)
    assert args is not None
    paths = [path for path in (*row.by_source, *row.depends) if path != "*"]
    assert [path for path in paths if not _is_input(args, path.split("."))] == []
    assert set(row.by_source.values()) <= set(sources())
    assert not set(row.by_source) & set(row.depends)


def _is_input(args: type, path: list[str]) -> bool:
    """Does the type of arguments have this path of wire names, lists counting as their items?"""
    hints = _types._raw_return_hints(args)
    if path[0] not in hints:
        return False
    return len(path) == 1 or any(_is_input(kind, path[1:]) for kind in _sections(hints[path[0]]))


def _sections(hint: Any) -> Iterator[type]:
    for member in members(hint):
        if isinstance(member, type) and _types.is_input_type(member):
            yield member
        for argument in typing.get_args(member):
            yield from _sections(argument)


def test_a_source_says_what_and_when() -> None:
    used = {source for row in ROWS.values() for source in row.by_source.values()}
    assert used == set(sources())
    assert all(source.text and source.as_of.startswith("2026-") for source in sources().values())


def test_what_is_made_is_known_or_named_here() -> None:
    made = {r.type for case in shipped.cases() for r in shipped.recorded(case) if r.custom}
    assert {token for token in made if known(token) is None} == UNKNOWN & made
    assert {token for token in ROWS if token not in made} == set()
    assert stateful_types() <= made


def test_protected_types_keep_data() -> None:
    """Whatever is protected somewhere is stateful everywhere, but for what holds others' data."""
    found = [r for case in shipped.cases() for r in shipped.recorded(case)]
    protected = {r.type for r in found if r.protect and r.custom}
    others = {"kubernetes:core/v1:Namespace", "gcp:logging/projectSink:ProjectSink"}
    assert protected - others <= stateful_types()


@pytest.mark.parametrize("token", OBJECTS)
def test_kubernetes_is_as_the_simulated_provider_has_it(token: str) -> None:
    rule = known(token)
    assert rule is not None
    for path in (*OBJECTS[token], "metadata.name", "metadata.namespace"):
        assert rule.replaces(path) == path
    assert not rule.replaces("metadata.labels")


def test_what_is_below_is_meant_and_what_is_called_alike_is_not() -> None:
    rule = known("kubernetes:apps/v1:Deployment")
    assert rule is not None
    assert rule.replaces("spec.selector.matchLabels.app") == "spec.selector"
    assert rule.replaces("spec.selectors") is None
    assert rule.replaces("spec.replicas") is None


LOSING = {
    "aws:rds/instance:Instance": ("identifier", "engine", "storageEncrypted", "kmsKeyId"),
    "aws:ec2/vpc:Vpc": ("cidrBlock",),
    "aws:ec2/subnet:Subnet": ("cidrBlock", "vpcId", "availabilityZoneId"),
    "aws:eks/cluster:Cluster": ("name", "roleArn", "kubernetesNetworkConfig.serviceIpv4Cidr"),
    "aws:s3/bucket:Bucket": ("bucket",),
    "aws:kms/key:Key": ("customerMasterKeySpec", "keyUsage"),
    "gcp:sql/databaseInstance:DatabaseInstance": ("name", "region", "encryptionKeyName"),
    "gcp:container/cluster:Cluster": ("location", "network", "subnetwork", "enableAutopilot"),
    "gcp:storage/bucket:Bucket": ("name", "location"),
    "gcp:kms/cryptoKey:CryptoKey": ("keyRing", "purpose"),
    "random:index/randomPassword:RandomPassword": ("length",),
}


@pytest.mark.parametrize("token", LOSING)
def test_what_would_lose_data_is_known(token: str) -> None:
    rule = known(token)
    assert rule is not None
    assert [path for path in LOSING[token] if not rule.replaces(path)] == []
    assert all(rule.source(path).text for path in LOSING[token])
