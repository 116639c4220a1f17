"""After a platform is taken down, the cluster is as it was. Runs last of all that is about it."""

from __future__ import annotations

from tests.support.cluster.inventory import inventory_of
from tests.support.cluster.remains import remains
from tests.support.cluster.standing import Standing
from tests.support.cluster.waiting import until


def left(standing: Standing) -> list[str]:
    platform = standing.plan.blueprint.name
    return remains(standing.api, platform, standing.snapshot.namespaces)


def test_nothing_is_left(standing: Standing) -> None:
    """No object of any kind, no namespace, no volume, nothing of the whole cluster's."""
    assert len(left(standing)) > len(standing.known), "it would not find what is there"
    standing.fall()
    assert until(lambda: not left(standing)), left(standing)
    assert list(inventory_of(standing).left()) == []
