"""One control plane for all of these tests, and the shipped platforms that stand in it in turn."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

import pytest
from tests.support.cluster import ControlPlane, reason_to_skip
from tests.support.cluster.api import Api
from tests.support.cluster.definitions import define
from tests.support.cluster.standing import Standing, places
from tests.support.kubernetes_schemas import crds_folder

LAST = "test_takedown.py"
"""What takes a platform down, once everything else has been asked of it."""


def pytest_xdist_auto_num_workers() -> int:
    """There is one cluster: the tests share it one after the other."""
    return 0


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of a platform together, those that take it down last."""
    order = {str(place): number for number, place in enumerate(places())}
    items.sort(key=lambda item: (order.get(_place(item), -1), item.path.name == LAST))


def _place(item: Any) -> str:
    return str(item.callspec.params.get("standing", "")) if hasattr(item, "callspec") else ""


@pytest.fixture(scope="session")
def control_plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    if reason := reason_to_skip():
        pytest.skip(reason)
    # A run that is told to end, as by a time limit, ends like one that is interrupted by hand:
    # otherwise the control plane would go on without it.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    running = ControlPlane(tmp_path_factory.mktemp("cluster"))
    try:
        yield running
    finally:
        running.stop()
        signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="session")
def api(control_plane: ControlPlane) -> Api:
    """The API server, with the operators' kinds where their definitions are at hand."""
    define(Api(control_plane.client()), crds_folder())
    return Api(control_plane.client())


@pytest.fixture(scope="session", params=places(), ids=str)
def standing(
    request: pytest.FixtureRequest, api: Api, control_plane: ControlPlane
) -> Iterator[Standing]:
    """A shipped platform as it is once everything of it runs."""
    platform = Standing(api, request.param, control_plane.kubeconfig)
    nodes = platform.fleet.nodes
    control_plane.add_nodes(nodes)
    try:
        platform.rise()
        yield platform
    finally:
        platform.fall()
        control_plane.remove_nodes(nodes)
