"""What is known of EKS: a default that is supported, and versions written as AWS writes them."""

from __future__ import annotations

import re
from datetime import date

from modelyard.catalog.eks import eks

ADDON = re.compile(r"v\d+\.\d+\.\d+-eksbuild\.\d+")
TODAY = date(2026, 11, 25)
"""When the sheet was read."""


def test_the_default_is_the_newest_and_not_at_its_end() -> None:
    newest = max(eks().ends, key=lambda version: int(version.partition(".")[2]))
    assert eks().default == newest
    end = eks().ends[newest]
    assert end is None or end > TODAY


def test_every_add_on_of_the_default_is_pinned_as_aws_writes_it() -> None:
    for name, versions in eks().addons.items():
        assert ADDON.fullmatch(versions[eks().default]), name


def test_add_ons_are_pinned_for_known_versions_alone() -> None:
    known = set(eks().ends)
    assert all(set(versions) <= known for versions in eks().addons.values())


def test_the_network_s_proxy_is_of_the_cluster_s_own_minor_version() -> None:
    for version, addon in eks().addons["kube-proxy"].items():
        assert addon.startswith(f"v{version}.")


def test_an_older_version_takes_eks_s_own_default() -> None:
    assert eks().addon("coredns", "1.34") is None


def test_nodes_run_one_version_of_their_system() -> None:
    assert re.fullmatch(r"v\d+\.\d+\.\d+", eks().bottlerocket)
